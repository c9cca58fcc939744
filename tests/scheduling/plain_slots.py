"""The slots of a live plan as one reads them: window by window, duty by duty, each insertion timed as a whole. The judge of `find_slots`."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from scheduling import ClosedWindow, Job, LivePlan, Lock, Policy, Reason, Slot, Window
from scheduling.insertion import feasible_positions, pack_route
from scheduling.liveplan import DutyKey, Insertion, insertions, nearest_reason, rule_block, with_candidate, without_job
from scheduling.travel import UNREACHABLE

RANK = {reason: rank for rank, reason in enumerate(Reason)}


@dataclass(frozen=True)
class PlainAnswer:
    """As `SlotAnswer`, all of it written out."""

    slots: tuple[Slot, ...]
    closed: tuple[ClosedWindow, ...]

    @property
    def best(self) -> tuple[Slot, ...]:
        first: dict[Window, Slot] = {}
        for slot in self.slots:
            first.setdefault(slot.window, slot)
        return tuple(first.values())

    @property
    def counts(self) -> dict[Window, int]:
        return dict(Counter(slot.window for slot in self.slots))


def plain_slots(live: LivePlan, policy: Policy, job: Job, windows: Sequence[Window]) -> PlainAnswer:
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
    return PlainAnswer(slots=tuple(slots), closed=tuple(closed))


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
    blocks = plain_blocks(live, job)
    counts = Counter(reason for reason in blocks.values() if reason is not None)
    return ClosedWindow(window=job.windows[0], reasons=dict(counts), nearest=nearest_reason(blocks))


def plain_blocks(live: LivePlan, job: Job) -> dict[str, Reason | None]:
    """For each technician with a shift the reason of the shift that came nearest; None = the job would fit."""
    nearest: dict[str, Reason | None] = {}
    for key in live.routes:
        technician = key[0]
        if technician in nearest and nearest[technician] is None:
            continue
        reason = first_block(live, job, key)
        known = nearest.get(technician)
        if reason is None or known is None or RANK[reason] > RANK[known]:
            nearest[technician] = reason
    return nearest


def first_block(live: LivePlan, job: Job, key: DutyKey) -> Reason | None:
    """The first reason why a duty cannot take the job in; None when it can."""
    reason = rule_block(live, job, key)
    if reason is not None:
        return reason
    packed = live.routes[key]
    if any(True for _ in feasible_positions(live.workday, packed, job)):
        return None
    duty = packed.duty
    there_s = live.workday.drive_s(duty.from_place, job.place)
    back_s = live.workday.drive_s(job.place, duty.shift.end_place)
    if max(there_s, back_s) >= UNREACHABLE:
        return Reason.UNREACHABLE
    idle = pack_route(live.workday, duty, ())
    return Reason.FULL if any(True for _ in feasible_positions(live.workday, idle, job)) else Reason.WINDOW
