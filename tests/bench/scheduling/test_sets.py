"""Standard sets are read as their authors meant them: the values of known solutions come out, and what breaks a rule has none."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from backend.bench.scheduling.judging import judge, mended
from backend.bench.scheduling.sets import site_dependent, solomon
from backend.bench.scheduling.sets.standard import NotComparable, Standard
from scheduling import Plan
from scheduling.duties import prepare

# Four customers on a line and a corner, in the form of Solomon's files.
SOLOMON = """T101

VEHICLE
NUMBER     CAPACITY
  2         20

CUSTOMER
CUST NO.   XCOORD.   YCOORD.    DEMAND   READY TIME   DUE DATE   SERVICE TIME

    0          0       0           0       0         100           0
    1          3       4          10       0          50          10
    2          6       8          10       0          60          10
    3          0       5          15       0          80          10
    4          0       0           0      20          30           0
"""
SITES = """ NAME: T01
TYPE: SDVRPTW
VEHICLES: 2
VEHICLES_MAX_DURATION: 60
NODE_COORD_SECTION
1\t0.0\t0.0
2\t3.0\t4.0
3\t0.0\t10.0
DEMAND_SECTION
1\t0
2\t5
3\t5
SERVICE_TIME_SECTION
1\t0
2\t2
3\t2
TIME_WINDOW_SECTION
1\t0\t200
2\t0\t150
3\t100\t150
CAPACITY_SECTION
1\t10
2\t10
VEHICLES_ALLOWED_CLIENTS_SECTION
1\t2\t3
2\t2
EOF
"""


def planned(standard: Standard, orders: dict[str, Sequence[str]]) -> Plan:
    workday = prepare(standard.problem)
    plan, dropped = mended(workday, standard.policy, {(name, 0): order for name, order in orders.items()})
    judge(workday, standard.policy, plan)
    assert dropped == 0
    return plan


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, file, text in (("solomon", "T101.txt", SOLOMON), ("sdvrptw", "T01.vrp", SITES)):
        (tmp_path / name).mkdir()
        (tmp_path / name / file).write_text(text)
    known = {"solomon": {"T101": {"cost_distance_only": 30.0}}, "sdvrptw": {"T01": {"cost": 30000}}}
    (tmp_path / "best-known.json").write_text(json.dumps(known))
    return tmp_path


def test_solomon_counts_distance_in_double_precision(folder: Path) -> None:
    standard = solomon.solomon(folder, "T101")

    plan = planned(standard, {"v0": ["1", "2"], "v1": ["3", "4"]})

    assert standard.value(plan) == 30.0
    assert standard.best == 30.0


def test_solomon_keeps_capacity_and_windows(folder: Path) -> None:
    standard = solomon.solomon(folder, "T101")
    workday = prepare(standard.problem)

    plan, dropped = mended(workday, standard.policy, {("v0", 0): ["1", "2", "3"], ("v1", 0): ["4"]})

    assert dropped == 1
    with pytest.raises(NotComparable, match="1 of its customers"):
        standard.value(plan)


def test_sites_are_skills_and_distances_are_thousandths(folder: Path) -> None:
    standard = site_dependent.site_dependent(folder, "T01")

    plan = planned(standard, {"v0": ["2"], "v1": ["1"]})

    assert standard.value(plan) == 30000
    _, dropped = mended(prepare(standard.problem), standard.policy, {("v1", 0): ["2"]})
    assert dropped == 1


def test_a_vehicle_that_is_out_too_long_has_no_value(folder: Path) -> None:
    standard = site_dependent.site_dependent(folder, "T01")
    plan = planned(standard, {"v0": ["1", "2"]})

    with pytest.raises(NotComparable, match="out for"):
        standard.value(plan)
