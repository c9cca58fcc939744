"""What a policy makes of each duty, asked of `costs` once: the fixed part of every price of its routes."""

from collections.abc import Iterable, Sequence

import numpy as np

from scheduling.costs import contractor_price, lateness, preference, route_cost, stability
from scheduling.duties import Duty, Workday
from scheduling.fleet.board import Floats, Ints, Tariff
from scheduling.fleet.visits import ints
from scheduling.plan import Route
from scheduling.policy import Policy
from scheduling.timetable import schedule_route_anyway

_UNITS = Policy(lateness=1, not_preferred_s=1)


def tariff_of(workday: Workday, policy: Policy, duties: Sequence[Duty]) -> Tariff:
    """The weights, and what the frozen jobs of each duty add."""
    facts = [_idle(workday, duty) for duty in duties]
    return Tariff(
        travel=float(policy.travel),
        lateness=float(policy.lateness),
        overtime=float(policy.overtime),
        moved_s=float(policy.moved_s),
        retimed=float(policy.retimed),
        retime_tolerance_s=int(policy.retime_tolerance_s),
        promised_factor=float(policy.promised_factor),
        not_preferred_s=float(policy.not_preferred_s),
        fairness=float(policy.fairness),
        shift_end=ints(duty.shift.end_s for duty in duties),
        shift_s=ints(duty.shift.end_s - duty.shift.start_s for duty in duties),
        contractor=_floats(contractor_price(workday, policy, duty.technician.id) for duty in duties),
        late=_floats(lateness(workday, _UNITS, route) for route in facts),
        shifted=_floats(stability(workday, policy, route) for route in facts),
        unwished=_floats(preference(workday, _UNITS, route) for route in facts),
        worked=ints(sum(stop.end_s - stop.start_s for stop in route.stops) for route in facts),
    )


def idle_prices(workday: Workday, policy: Policy, duties: Sequence[Duty]) -> tuple[Floats, Ints]:
    """Cost and seconds of driving of each duty without open jobs."""
    routes = [_idle(workday, duty) for duty in duties]
    return _floats(route_cost(workday, policy, route) for route in routes), ints(route.travel_s for route in routes)


def _idle(workday: Workday, duty: Duty) -> Route:
    return schedule_route_anyway(workday, duty, ())


def _floats(values: Iterable[float]) -> Floats:
    return np.fromiter(values, dtype=np.float64)
