"""The files that are, or are about to be, in the repository."""

import subprocess
from pathlib import Path

from tests.architecture.house import ROOT


def tracked(*patterns: str) -> list[Path]:
    """Paths of the files that git tracks or would add, narrowed to the patterns if there are any."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]
