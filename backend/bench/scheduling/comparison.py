"""From what every engine made of every day to the figures: ratios of costs day by day, and their geometric mean."""

import math
from collections.abc import Mapping, Sequence

from backend.bench.figures import Figure, percentile
from backend.bench.scheduling.contest import Outcome
from backend.bench.scheduling.disturbance import SEARCH_SECONDS, SHARE_OF_VROOM, Disturbed
from backend.bench.scheduling.engines import ORTOOLS, OURS, PYVRP, VROOM
from backend.bench.scheduling.serving import Served
from backend.bench.scheduling.sets.run import Family, Gap
from backend.bench.scheduling.territories import Country

DAY300, DAY300_NO_BREAK, DAY1000 = "day300", "day300_nobreak", "day1000"


def ratios(outcomes: Sequence[Outcome], group: str, peer: str) -> dict[int, float]:
    """Our cost by the peer's, for each seed that both have solved."""
    costs = {(one.engine, one.seed): one.verdict.cost for one in outcomes if one.group == group}
    seeds = [seed for engine, seed in costs if engine == peer and (OURS, seed) in costs]
    return {seed: costs[OURS, seed] / costs[peer, seed] for seed in sorted(seeds)}


def geometric_mean(values: Sequence[float]) -> float:
    """values: at least one, all > 0."""
    return math.exp(sum(map(math.log, values)) / len(values))


def of_days(outcomes: Sequence[Outcome]) -> list[Figure]:
    """Our engine beside each peer."""
    found: list[Figure] = []
    for name, group, peer, must in (
        ("day300_vs_vroom", DAY300, VROOM, 0.94),
        ("day300_worst_seed_vs_vroom", DAY300, VROOM, 1.0),
        ("day1000_vs_vroom", DAY1000, VROOM, 0.92),
        ("day300_vs_ortools_routing", DAY300, ORTOOLS, 0.82),
        ("day300_nobreak_vs_pyvrp", DAY300_NO_BREAK, PYVRP, 0.96),
    ):
        by_seed = ratios(outcomes, group, peer)
        if by_seed:
            values = list(by_seed.values())
            value = max(values) if "worst" in name else geometric_mean(values)
            found.append(
                Figure(name=name, value=value, unit="ratio", must=must, detail=_how(outcomes, group, peer, by_seed))
            )
    return found


def of_disturbances(disturbed: Sequence[Disturbed]) -> list[Figure]:
    """recovered and moves: of the worst day, so that no good one hides it."""
    first_ms = max(1000 * one.first_seconds for one in disturbed)
    vroom_s = sum(one.vroom_seconds for one in disturbed) / len(disturbed)
    return [
        Figure(
            name="sick_recovered_100ms",
            value=min(one.recovered for one in disturbed),
            unit="share",
            better="higher",
            must=0.95,
            detail=f"worst of {len(disturbed)} days, of what a search of {SEARCH_SECONDS:g} s saves; answered in"
            f" {first_ms:.0f} ms at most, later than 100 counts as 0",
        ),
        Figure(
            name="sick_moves",
            value=max(one.moves for one in disturbed),
            unit="moves",
            must=15,
            detail="worst day: jobs that go to somebody else, the sick technician's own included",
        ),
        Figure(
            name="repair_vs_cold_vroom",
            value=geometric_mean([one.repair_ratio for one in disturbed]),
            unit="ratio",
            must=0.95,
            detail=f"search from the plan in force for {SHARE_OF_VROOM:.0%} of VROOM's {vroom_s:.1f} s; stability left out",
        ),
    ]


def of_gaps(family: Family, gaps: Sequence[Gap]) -> Figure | None:
    """The mean gap of a family in per cent; None when no instance has a value, or one has none and there is a bound to keep."""
    known = [100 * one.gap for one in gaps if one.gap is not None]
    if not known or (family.must is not None and len(known) < len(gaps)):
        return None
    each = ", ".join(f"{one.instance} {100 * one.gap:.1f}" for one in gaps if one.gap is not None)
    return Figure(
        name=family.figure,
        value=sum(known) / len(known),
        unit="%",
        must=family.must,
        detail=f"{family.how}; {family.seconds:g} s each: {each}",
    )


def of_slots(name: str, milliseconds: Sequence[float], *, must: float, how: str) -> Figure:
    detail = f"{len(milliseconds)} searches, median {percentile(milliseconds, 0.5):.2g}; {how}"
    return Figure(name=name, value=percentile(milliseconds, 0.95), unit="ms", must=must, detail=detail)


def of_served_slots(served: Served) -> list[Figure]:
    """Searches have a bound; what booking one of the windows takes is told beside it."""
    booking = ", ".join(
        f"{name} {percentile(taken, 0.95):.0f}"
        for name, taken in (("hold", served.hold_ms), ("confirm", served.confirm_ms))
    )
    detail = f"{len(served.search_ms)} searches, median {percentile(served.search_ms, 0.5):.0f}; p95 of {booking}; {served.how}"
    dragged = f"what a drop would do, asked {len(served.drop_ms)} times, median {percentile(served.drop_ms, 0.5):.0f}; on the same server"
    return [
        Figure(name="slots_http_p95_ms", value=percentile(served.search_ms, 0.95), unit="ms", must=50.0, detail=detail),
        Figure(name="drop_http_p95_ms", value=percentile(served.drop_ms, 0.95), unit="ms", detail=dragged),
    ]


def of_country(country: Country, *, is_whole: bool) -> list[Figure]:
    how = f"{country.jobs} jobs, {country.technicians} technicians, {country.priority_share:.1%} of the priority served"
    bounds = (300.0, 4000.0) if is_whole else (None, None)
    return [
        Figure(name="plan10000_s", value=country.seconds, unit="s", must=bounds[0], detail=how),
        Figure(
            name="plan10000_mb", value=country.megabytes, unit="MB", must=bounds[1], detail="peaks of all processes"
        ),
    ]


def _how(outcomes: Sequence[Outcome], group: str, peer: str, by_seed: Mapping[int, float]) -> str:
    """How long each took, the ratio of each seed, and how much of the peer's routes had to be dropped."""
    ours, theirs = (_mean_seconds(outcomes, group, engine) for engine in (OURS, peer))
    each = ", ".join(f"{seed}: {ratio:.3f}" for seed, ratio in by_seed.items())
    dropped = sum(one.verdict.repaired for one in outcomes if one.group == group and one.engine == peer)
    repaired = f"; {dropped} of its jobs dropped to mend its routes" if dropped else ""
    return f"{ours:.1f} s against {theirs:.1f} s; by seed {each}{repaired}"


def _mean_seconds(outcomes: Sequence[Outcome], group: str, engine: str) -> float:
    seconds = [one.seconds for one in outcomes if one.group == group and one.engine == engine]
    return sum(seconds) / len(seconds)
