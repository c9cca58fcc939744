"""Technicians with tools and depots, and visits of two people: read, valued and searched as their authors mean them."""

import json
import math
from collections.abc import Sequence
from pathlib import Path

import pytest

from backend.bench.scheduling.sets import home_care, pillac
from backend.bench.scheduling.sets.standard import SCALE, NotComparable
from scheduling import DepotCall, Gap, Plan, Reason, Route, RouteStop, Unserved, validate

PILLAC = """T101

INFO
CREW COUNT\tSKILLS\tTOOLS\tSPARE PARTS
1\t2\t2\t2

DEPOT TECHNICIANS AND REQUESTS
ID   X     Y     TWS    TWE    Serv   SKILLS   TOOLS    SPARE PARTS
0    0     0     0      100    0      [] \t[] \t[]
1    3     4     0      100    0      [0] \t[1] \t[1,0]
101  6     8     40     60     10     [0] \t[1] \t[1,0]
102  0     10    30     35     10     [0] \t[0] \t[0,2]
"""


def stops(*names: str, lead: Sequence[str] = ()) -> tuple[RouteStop, ...]:
    """In this order; the times do not matter, as the sets give their own."""
    return tuple(
        RouteStop(job=name, travel_s=0, arrival_s=0, start_s=0, end_s=0, lead=not lead or name in lead)
        for name in names
    )


def route(technician: str, visits: tuple[RouteStop, ...], *, depot_before: int | None = None) -> Route:
    call = DepotCall(depot="depot", before=depot_before or 0, travel_s=0, arrival_s=0, start_s=0, end_s=0, load={})
    calls = () if depot_before is None else (call,)
    return Route(technician=technician, shift=0, stops=visits, breaks=(), depart_s=0, end_s=0, travel_s=0, calls=calls)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("pillac-trsp", "home-care"):
        (tmp_path / name).mkdir()
    (tmp_path / "pillac-trsp" / "T101.100_25-5-5-5.txt").write_text(PILLAC)
    (tmp_path / "home-care" / "T1.json").write_text(json.dumps(care()))
    known = {
        "pillac-trsp": {"T101": {"working_time": 70.0, "working_time_alns": 65.0}},
        "home-care": {"T1": {"cost": 30}},
    }
    (tmp_path / "best-known.json").write_text(json.dumps(known))
    return tmp_path


def care() -> dict[str, object]:
    """Three patients on a line of steps of 10 from the office: one alone, a pair at once, a pair 20 to 40 apart."""
    places = [0.0, 10.0, 20.0, 30.0]

    def patient(number: int, *services: str, **together: object) -> dict[str, object]:
        needed = [{"service": service, "duration": 5.0} for service in services]
        return {"id": f"p{number}", "location": [places[number], 0], "time_window": [10.0 * number, 100.0],
                "required_caregivers": needed, **together}  # fmt: skip

    at_once, apart = {"type": "simultaneous"}, {"type": "sequential", "distance": [20, 40]}
    return {
        "patients": [
            patient(1, "s1"),
            patient(2, "s1", "s2", synchronization=at_once),
            patient(3, "s1", "s2", synchronization=apart),
        ],
        "caregivers": [{"id": "c1", "abilities": ["s1"]}, {"id": "c2", "abilities": ["s2"]}],
        "central_offices": [{"id": "d", "location": [0, 0]}],
        "services": [],
        "distances": [[abs(a - b) for b in places] for a in places],
    }


def both(first: tuple[str, ...], second: tuple[str, ...]) -> Plan:
    """c1 leads every crew."""
    return Plan(routes=(route("c1", stops(*first)), route("c2", stops(*second, lead=["p3/1"]))))


def test_technicians_have_tools_and_parts_and_a_depot_that_lends_and_gives(folder: Path) -> None:
    standard = pillac.pillac(folder, "T101")

    validate(standard.problem)
    (technician,), (depot,) = standard.problem.technicians, standard.problem.depots
    assert (technician.tools, dict(technician.stock)) == ({"tool1"}, {"part0": 1, "part1": 0})
    assert (depot.tools, set(depot.stock)) == ({"tool0", "tool1"}, {"part0", "part1"})
    assert standard.problem.jobs[1].parts == {"part1": 2}
    assert standard.best == 65.0


def test_working_time_counts_waiting_but_not_a_departure_that_can_be_later(folder: Path) -> None:
    standard = pillac.pillac(folder, "T101")
    one = Plan(routes=(route("1", stops("101")),))

    # Home to 101 is 5, work is 10; leaving at 35 or later nobody waits.
    assert standard.value(one) == 5 + 10 + 5

    two = Plan(routes=(route("1", stops("102", "101"), depot_before=0),))
    # Home to depot 5, on to 102: 10, there between 30 and 35; on to 101: sqrt(40), not before 40: no waiting at all.
    assert standard.value(two) == pytest.approx(5 + 10 + 10 + math.sqrt(40) + 10 + 5)


def test_waiting_that_no_later_departure_saves_counts(folder: Path) -> None:
    text = PILLAC.replace("6     8     40     60", "6     8     70     90")
    (folder / "pillac-trsp" / "T101.100_25-5-5-5.txt").write_text(text)
    standard = pillac.pillac(folder, "T101")

    # At 102 work begins at 35 at the latest, and ends at 45; at 101 it begins at 70: left home at 20, home again at 85.
    two = Plan(routes=(route("1", stops("102", "101"), depot_before=0),))

    assert standard.value(two) == pytest.approx(85 - 20)


def test_a_pair_at_once_is_a_crew_and_a_pair_apart_two_jobs_with_a_gap(folder: Path) -> None:
    standard = home_care.home_care(folder, "T1")

    validate(standard.problem)
    alone, crew, first, second = standard.problem.jobs
    assert (alone.crew_size, crew.crew_size) == (1, 2)
    assert (crew.skills, crew.helper_skills) == ({"s1": 1}, {"s2": 1})
    assert first.gaps == ()
    assert second.gaps == (Gap(job=first.id, least_s=20 * SCALE, most_s=40 * SCALE),)


def test_a_third_each_of_distance_lateness_and_the_worst(folder: Path) -> None:
    standard = home_care.home_care(folder, "T1")

    plan = both(("p1", "p2", "p3/0"), ("p2", "p3/1"))

    # c1: 10 to p1, 25 to p2 (with c2), 40 to p3; c2 there at 60, 20 after c1. Both drive 60, nobody is late.
    assert standard.value(plan) == pytest.approx((60 + 60) / 3)


def test_lateness_counts_for_each_of_a_pair(folder: Path) -> None:
    late = care()
    late["patients"][2]["time_window"] = [30.0, 35.0]  # type: ignore[index]
    (folder / "home-care" / "T1.json").write_text(json.dumps(late))
    standard = home_care.home_care(folder, "T1")

    plan = both(("p1", "p2", "p3/0"), ("p2", "p3/1"))

    assert standard.value(plan) == pytest.approx((120 + (5 + 25) + 25) / 3)


def test_visits_that_wait_for_each_other_have_no_value(folder: Path) -> None:
    standard = home_care.home_care(folder, "T1")

    with pytest.raises(NotComparable, match="wait for each other"):
        standard.value(both(("p1", "p3/0", "p2"), ("p3/1", "p2", "p2")))


def test_what_is_left_out_has_no_value(folder: Path) -> None:
    plan = Plan(unserved=(Unserved(job="p1", reason=Reason.FULL),))

    with pytest.raises(NotComparable, match="1 of its customers"):
        home_care.home_care(folder, "T1").value(plan)
