"""The code in the terminal is one that a camera reads."""

import subprocess
from pathlib import Path

import numpy as np

from backend.bench.packages import node
from backend.bench.web.labels import NODE_MODULES
from backend.demo.qr_code import HALVES, drawn

READER = Path(__file__).with_name("read_codes.mjs")
MODULE_PX = 5


def test_a_printed_link_is_read_by_the_scanner() -> None:
    link = "http://127.0.0.1:8000/technician/#code=AB23CD45EF"
    dark = {character: halves for halves, character in HALVES.items()}
    rows = [[dark[sign][half] for sign in line] for line in drawn(link).plain.split("\n") for half in (0, 1)]
    picture = np.kron(255 - 255 * np.array(rows, dtype=np.uint8), np.ones((MODULE_PX, MODULE_PX), dtype=np.uint8))

    command = [node(), str(READER), str(NODE_MODULES), str(picture.shape[1])]
    read = subprocess.run(command, input=picture.tobytes(), check=True, capture_output=True).stdout.decode()

    assert read.split() == [link]
