"""Our engine on the standard sets: how far above the best known values it ends, set by set."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from backend.bench.scheduling.engines import engines
from backend.bench.scheduling.judging import judge
from backend.bench.scheduling.sets.home_care import home_care
from backend.bench.scheduling.sets.pillac import pillac
from backend.bench.scheduling.sets.site_dependent import site_dependent
from backend.bench.scheduling.sets.solomon import gehring_homberger, solomon
from backend.bench.scheduling.sets.standard import NotComparable, Standard
from scheduling import UnsupportedFeature
from scheduling.duties import prepare

SEED = 1


@dataclass(frozen=True, kw_only=True)
class Family:
    """A set: instances that are solved, how they are read, and for how long each is searched."""

    figure: str
    read: Callable[[Path, str], Standard]
    instances: Sequence[str]
    seconds: float
    must: float | None = None
    how: str


FAMILIES = (
    Family(
        figure="pillac_gap",
        read=pillac,
        instances=("C101", "R101", "R105", "RC101", "RC106"),
        seconds=30,
        must=3.0,
        how="working time, waiting included",
    ),
    Family(
        figure="homecare_gap",
        read=home_care,
        instances=tuple(f"InstanzCPLEX_HCSRP_{name}" for name in ("10_1", "25_1", "50_2")),
        seconds=60,
        must=5.0,
        how="a third each of distance, lateness of all and of the worst",
    ),
    Family(
        figure="solomon_gap",
        read=solomon,
        instances=("C101", "R101", "R105", "R109", "RC101", "RC105"),
        seconds=10,
        how="least distance in double precision, fleet of the instance",
    ),
    Family(
        figure="gehring_homberger_gap",
        read=gehring_homberger,
        instances=("c1_2_1", "r1_2_1"),
        seconds=20,
        how="least distance with the best known number of vehicles",
    ),
    Family(
        figure="site_dependent_gap",
        read=site_dependent,
        instances=("PR01", "PR02"),
        seconds=10,
        how="least distance, rounded to thousandths",
    ),
)


@dataclass(frozen=True, kw_only=True)
class Gap:
    """How far above the best known value a plan is, as a share; None with the reason where it has no value."""

    instance: str
    gap: float | None
    reason: str = ""


def solve(family: Family, folder: Path, instance: str, engine: str, seconds: float) -> Gap:
    """Solve one instance and hold it against the best known value."""
    standard = family.read(folder, instance)
    try:
        return Gap(instance=instance, gap=_value(standard, engine, seconds) / standard.best - 1)
    except (NotComparable, UnsupportedFeature) as reason:
        return Gap(instance=instance, gap=None, reason=str(reason))


def _value(standard: Standard, engine: str, seconds: float) -> float:
    workday = prepare(standard.problem)
    plan = engines()[engine](workday, standard.policy, seed=SEED, seconds=seconds).plan
    judge(workday, standard.policy, plan)
    return standard.value(plan)


def gaps(
    folder: Path, engine: str, *, quick: bool, pool: ProcessPoolExecutor, told: Callable[[Family, Gap], None]
) -> Mapping[str, list[Gap]]:
    """Every family's gaps by the name of its figure."""
    asked = [
        (family, pool.submit(solve, family, folder, instance, engine, family.seconds / 5 if quick else family.seconds))
        for family in FAMILIES
        for instance in (family.instances[:2] if quick else family.instances)
    ]
    found: dict[str, list[Gap]] = {}
    for family, future in asked:
        gap = future.result()
        told(family, gap)
        found.setdefault(family.figure, []).append(gap)
    return found
