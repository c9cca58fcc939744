"""`truckroll plan`: the library on a file, without a database: solves a problem, writes the plan and its pictures."""

import importlib
import time
from collections.abc import Callable
from pathlib import Path

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from backend.terminal import console, refuse
from scheduling import Iterations, Plan, Policy, Problem, Seconds, cost_terms
from scheduling import Progress as Found
from scheduling.errors import InvalidProblem
from scheduling.files import read_policy, read_problem, write_plan

MOST_BYTES = 100_000_000  # a matrix of 3,000 places; more is not what a file is for


def plan_file(
    file: Path, *, seconds: float, iterations: int, seed: int, policy_file: Path | None, folder: Path | None
) -> None:
    """Plan a problem of a file and write what comes of it. iterations: 0 = search for `seconds`. Refuses a bad file."""
    try:
        weights = read_policy(_read(policy_file)) if policy_file else Policy()
    except InvalidProblem as error:
        refuse(f"{policy_file}: {error}")
    try:
        problem = read_problem(_read(file))
        found = _solved(problem, weights, seed=seed, stop=Iterations(iterations) if iterations else Seconds(seconds))
    except InvalidProblem as error:
        refuse(f"{file}: {error}")
    folder = folder or file.parent
    folder.mkdir(parents=True, exist_ok=True)
    terms = cost_terms(problem, weights, found)
    _write(folder / f"{file.stem}.plan.json", write_plan(found, terms))
    _draw(problem, found, folder / file.stem)
    _tell(problem, found, terms)


def _read(file: Path) -> bytes:
    try:
        if file.stat().st_size > MOST_BYTES:
            refuse(f"{file} is larger than {MOST_BYTES} bytes")
        return file.read_bytes()
    except OSError as error:
        refuse(f"{file} cannot be read: {error.strerror}")


def _solved(problem: Problem, policy: Policy, *, seed: int, stop: Seconds | Iterations) -> Plan:
    columns = (TextColumn("planning"), BarColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    total = stop.count if isinstance(stop, Iterations) else stop.seconds
    with Progress(*columns, console=console, transient=True) as bar:
        task, began = bar.add_task("", total=total), time.monotonic()

        def tell(now: Found) -> bool:
            done = now.iteration if isinstance(stop, Iterations) else time.monotonic() - began
            cost = "" if now.cost_s is None else f"cost {now.cost_s:,.0f}"
            bar.update(task, completed=min(done, total), description=cost)
            return True

        return _engine()(problem, policy, seed=seed, stop=stop, progress=tell)


def _engine() -> Callable[..., Plan]:
    """Our own search, or OR-Tools where that cannot run; both are large and loaded only here."""
    try:
        return importlib.import_module("scheduling.search").solve
    except ImportError:
        return importlib.import_module("scheduling.reference").solve


def _draw(problem: Problem, found: Plan, stem: Path) -> None:
    try:
        from scheduling.pictures import gantt, map_of
    except ImportError:
        console.print("no pictures: they need matplotlib (pip install 'truckroll\\[pictures]')")
        return
    _write(stem.with_name(f"{stem.name}.gantt.png"), gantt(problem, found))
    _write(stem.with_name(f"{stem.name}.map.png"), map_of(problem, found))


def _write(file: Path, data: bytes) -> None:
    file.write_bytes(data)
    console.print(f"wrote {file}")


def _tell(problem: Problem, found: Plan, terms: dict[str, float]) -> None:
    served = len(problem.jobs) - len(found.unserved)
    each = ", ".join(f"{name} {value:,.0f}" for name, value in terms.items() if value)
    console.print(f"{served} of {len(problem.jobs)} jobs served; cost {sum(terms.values()):,.0f} ({each or 'nothing'})")
    for left in found.unserved:
        console.print(f"  {left.job} is left undone: {left.reason}")
