"""From outcomes to figures: ratios seed by seed, the worst one, and nothing where there is nothing to compare."""

import pytest

from backend.bench.scheduling.comparison import geometric_mean, of_days, of_gaps, ratios
from backend.bench.scheduling.contest import Outcome
from backend.bench.scheduling.judging import Verdict
from backend.bench.scheduling.sets.run import FAMILIES, Gap
from scheduling import Plan

GAPS = [Gap(instance="A", gap=0.02), Gap(instance="B", gap=0.04), Gap(instance="C", gap=None, reason="left out")]


def outcome(engine: str, seed: int, cost: float, *, group: str = "day300", repaired: int = 0) -> Outcome:
    verdict = Verdict(cost=cost, terms={}, served=1, priority_share=1.0, repaired=repaired)
    return Outcome(group=group, engine=engine, seed=seed, plan=Plan(), verdict=verdict, seconds=10)


def test_ratios_are_of_the_seeds_that_both_have_solved() -> None:
    outcomes = [outcome("ours", 1, 90), outcome("VROOM", 1, 100), outcome("ours", 2, 50)]

    assert ratios(outcomes, "day300", "VROOM") == {1: 0.9}


def test_mean_and_worst_of_the_seeds() -> None:
    outcomes = [outcome("ours", 1, 80), outcome("VROOM", 1, 100, repaired=3)]
    outcomes += [outcome("ours", 2, 125), outcome("VROOM", 2, 100)]

    figures = {figure.name: figure for figure in of_days(outcomes)}

    assert set(figures) == {"day300_vs_vroom", "day300_worst_seed_vs_vroom"}
    assert figures["day300_vs_vroom"].value == pytest.approx(1.0)
    assert figures["day300_worst_seed_vs_vroom"].value == 1.25
    assert not figures["day300_worst_seed_vs_vroom"].holds
    assert "3 of its jobs dropped" in figures["day300_vs_vroom"].detail


def test_without_our_engine_there_are_no_ratios() -> None:
    assert of_days([outcome("VROOM", 1, 100)]) == []


def test_the_geometric_mean_treats_twice_and_half_alike() -> None:
    assert geometric_mean([2.0, 0.5]) == pytest.approx(1.0)


def test_a_gap_is_the_mean_of_what_can_be_compared() -> None:
    family = next(family for family in FAMILIES if family.must is None)

    figure = of_gaps(family, GAPS)

    assert figure is not None
    assert figure.value == pytest.approx(3.0)
    assert of_gaps(family, GAPS[2:]) is None


def test_a_bound_is_held_against_all_instances_or_none() -> None:
    family = next(family for family in FAMILIES if family.must is not None)

    assert of_gaps(family, GAPS) is None
    figure = of_gaps(family, GAPS[:2])
    assert figure is not None
    assert figure.holds
