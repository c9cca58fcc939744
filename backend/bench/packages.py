"""The peers' packages, in pinned versions: installed once into a folder that git ignores, by the tools at hand."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

HOME = Path(".bench")
TOOLS = Path(sys.executable).parent
READY = "ready"  # a file beside the packages: an installation that was cut short is begun again


class NotInstalled(RuntimeError):
    """A peer's packages are not here and could not be fetched. The text says what to do."""


def environment(name: str, requirements: Sequence[str]) -> Path:
    """A virtual environment with these packages; its `bin` folder. Raises NotInstalled."""
    folder = HOME.absolute() / name
    if not _is_ready(folder, requirements):
        shutil.rmtree(folder, ignore_errors=True)
        uv = _tool("uv")
        _run(name, [uv, "venv", "--quiet", "--python", sys.executable, str(folder)])
        install = [uv, "pip", "install", "--quiet", "--python", str(folder / "bin/python"), *requirements]
        _run(name, install, UV_SYSTEM_CERTS="1")
        _mark(folder, requirements)
    return folder / "bin"


def node_modules(name: str, package: Path) -> Path:
    """A folder with the packages that `package` (a package.json) names. Raises NotInstalled."""
    folder, wanted = HOME.absolute() / name, [package.read_text(encoding="utf-8")]
    if not _is_ready(folder, wanted):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        shutil.copy(package, folder / "package.json")
        command = [_tool("npm"), "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder)]
        _run(name, command, PATH=f"{TOOLS}{os.pathsep}{os.environ.get('PATH', '')}")
        _mark(folder, wanted)
    return folder


def node() -> str:
    return _tool("node")


def _tool(name: str) -> str:
    found = shutil.which(name, path=f"{TOOLS}{os.pathsep}{os.environ.get('PATH', '')}")
    if found is None:
        raise NotInstalled(f"{name} is not here: it comes with the development packages (`python3 dev.py test`)")
    return found


def _is_ready(folder: Path, wanted: Sequence[str]) -> bool:
    mark = folder / READY
    return mark.exists() and mark.read_text(encoding="utf-8") == "\n".join(wanted)


def _mark(folder: Path, wanted: Sequence[str]) -> None:
    (folder / READY).write_text("\n".join(wanted), encoding="utf-8")


def _run(name: str, command: Sequence[str], **environment: str) -> None:
    done = subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)
    if done.returncode:
        end = done.stderr.strip()[-600:]
        raise NotInstalled(f"the packages of {name} could not be fetched; is this machine online? {end}")
