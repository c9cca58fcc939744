#!/usr/bin/env python3
"""Two commands that do everything, on a machine with nothing but Python 3.11:

python3 dev.py run     the product with a demo operator, on SQLite (arguments go to `truckroll demo`)
python3 dev.py test    every test, in a real browser and on a real PostgreSQL too (arguments go to pytest);
                       with `--python 3.11` first: the tests that need no browser, under that Python
"""

from __future__ import annotations

import fnmatch
import os
import re
import shutil
import subprocess
import sys
import time
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

HOME = Path(__file__).resolve().parent
TOOLS = HOME / ".tools"  # holds uv alone, so that uv is there before any environment of the project
UV = str(TOOLS / "bin/uv")
LOCK = HOME / "requirements.lock"
WEB = HOME / "clients/web"
# In-process OSRM needs 3.12. The last resort is the Python that runs this file.
PYTHONS = (["3.12", "--no-python-downloads"], [">=3.12", "--no-python-downloads"], ["3.12"], [sys.executable])
ONLINE = "Is this machine online, with its proxy and certificates set (HTTPS_PROXY, SSL_CERT_FILE)? Then repeat."
# Each test process works on databases of its own; past two, they compete more than they gain.
PYTEST = ("pytest", "-n2")
GOES_ON_SECONDS = 15.0  # compiling the planner says nothing for a minute, on a slow machine for several
MEND = "Mend what the lines above name."
STARTED = time.monotonic()


def main(task: str = "help", *arguments: str) -> NoReturn:
    os.chdir(HOME)
    os.environ.setdefault("UV_SYSTEM_CERTS", "1")
    if sys.version_info < (3, 11):
        stop("truckroll needs Python 3.11 or newer; this is {}.{}. Install a newer one.".format(*sys.version_info))
    if task == "run":
        become(prepare_product(), "truckroll", "demo", *arguments)
    if task == "test" and arguments[:1] == ("--python",):
        version, *selection = arguments[1:] or stop(__doc__)
        venv = prepare_environment(HOME / f".venv-{version}", ([version, "--no-python-downloads"], [version]))
        become(venv, *PYTEST, "-m", "not browser", *selection)
    if task == "test":
        os.environ["CHROMIUM"] = chromium()
        venv = prepare_product()
        if not arguments:
            run("Testing the web clients", ["npm", "--silent", "test"], cwd=WEB, advice=MEND)
        become(venv, *PYTEST, *arguments)
    stop(__doc__)


def prepare_product() -> Path:
    """Make `.venv` with everything in it, build the web clients, and return the environment's path."""
    venv = prepare_environment(HOME / ".venv", PYTHONS)
    files = sources(WEB)
    packages = [file for file in files if file.name in {"package.json", "package-lock.json", ".npmrc"}]
    install, build = ["npm", "--loglevel=error", "ci"], ["npm", "--silent", "run", "build"]
    once(venv, "Installing the web packages", digest(packages), install, makes=WEB / "node_modules", cwd=WEB)
    once(venv, "Building the web clients", digest(files), build, makes=HOME / "backend/web", cwd=WEB, advice=MEND)
    return venv


def prepare_environment(venv: Path, pythons: tuple[list[str], ...]) -> Path:
    """Make the environment `venv` of the first Python to be had, with the locked packages and the project."""
    prepare_uv()
    if not (venv / "bin/python").exists():
        create(venv, pythons)
    os.environ.update(VIRTUAL_ENV=str(venv), PATH=f"{venv / 'bin'}{os.pathsep}{os.environ['PATH']}")
    pip = [UV, "pip", *([] if sys.stderr.isatty() else ["--quiet"])]
    once(
        venv,
        "Installing the locked packages",
        digest([LOCK]),
        [*pip, "sync", "--compile-bytecode", "--require-hashes", str(LOCK)],
    )
    # The lock counts here too: `sync` removes what is not locked, hence the project itself.
    project = digest([LOCK, HOME / "pyproject.toml", HOME / "hatch_build.py"])
    install = [*pip, "install", "--no-deps", "--no-build-isolation", "--editable", "."]
    once(venv, "Installing the project", project, install)
    # Most of a minute, which else the first plan of a day would wait for, or every test process on its own.
    compiling = [str(venv / "bin/python"), "-c", "from scheduling import search, slots; search.warm(); slots.warm()"]
    once(
        venv,
        "Compiling the planner",
        project + digest([*sources(HOME / "scheduling/search", "*.py"), *sources(HOME / "scheduling/fleet", "*.py")]),
        compiling,
        advice=MEND,
    )
    return venv


def prepare_uv() -> None:
    """Install uv, in the version and with the hashes that the lock names, into an environment of its own."""
    wanted = "".join(re.findall(r"^uv==.*\n(?: +--hash.*\n)+", LOCK.read_text(), re.MULTILINE))
    if not (TOOLS / "bin/pip").exists():
        if find_spec("ensurepip") is None:  # Debian's Python comes without it.
            apt_install("Finding Python's ensurepip", "python{}.{}-venv".format(*sys.version_info))
        run("Making an environment for uv", [sys.executable, "-m", "venv", str(TOOLS)], advice="Install Python's venv.")
    requirement = TOOLS / "uv.txt"
    requirement.write_text(wanted)
    pip = [str(TOOLS / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    once(TOOLS, "Installing uv", wanted, [*pip, "--require-hashes", "--requirement", str(requirement)], makes=Path(UV))


def create(venv: Path, pythons: tuple[list[str], ...]) -> None:
    """Make an environment of the first of `pythons` (arguments of `uv venv`) that is here or can be downloaded."""
    refusals = []
    for python in pythons:
        say(f"Making {venv.name}: Python {' '.join(python)}")
        command = [UV, "venv", "--clear", "--python", *python, str(venv)]
        made = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if made.returncode == 0:
            return
        refusals.append(made.stderr)
    stop("".join([*refusals, f"No Python {pythons[-1][0]} is here or to be had: install it, for instance with pyenv."]))


def chromium() -> str:
    """Return the path of Chromium: the one named in CHROMIUM, the system's, or Debian's package installed now."""
    if named := os.environ.get("CHROMIUM"):
        return shutil.which(named) or stop(f"CHROMIUM={named} is no program: name a Chromium, or unset it.")
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    apt_install("Finding Chromium", "chromium", "fonts-dejavu-core")
    return shutil.which("chromium") or stop("apt-get installed no chromium: install one and name it in CHROMIUM.")


def apt_install(what: str, *packages: str) -> None:
    """Install Debian packages when root; else say which are missing."""
    names = " ".join(packages)
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        stop(f"{what} failed: as root, run `apt-get install {names}` (or what your system calls it), then repeat.")
    apt = ["apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"]
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    run("Updating Debian's package list", [*apt, "update"])
    run(f"Installing {names}", [*apt, "install", "--yes", "--no-install-recommends", *packages])


def once(folder: Path, what: str, state: str, command: list[str], *, makes: Path | None = None, **how) -> None:
    """Run the command unless it already succeeded for the same state; `folder` keeps the stamp that says so."""
    stamp, done = folder / f"{what.lower().replace(' ', '-')}.done", sha256(state.encode()).hexdigest()
    if not (stamp.exists() and stamp.read_text() == done and (makes is None or makes.exists())):
        run(what, command, **how)
        stamp.write_text(done)


def digest(files: list[Path]) -> str:
    """One text that changes when the path or the content of any of the files does."""
    return "".join(f"{file} {sha256(file.read_bytes()).hexdigest()}\n" for file in files)


def sources(folder: Path, pattern: str = "*") -> list[Path]:
    """The files under the folder whose names match, sorted, but for installed packages."""
    found = []
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != "node_modules"]
        found += [Path(parent, name) for name in fnmatch.filter(names, pattern)]
    return sorted(found)


def run(what: str, command: list[str], *, cwd: Path = HOME, advice: str = ONLINE) -> None:
    """Run one step of the preparation, or stop with its command and what to do about it. A long one says that it goes on."""
    say(what)
    with subprocess.Popen(command, cwd=cwd, stdin=subprocess.DEVNULL) as process:
        while (code := ended(process)) is None:
            say(f"{what}: goes on")
    if code:
        stop(f"{what} failed with exit code {code}: {' '.join(command)}\n{advice}")


def ended(process: subprocess.Popen[bytes]) -> int | None:
    """The exit code of a process that ends soon, else None."""
    try:
        return process.wait(GOES_ON_SECONDS)
    except subprocess.TimeoutExpired:
        return None


def become(venv: Path, program: str, *arguments: str) -> NoReturn:
    """Replace this process by a program of the environment, which then gets the signals and gives the exit code."""
    say(f"Starting {program} {' '.join(arguments)}")
    os.execv(venv / "bin" / program, [program, *arguments])


def say(text: str) -> None:
    print(f"{time.monotonic() - STARTED:6.1f} s  {text}", flush=True)


def stop(text: str | None) -> NoReturn:
    raise SystemExit(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
