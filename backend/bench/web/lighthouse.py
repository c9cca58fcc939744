"""Lighthouse on a running browser, as a phone that is enrolled: its scores of performance and accessibility."""

import json
import subprocess
from pathlib import Path

from backend.bench.packages import NotInstalled, node, node_modules

PACKAGES = Path(__file__).parent / "packages.json"
TIMEOUT_SECONDS = 180


def lighthouse(url: str, port: int) -> tuple[float, float]:
    """(performance, accessibility) from 0 to 100. port: of the browser's debugger. Raises NotInstalled."""
    tool = node_modules("lighthouse", PACKAGES) / "node_modules/lighthouse/cli/index.js"
    asked = ["--output=json", "--quiet", "--only-categories=performance,accessibility", "--disable-storage-reset"]
    command = [node(), str(tool), url, f"--port={port}", *asked]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False)
    if done.returncode:
        raise NotInstalled(f"Lighthouse did not run: {done.stderr.strip()[-600:]}")
    found = json.loads(done.stdout)["categories"]
    return 100 * found["performance"]["score"], 100 * found["accessibility"]["score"]
