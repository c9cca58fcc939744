"""Labels as a manufacturer prints them, held before a camera: a Y4M video, which Chromium takes for one.

The browser tests show them as well.
"""

import subprocess
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from backend.bench.packages import node

HERE = Path(__file__).parent
NODE_MODULES = HERE.parents[2] / "clients/web/node_modules"
WIDTH, HEIGHT = 1280, 720
WHITE, WALL, BLACK = 255, 200, 0
BAR_PX, MODULE_PX = 4, 14
QUIET = 10  # bars of white on either side

Picture: TypeAlias = NDArray[np.uint8]

# Widths of bars and gaps, six digits a value and seven for the stop, ISO/IEC 15417 table 1.
WIDTHS = (
    "212222222122222221121223121322131222122213122312132212221213221312231212112232122132122231113222123122"
    "123221223211221132221231213212223112312131311222321122321221312212322112322211212123212321232121111323"
    "131123131321112313132113132311211313231113231311112133112331132131113123113321133121313121211331231131"
    "213113213311213131311123311321331121312113312311332111314111221411431111111224111422121124121421141122"
    "141221112214112412122114122411142112142211241211221114413111241112134111111242121142121241114212124112"
    "124211411212421112421211212141214121412121111143111341131141114113114311411113411311113141114131311141"
    "4111312114122112142112322331112"
)
START_B, STOP, MODULUS = 104, 106, 103


def code_128(text: str, *, height: int = 170) -> Picture:
    """A Code 128 of printable ASCII, in code set B, with its quiet zones."""
    values = [ord(character) - 32 for character in text]
    check = (START_B + sum(place * value for place, value in enumerate(values, 1))) % MODULUS
    widths = "".join(WIDTHS[6 * value : 6 * value + 6] for value in (START_B, *values, check)) + WIDTHS[6 * STOP :]
    bars = [WHITE] * QUIET
    for index, width in enumerate(map(int, widths)):
        bars += [WHITE if index % 2 else BLACK] * width
    line = np.repeat(np.array(bars + [WHITE] * QUIET, dtype=np.uint8), BAR_PX)
    return np.pad(np.tile(line, (height, 1)), ((20, 20), (0, 0)), constant_values=WHITE)


def qr_code(text: str) -> Picture:
    """A QR code, drawn by the reader's own library: to write one is a program of its own."""
    command = [node(), str(HERE / "labels.mjs"), str(NODE_MODULES), text]
    rows = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    dark = np.array([[digit == "1" for digit in row] for row in rows])
    code = np.where(np.kron(dark, np.ones((MODULE_PX, MODULE_PX), dtype=bool)), BLACK, WHITE).astype(np.uint8)
    return np.pad(code, 4 * MODULE_PX, constant_values=WHITE)


def show(camera: Path, *codes: Picture, degrees: float = 0) -> None:
    """What the camera sees from now on: codes below one another on a grey wall, turned by so much."""
    width = max(code.shape[1] for code in codes)
    frame = _on_the_wall(np.vstack([_widened(code, width) for code in codes]), np.deg2rad(degrees))
    colourless = bytes([128]) * (WIDTH * HEIGHT // 2)
    header = f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode()
    camera.write_bytes(header + (b"FRAME\n" + frame.tobytes() + colourless) * 2)


def _widened(code: Picture, width: int) -> Picture:
    left = (width - code.shape[1]) // 2
    return np.pad(code, ((0, 0), (left, width - code.shape[1] - left)), constant_values=WHITE)


def _on_the_wall(label: Picture, angle: float) -> Picture:
    """The label in the middle of the frame: for each point of the frame, where on the label it is, or the wall."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    y, x = y - HEIGHT / 2, x - WIDTH / 2
    scale = max(label.shape[1] / (0.86 * WIDTH), label.shape[0] / (0.86 * HEIGHT), 1)
    row = np.rint(scale * (np.cos(angle) * y - np.sin(angle) * x) + label.shape[0] / 2).astype(int)
    column = np.rint(scale * (np.sin(angle) * y + np.cos(angle) * x) + label.shape[1] / 2).astype(int)
    is_label = (row >= 0) & (row < label.shape[0]) & (column >= 0) & (column < label.shape[1])
    frame = np.full((HEIGHT, WIDTH), WALL, dtype=np.uint8)
    frame[is_label] = label[row[is_label], column[is_label]]
    return frame
