"""A small copy of the house, for planting imports that its contracts must catch."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("backend", "clients", "scheduling", "sync")


def build(folder: Path, imports: list[tuple[str, str]]) -> None:
    """Lay out packages in which each (importer, imported) pair is one import statement, and nothing else."""
    modules = {name for pair in imports for name in pair if name.split(".")[0] in PACKAGES}
    for module in modules:
        path = folder / (module.replace(".", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"import {imported}\n" for importer, imported in imports if importer == module))
    for package in PACKAGES:
        for path in [folder / package, *(folder / package).rglob("*/")]:
            (path / "__init__.py").touch()


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check the contracts of the real pyproject.toml against the packages in `folder`."""
    lint = Path(sys.executable).with_name("lint-imports")
    command = [lint, "--config", ROOT / "pyproject.toml", "--no-cache", "--no-logo"]
    wide = os.environ | {"COLUMNS": "200"}  # so that no contract's name is broken over two lines
    return subprocess.run(command, cwd=folder, env=wide, check=False, capture_output=True, text=True)


def broken_contracts(report: str) -> dict[str, str]:
    """The part of the report below each broken contract's name."""
    _, _, details = report.partition("Broken contracts\n")
    _, *parts = re.split(r"^(\S.*)\n-+\n", details, flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))
