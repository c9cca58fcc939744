"""`truckroll bench scheduling`: our engine, VROOM, PyVRP and OR-Tools routing on the same days in one run, one core each."""

import os
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.console import Console

from backend.bench.figures import Figure, Report, report
from backend.bench.packages import HOME, environment
from backend.bench.scheduling import comparison
from backend.bench.scheduling.comparison import DAY300, DAY300_NO_BREAK, DAY1000
from backend.bench.scheduling.contest import Outcome, Try, hold, one_core_each
from backend.bench.scheduling.days import DayShape, day
from backend.bench.scheduling.disturbance import disturb
from backend.bench.scheduling.engines import ORTOOLS, OURS, PYVRP, VROOM, engines
from backend.bench.scheduling.offers import slot_milliseconds, week
from backend.bench.scheduling.peers import pyvrp, vroom
from backend.bench.scheduling.serving import serve_slots
from backend.bench.scheduling.sets.run import FAMILIES, Family, Gap, gaps
from backend.bench.scheduling.territories import plan_country

SHAPES = {
    DAY300: DayShape(technicians=30),
    DAY300_NO_BREAK: DayShape(technicians=30, has_breaks=False),
    DAY1000: DayShape(technicians=100),
}
DATA = "TRUCKROLL_BENCH_DATA"  # names the folder of the standard sets where no option does


@dataclass(frozen=True, kw_only=True)
class Size:
    """seeds: days of each kind. *_seconds: of each search. territories: of 500 jobs. slot_seconds: how long offers are asked."""

    seeds: int
    day300_seconds: float
    day1000_seconds: float
    nobreak_seconds: float
    most_vroom_seconds: float
    disturbed: int
    technicians_with_slots: int
    slot_seconds: float
    territories: int
    territory_seconds: float


FULL = Size(
    seeds=5,
    day300_seconds=10,
    day1000_seconds=30,
    nobreak_seconds=30,
    most_vroom_seconds=60,
    disturbed=3,
    technicians_with_slots=100,
    slot_seconds=20,
    territories=20,
    territory_seconds=8,
)
QUICK = Size(
    seeds=1,
    day300_seconds=5,
    day1000_seconds=10,
    nobreak_seconds=8,
    most_vroom_seconds=30,
    disturbed=1,
    technicians_with_slots=30,
    slot_seconds=5,
    territories=2,
    territory_seconds=3,
)


def run(console: Console, *, quick: bool, data: Path | None = None, plot: Path | None = None) -> Report:
    """Measure. quick: fewer seeds and seconds. data: folder of the standard sets. plot: PNG or SVG to be written.

    Raises BrokenPlan, PeerFailed, NotInstalled.
    """
    size = QUICK if quick else FULL
    HOME.mkdir(exist_ok=True)
    for name, requirements in ((vroom.NAME, vroom.REQUIREMENTS), (pyvrp.NAME, pyvrp.REQUIREMENTS)):
        environment(name, requirements)
    bench = _Bench(console, size, quick=quick)
    outcomes = hold(tries(size), bench.tell)
    figures = comparison.of_days(outcomes)
    if plot is not None:
        from backend.bench.scheduling.plot import draw

        draw(outcomes, plot)
    if OURS not in engines():
        bench.leave_out("whatever our engine does: there is no scheduling.search")
    else:
        figures += bench.ours(outcomes, data or _folder_of_environment())
    return report("scheduling", [*figures, *bench.slots(), *bench.served_slots()])


def tries(size: Size) -> list[Try]:
    """Every engine on every day; those of one seed next to each other, so that they meet the same machine."""
    there = engines()
    wanted: list[Try] = []
    for seed in range(1, size.seeds + 1):
        for group, engine, seconds in (
            (DAY300, OURS, size.day300_seconds),
            (DAY300, VROOM, size.most_vroom_seconds),
            (DAY300, ORTOOLS, size.day300_seconds),
            (DAY1000, OURS, size.day1000_seconds),
            (DAY1000, VROOM, size.day1000_seconds),
            (DAY300_NO_BREAK, OURS, size.nobreak_seconds),
            (DAY300_NO_BREAK, PYVRP, size.nobreak_seconds),
        ):
            if engine in there:
                make = partial(day, SHAPES[group], seed)
                wanted.append(Try(group=group, engine=engine, make=make, seed=seed, seconds=seconds))
    return wanted


class _Bench:
    """One run: says what it does and what it leaves out."""

    def __init__(self, console: Console, size: Size, *, quick: bool) -> None:
        self._console, self._size, self._quick = console, size, quick

    def tell(self, one: Outcome) -> None:
        verdict, repaired = one.verdict, f", {one.verdict.repaired} dropped" if one.verdict.repaired else ""
        self._console.print(
            f"{one.group:15} seed {one.seed}  {one.engine:17} {one.seconds:6.1f} s  cost {verdict.cost:11,.0f}"
            f"  served {verdict.served}, {verdict.priority_share:.1%} of the priority{repaired}"
        )

    def leave_out(self, reason: str) -> None:
        self._console.print(f"[yellow]left out:[/yellow] {reason}")

    def ours(self, outcomes: Sequence[Outcome], data: Path | None) -> list[Figure]:
        """What is measured of our engine alone."""
        with one_core_each() as pool:
            figures = self._disturbances(outcomes, pool)
            figures += self._standard_sets(data, pool)
        with one_core_each() as pool:  # of their own, so that the memory is that of this work
            country = plan_country(
                OURS,
                territories=self._size.territories,
                seconds_each=self._size.territory_seconds,
                pool=pool,
                clock=time.perf_counter,
            )
        return figures + comparison.of_country(country, is_whole=not self._quick)

    def slots(self) -> list[Figure]:
        """Offers of the library, on a week of full routes."""
        technicians = self._size.technicians_with_slots
        self._console.print(f"offers for {technicians} technicians on five days …")
        live, asked = week(technicians)
        taken = slot_milliseconds(live, asked, clock=time.perf_counter, most_seconds=self._size.slot_seconds)
        routes = [packed for packed in live.routes.values() if packed.jobs]
        how = f"{technicians} technicians × 5 days × 55 windows, {len(routes)} routes"
        return [comparison.of_slots("slots_p95_ms", taken, must=2.0, how=how)]

    def served_slots(self) -> list[Figure]:
        """The same over HTTP, with a database, while customers book."""
        technicians = self._size.technicians_with_slots
        self._console.print(f"offers for {technicians} technicians over HTTP …")
        served = serve_slots(technicians, most_seconds=self._size.slot_seconds)
        return comparison.of_served_slots(served)

    def _disturbances(self, outcomes: Sequence[Outcome], pool: ProcessPoolExecutor) -> list[Figure]:
        ours = [one for one in outcomes if (one.group, one.engine) == (DAY300, OURS)]
        days = sorted(ours, key=lambda one: one.seed)[: self._size.disturbed]
        self._console.print(f"a technician falls ill on {len(days)} days …")
        asked = [pool.submit(disturb, partial(day, SHAPES[DAY300], one.seed), one.plan, one.seed) for one in days]
        return comparison.of_disturbances([future.result() for future in asked])

    def _standard_sets(self, data: Path | None, pool: ProcessPoolExecutor) -> list[Figure]:
        if data is None or not (data / "best-known.json").exists():
            self.leave_out(f"the standard sets: name their folder by --data or {DATA}")
            return []
        found = gaps(data, OURS, quick=self._quick, pool=pool, told=self._tell_gap)
        figures = [(family, comparison.of_gaps(family, found[family.figure])) for family in FAMILIES]
        for family, figure in figures:
            if figure is None:
                self.leave_out(f"{family.figure}: {next(one.reason for one in found[family.figure] if one.reason)}")
        return [figure for _, figure in figures if figure]

    def _tell_gap(self, family: Family, one: Gap) -> None:
        found = f"{one.gap:+.2%} of the best known" if one.gap is not None else one.reason
        self._console.print(f"{family.figure:22} {one.instance:24} {found}")


def _folder_of_environment() -> Path | None:
    named = os.environ.get(DATA)
    return Path(named) if named else None
