"""Each term of the objective counts what its name says, and the total is their sum."""

from dataclasses import replace

import pytest

from scheduling import (
    Job,
    Plan,
    Policy,
    Problem,
    Reason,
    Route,
    RouteStop,
    Shift,
    TakenBreak,
    Technician,
    UnknownReference,
    Unserved,
    UnsupportedFeature,
    cost_terms,
    go_live,
    total_cost,
)
from scheduling.exact import optimum
from tests.scheduling.days import even_travel, problem_of

POLICY = Policy()
TECHNICIAN = Technician(id="t", shifts=(Shift(start_s=0, end_s=4000, start_place=0, end_place=0, overtime_s=900),))
JOB = Job(id="a", place=1, duration_s=1800)
STOP = RouteStop(job="a", travel_s=600, arrival_s=600, start_s=600, end_s=2400)
ROUTE = Route(technician="t", shift=0, stops=(STOP,), breaks=(), depart_s=0, end_s=3000, travel_s=1200)
SERVED = Plan(routes=(ROUTE,))
LEFT = Plan(unserved=(Unserved(job="a", reason=Reason.COST),))


def day(job: Job = JOB, technician: Technician = TECHNICIAN, previous: Plan | None = None) -> Problem:
    other = replace(TECHNICIAN, id="u")
    return problem_of(even_travel(2), [technician, other], [job], previous=previous)


def with_start(start_s: int, technician: str = "t") -> Plan:
    stop = replace(STOP, start_s=start_s, end_s=start_s + 1800)
    return Plan(routes=(replace(ROUTE, technician=technician, stops=(stop,)),))


CASES = [
    ("travel", day(), SERVED, 1200),
    ("unserved", day(replace(JOB, priority=3)), LEFT, 3 * 3600),
    ("lateness", day(replace(JOB, due_s=2000)), SERVED, 400),
    ("overtime", day(), Plan(routes=(replace(ROUTE, end_s=4100),)), 200),
    ("preference", day(replace(JOB, preferred=frozenset({"u"}))), SERVED, 600),
    ("contractor", day(technician=replace(TECHNICIAN, contractor=True, cost_per_hour_minor=3000)), SERVED, 900),
    ("contractor", day(technician=replace(TECHNICIAN, cost_per_hour_minor=3000)), SERVED, 0),
    ("stability", day(previous=SERVED), LEFT, 900),
    ("stability", day(previous=with_start(600, "u")), SERVED, 900),
    ("stability", day(replace(JOB, promised=True), previous=with_start(600, "u")), SERVED, 3600),
    ("stability", day(previous=SERVED), with_start(600 + 900 + 100), 10),
    ("stability", day(previous=with_start(2000)), SERVED, 0),
    ("fairness", day(), SERVED, 0),
]


def crew_day(job: Job, previous: Plan | None = None) -> Problem:
    return day(replace(job, crew_size=2), previous=previous)


def both(start_s: int = 600) -> Plan:
    helper = with_start(start_s, "u").routes[0]
    stops = tuple(replace(stop, lead=False) for stop in helper.stops)
    return Plan(routes=(*with_start(start_s).routes, replace(helper, stops=stops)))


CREW_CASES = [
    ("lateness", crew_day(replace(JOB, due_s=2000)), both(), 400),
    ("preference", crew_day(replace(JOB, preferred=frozenset({"u"}))), both(), 300),
    ("stability", crew_day(JOB, previous=both()), both(), 0),
    ("stability", crew_day(JOB, previous=with_start(600)), both(600 + 900 + 100), 450 + 10),
    ("stability", crew_day(JOB, previous=both()), LEFT, 900),
]


@pytest.mark.parametrize(("term", "problem", "plan", "expected"), [*CASES, *CREW_CASES])
def test_each_term_counts_what_its_name_says(term: str, problem: Problem, plan: Plan, expected: float) -> None:
    assert cost_terms(problem, POLICY, plan)[term] == pytest.approx(expected)


def test_waiting_counts_from_setting_out_and_not_while_anybody_drives_works_or_rests() -> None:
    rest = TakenBreak(start_s=2500, end_s=2600)
    second = RouteStop(job="b", travel_s=0, arrival_s=2600, start_s=3000, end_s=3300)
    route = replace(ROUTE, stops=(STOP, second), breaks=(rest,), end_s=3900)
    problem = problem_of(even_travel(2), [TECHNICIAN], [JOB, replace(JOB, id="b", duration_s=300)])

    # 3,900 s on duty, of which 1,200 driving, 2,100 working and 100 at rest.
    assert cost_terms(problem, replace(POLICY, waiting=2.0), Plan(routes=(route,)))["waiting"] == 2 * 500


def test_the_proof_and_slots_refuse_a_price_of_waiting() -> None:
    patient = replace(POLICY, waiting=1.0)

    with pytest.raises(UnsupportedFeature):
        optimum(day(), patient)
    with pytest.raises(UnsupportedFeature):
        go_live(day(), LEFT).market(patient)


def test_the_total_is_the_sum_of_the_terms() -> None:
    problem = day(replace(JOB, due_s=2000))

    assert total_cost(problem, POLICY, SERVED) == sum(cost_terms(problem, POLICY, SERVED).values()) == 1600


def test_fairness_makes_an_hour_dearer_on_a_fuller_day() -> None:
    fair = replace(POLICY, fairness=1.0)
    second = RouteStop(job="b", travel_s=0, arrival_s=2400, start_s=2400, end_s=4200)
    jobs = [JOB, replace(JOB, id="b")]
    problem = problem_of(even_travel(2), [TECHNICIAN, replace(TECHNICIAN, id="u")], jobs)
    one_day = Plan(routes=(replace(ROUTE, stops=(STOP, second)),))
    two_days = Plan(routes=(ROUTE, replace(ROUTE, technician="u", stops=(replace(STOP, job="b"),))))

    assert cost_terms(problem, fair, one_day)["fairness"] == 3600 * 3600 / 4000
    assert cost_terms(problem, fair, two_days)["fairness"] == 2 * 1800 * 1800 / 4000


@pytest.mark.parametrize(
    "plan",
    [
        Plan(routes=(replace(ROUTE, shift=1),)),
        Plan(routes=(replace(ROUTE, technician="gone"),)),
        Plan(routes=(replace(ROUTE, stops=(replace(STOP, job="gone"),)),)),
        Plan(unserved=(Unserved(job="gone", reason=Reason.FULL),)),
    ],
)
def test_a_plan_of_what_the_problem_does_not_hold_has_no_price(plan: Plan) -> None:
    with pytest.raises(UnknownReference):
        total_cost(day(JOB), POLICY, plan)
