"""Lighthouse on a running browser, as a phone that is enrolled: its scores of performance and accessibility."""

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
        """As figures of a client; performance: what it must reach. Accessibility must be whole."""
        scores = (("performance", self.performance, performance), ("accessibility", self.accessibility, 100))
        return [
            Figure(name=f"{client}_{name}", value=score, unit="points", better="higher", must=must, detail="Lighthouse")
            for name, score, must in scores
        ]


def lighthouse(url: str, port: int) -> Verdicts:
    """Asked as a throttled phone. port: of the browser's debugger. Raises NotInstalled."""
    tool = node_modules("lighthouse", PACKAGES) / "node_modules/lighthouse/cli/index.js"
    asked = ["--output=json", "--quiet", "--only-categories=performance,accessibility", "--disable-storage-reset"]
    command = [node(), str(tool), url, f"--port={port}", *asked]
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False)
    if done.returncode:
        raise NotInstalled(f"Lighthouse did not run: {done.stderr.strip()[-600:]}")
    found = json.loads(done.stdout)["categories"]
    scores = {name: 100 * found[name]["score"] for name in ("performance", "accessibility")}
    return Verdicts(**scores)
