"""Which windows can a customer be offered, by whom, at what price, and why are the others closed?

Exact against the live plan: no window is offered that cannot be kept, and none is missed that a single insertion would open.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from scheduling.errors import UnsupportedFeature
from scheduling.features import coupling, is_coupled
from scheduling.liveplan import (
    Insertion,
    LivePlan,
    blocks_by_technician,
    insertions,
    nearest_reason,
    with_candidate,
    without_job,
)
from scheduling.plan import Reason
from scheduling.policy import Policy
from scheduling.problem import Job, Lock, Window


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """The cheapest way in which one technician can keep one window.

    shift, position: which shift, and before which of its open jobs. start_s..end_s: the work as it would be planned.
    cost_delta_s: what the plan costs more, in seconds-equivalents of the policy. travel_delta_s: seconds more driving.
    """

    window: Window
    technician: str
    shift: int
    position: int
    start_s: int
    end_s: int
    cost_delta_s: float
    travel_delta_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedWindow:
    """A window that nobody can keep. reasons: how many technicians each constraint stopped (of each, the last hurdle)."""

    window: Window
    reasons: Mapping[Reason, int]
    nearest: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotAnswer:
    """slots: in the order of the windows, then cheapest first. closed: the windows without any slot, in order."""

    slots: tuple[Slot, ...]
    closed: tuple[ClosedWindow, ...]

    @property
    def best(self) -> tuple[Slot, ...]:
        """The cheapest slot of each open window, in the order of the windows."""
        cheapest: dict[Window, Slot] = {}
        for slot in self.slots:
            cheapest.setdefault(slot.window, slot)
        return tuple(cheapest.values())


def find_slots(live: LivePlan, policy: Policy, job: Job, windows: Sequence[Window]) -> SlotAnswer:
    """Per window and technician the cheapest feasible insertion of a job.

    job: new, or one that the plan serves: then it is taken out first, and the answer says where it could go instead. Its own
    windows, lock and frozen state do not count. windows: start of work within each; every one is answered.
    Raises UnsupportedFeature for a job whose start depends on other routes: one insertion cannot answer for it.
    """
    if is_coupled(job):
        raise UnsupportedFeature(f"job {job.id} couples routes", feature=coupling(job).value, job=job.id)
    bare = without_job(live, job.id)
    slots: list[Slot] = []
    closed: list[ClosedWindow] = []
    for window in dict.fromkeys(windows):
        asked = replace(job, windows=(window,), lock=Lock.NONE, frozen=None)
        ready = with_candidate(bare, asked)
        found = _slots_in(ready, policy, asked, window)
        slots += found
        if not found:
            closed.append(_closed(ready, asked))
    return SlotAnswer(slots=tuple(slots), closed=tuple(closed))


def _slots_in(live: LivePlan, policy: Policy, job: Job, window: Window) -> list[Slot]:
    best: dict[str, Insertion] = {}
    for key in live.routes:
        for way in insertions(live, policy, job, key):
            if key[0] not in best or way.cost_delta_s < best[key[0]].cost_delta_s:
                best[key[0]] = way
    slots = [_slot(job, window, way) for way in best.values()]
    return sorted(slots, key=lambda slot: (slot.cost_delta_s, slot.technician))


def _slot(job: Job, window: Window, way: Insertion) -> Slot:
    stop = next(stop for stop in way.route.stops if stop.job == job.id)
    return Slot(
        window=window,
        technician=way.duty[0],
        shift=way.duty[1],
        position=way.position,
        start_s=stop.start_s,
        end_s=stop.end_s,
        cost_delta_s=way.cost_delta_s,
        travel_delta_s=way.travel_delta_s,
    )


def _closed(live: LivePlan, job: Job) -> ClosedWindow:
    blocks = blocks_by_technician(live, job)
    counts = Counter(reason for reason in blocks.values() if reason is not None)
    return ClosedWindow(window=job.windows[0], reasons=dict(counts), nearest=nearest_reason(blocks))
