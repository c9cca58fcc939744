"""Lighthouse on a running browser and whoever is logged in there: its scores of performance and accessibility."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from backend.bench.figures import Figure
from backend.bench.packages import NotInstalled, node, node_modules

PACKAGES = Path(__file__).parent / "packages.json"
TIMEOUT_SECONDS = 180


@dataclass(frozen=True, kw_only=True)
class Verdicts:
    """Lighthouse's scores, from 0 to 100."""

    performance: float
    accessibility: float

    def figures(self, client: str, *, performance: float) -> list[Figure]:
        """Both as figures of a client; performance: what it must reach."""
        return [_figure(f"{client}_performance", self.performance, performance), self.accessible(client)]

    def accessible(self, client: str) -> Figure:
        """Accessibility as a figure of a client: it must be whole."""
        return _figure(f"{client}_accessibility", self.accessibility, 100)


def _figure(name: str, score: float, must: float) -> Figure:
    return Figure(name=name, value=score, unit="points", better="higher", must=must, detail="Lighthouse")


def lighthouse(url: str, port: int, *, at_a_desk: bool = False) -> Verdicts:
    """Asked as a throttled phone, or at_a_desk. port: of the browser's debugger. Raises NotInstalled."""
    tool = node_modules("lighthouse", PACKAGES) / "node_modules/lighthouse/cli/index.js"
    asked = ["--output=json", "--quiet", "--only-categories=performance,accessibility", "--disable-storage-reset"]
    command = [node(), str(tool), url, f"--port={port}", *asked, *(["--preset=desktop"] if at_a_desk else [])]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False)
    if done.returncode:
        raise NotInstalled(f"Lighthouse did not run: {done.stderr.strip()[-600:]}")
    found = json.loads(done.stdout)["categories"]
    scores = {name: 100 * found[name]["score"] for name in ("performance", "accessibility")}
    return Verdicts(**scores)
