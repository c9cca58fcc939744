"""What many routes cost at once: the terms of `costs.route_cost`, in their order, rounded as they are."""

# NumPy leaves some of its own types open.
# pyright: reportUnknownMemberType=false

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scheduling.costs import contractor_price, lateness, preference, stability
from scheduling.duties import Duty, Workday
from scheduling.fleet.packing import Ints, ints
from scheduling.fleet.times import Orders, Times
from scheduling.fleet.visits import Visits
from scheduling.policy import Policy
from scheduling.timetable import schedule_route

Floats = NDArray[np.float64]
_UNITS = Policy(lateness=1, not_preferred_s=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """A policy and, for each duty, what it makes of the shift, the technician and the frozen jobs.

    late, shifted, unwished, worked: the frozen jobs' part of lateness, stability, preference and work, before weights.
    """

    policy: Policy
    shift_end: Ints
    shift_s: Ints
    contractor: Floats
    late: Floats
    shifted: Floats
    unwished: Floats
    worked: Ints

    def least(self, visits: Visits, orders: Orders) -> Floats:
        """What each route costs at least beside its driving, whatever its times: without lateness, overtime and delays."""
        none = np.zeros_like(orders.duty)
        return self.of(visits, orders, Times(ended=np.zeros_like(orders.visits), end=none, travel=none))

    def of(self, visits: Visits, orders: Orders, times: Times) -> Floats:
        """The cost of each route."""
        policy, duty, is_visit, ended = self.policy, orders.duty, orders.is_visit, times.ended
        each = orders.visits
        crew = visits.crew_size[each]
        promise = np.where(visits.is_promised[each], policy.promised_factor, 1.0)
        later = np.maximum(0, ended - visits.work[each] - visits.planned[each] - policy.retime_tolerance_s)
        moved = np.where(visits.is_moved[each], policy.moved_s * promise / crew, 0.0)
        shifts = np.stack([policy.retimed * promise * later / crew, moved], axis=2)
        late = np.maximum(0, ended - visits.due[each]) / crew
        worked = self.worked[duty] + np.where(is_visit, visits.work[each], 0).sum(axis=1)
        return summed(
            policy.travel * times.travel,
            policy.lateness * _in_order(self.late[duty], np.where(is_visit, late, 0.0)),
            policy.overtime * np.maximum(0, times.end - self.shift_end[duty]),
            _in_order(
                self.shifted[duty], np.where(is_visit[:, :, None], shifts, 0.0).reshape(len(duty), 2 * each.shape[1])
            ),
            policy.not_preferred_s
            * _in_order(self.unwished[duty], np.where(is_visit & visits.is_unwished[each], 1 / crew, 0.0)),
            self.contractor[duty] * worked,
            policy.fairness * worked * worked / np.maximum(1, self.shift_s[duty]),
        )


def prices(workday: Workday, policy: Policy, duties: Sequence[Duty]) -> Prices:
    """Ask `costs` once for each duty."""
    facts = [schedule_route(workday, duty, ()) if duty.frozen else None for duty in duties]
    return Prices(
        policy=policy,
        shift_end=ints(duty.shift.end_s for duty in duties),
        shift_s=ints(duty.shift.end_s - duty.shift.start_s for duty in duties),
        contractor=_floats([contractor_price(workday, policy, duty.technician.id) for duty in duties]),
        late=_floats([lateness(workday, _UNITS, route) if route else 0.0 for route in facts]),
        shifted=_floats([stability(workday, policy, route) if route else 0.0 for route in facts]),
        unwished=_floats([preference(workday, _UNITS, route) if route else 0.0 for route in facts]),
        worked=ints(sum(stop.end_s - stop.start_s for stop in route.stops) if route else 0 for route in facts),
    )


def summed(*terms: NDArray[np.floating]) -> Floats:
    """What `sum` makes of floats since Python 3.12: it carries along what rounding has lost (Neumaier 1974, doi 10.1002/zamm.19740540106)."""
    total, lost = terms[0].astype(np.float64), np.zeros(len(terms[0]))
    for term in terms[1:]:
        grown = total + term
        lost += np.where(np.abs(total) >= np.abs(term), (total - grown) + term, (term - grown) + total)
        total = grown
    return total + lost


def _in_order(first: Floats, rest: Floats) -> Floats:
    """Each row added up from left to right, as a loop does it."""
    return np.add.accumulate(np.concatenate([first[:, None], rest], axis=1), axis=1)[:, -1]


def _floats(values: Sequence[float]) -> Floats:
    return np.array(values, dtype=np.float64)
