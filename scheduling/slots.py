"""Which windows can a customer be offered, by whom, at what price, and why are the others closed?

Exact against the live plan: no window is offered that cannot be kept, and none is missed that a single insertion would open.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from scheduling.errors import UnsupportedFeature
from scheduling.features import coupling, is_coupled
from scheduling.fleet.fleet import Fleet
from scheduling.fleet.offers import Offers
from scheduling.fleet.openings import questions, unanswered
from scheduling.fleet.rules import CODE, REASONS, Codes
from scheduling.liveplan import LivePlan, without_job
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
    fleet: Fleet = bare.fleet
    free = replace(job, windows=(), lock=Lock.NONE, frozen=None)
    asked_windows = tuple(dict.fromkeys(windows))
    is_settled = free.id in fleet.workday.meetings
    asked = questions([(free, fleet.workday.windows(free) if is_settled else (window,)) for window in asked_windows])
    blocks = fleet.rule_blocks(free)
    found = fleet.openings(asked, blocks[None, :])
    closed = unanswered(asked, found)
    nowhere: list[int] = closed.tolist()
    return SlotAnswer(
        slots=_slots(fleet, bare.market(policy).offers(free, asked, found), asked_windows),
        closed=_closed(fleet.obstacles(asked.at(closed), blocks[None, :]), [asked_windows[nth] for nth in nowhere]),
    )


def _slots(fleet: Fleet, offers: Offers, windows: Sequence[Window]) -> tuple[Slot, ...]:
    asked: list[int] = offers.question.tolist()
    duties: list[int] = offers.duty.tolist()
    times = zip(offers.position.tolist(), offers.start.tolist(), offers.end.tolist(), strict=True)
    prices = zip(offers.cost.tolist(), offers.travel.tolist(), strict=True)
    keys = [seat.key for seat in fleet.seats]
    return tuple(
        Slot(
            window=windows[question],
            technician=keys[duty][0],
            shift=keys[duty][1],
            position=position,
            start_s=start_s,
            end_s=end_s,
            cost_delta_s=cost_delta_s,
            travel_delta_s=travel_delta_s,
        )
        for question, duty, (position, start_s, end_s), (cost_delta_s, travel_delta_s) in zip(
            asked, duties, times, prices, strict=True
        )
    )


def _closed(obstacles: Codes, windows: Sequence[Window]) -> tuple[ClosedWindow, ...]:
    """obstacles: windows x technicians."""
    rows: list[list[int]] = obstacles.tolist()
    return tuple(
        ClosedWindow(
            window=window,
            reasons={REASONS[code]: count for code, count in Counter(codes).items()},
            nearest=REASONS[max(codes, default=CODE[Reason.NO_TECHNICIAN])],
        )
        for window, codes in zip(windows, rows, strict=True)
    )
