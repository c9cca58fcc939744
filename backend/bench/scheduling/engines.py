"""The engines that take part, each with one way in: a prepared problem, a policy, a seed and its time."""

import importlib
import importlib.util
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from backend.bench.scheduling.days import DayShape, day
from backend.bench.scheduling.judging import mended
from backend.bench.scheduling.peers import pyvrp, vroom
from backend.bench.scheduling.peers.asking import Told
from scheduling import Plan, Policy, Problem, Seconds
from scheduling.duties import Workday

OURS, ORTOOLS, VROOM, PYVRP = "ours", "OR-Tools routing", "VROOM", "PyVRP"
_MODULES = {OURS: "scheduling.search", ORTOOLS: "scheduling.reference"}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """plan: with its times. seconds: of the search alone. repaired: jobs that had to be dropped from the engine's routes."""

    plan: Plan
    seconds: float
    repaired: int = 0


class Engine(Protocol):
    """Solves a problem within some seconds; None = as long as it takes, where it ends by itself."""

    def __call__(self, workday: Workday, policy: Policy, *, seed: int, seconds: float | None) -> Answer: ...


def engines() -> dict[str, Engine]:
    """Every engine that there is, by its name."""
    ours: dict[str, Engine] = {name: _Library(module) for name, module in _MODULES.items() if _is_there(module)}
    return {**ours, VROOM: _vroom, PYVRP: _pyvrp}


def library_solve(name: str) -> Callable[..., Plan]:
    """`solve` of one of our two engines, warm: what it compiles at its first call is not measured."""
    solve = importlib.import_module(_MODULES[name]).solve
    _warm_up(_MODULES[name], solve)
    return solve


@dataclass(frozen=True)
class _Library:
    module: str

    def __call__(self, workday: Workday, policy: Policy, *, seed: int, seconds: float | None) -> Answer:
        assert seconds is not None, "our engines are anytime: they are given their seconds"
        solve: Any = importlib.import_module(self.module).solve
        _warm_up(self.module, solve)
        began = time.perf_counter()
        plan = solve(workday.problem, policy, seed=seed, stop=Seconds(seconds))
        return Answer(plan=plan, seconds=time.perf_counter() - began)


def _vroom(workday: Workday, policy: Policy, *, seed: int, seconds: float | None) -> Answer:
    told = Told.of(workday)
    found = vroom.solve(told, policy, seed=seed, seconds=seconds)
    plan, repaired = mended(workday, policy, told.orders(found))
    return Answer(plan=plan, seconds=found.seconds, repaired=repaired)


def _pyvrp(workday: Workday, policy: Policy, *, seed: int, seconds: float | None) -> Answer:
    assert seconds is not None, "PyVRP is anytime: it is given its seconds"
    told = Told.of(workday)
    found = pyvrp.solve(told, policy, seed=seed, seconds=seconds)
    plan, repaired = mended(workday, policy, told.orders(found))
    return Answer(plan=plan, seconds=found.seconds, repaired=repaired)


def _is_there(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


@cache
def _warm_up(module: str, solve: Callable[..., Plan]) -> None:
    tiny: Problem = day(DayShape(technicians=4), seed=0)
    solve(tiny, Policy(), seed=0, stop=Seconds(0.2))
