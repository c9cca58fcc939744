"""What a plan is worth: the weights of the objective, as versioned data. Every weight ends in seconds of travel."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Weights, >= 0. "Equivalent" means: worth so many seconds of driving.

    unserved_priority_s: one point of priority left undone; one hour by default.
    travel, lateness, overtime: equivalents per second driven, finished after the due time, worked past the shift's end.
    moved_s: a job of the plan in force given to another technician or shift, or dropped.
    repair_factor: how much dearer that is when a day that is under way is repaired: people have it in their heads by then.
    retimed: per second that it starts later than in force, beyond retime_tolerance_s.
    promised_factor: how much dearer both are when its window was promised to a customer.
    not_preferred_s: a job done by someone else than the customer's preferred technicians.
    contractor, hour_value_minor: contractors' hours, turned into equivalents by what an hour of driving is worth in money.
    waiting: per second between setting out and being home in which nobody drives, works, loads or rests. 0 = no matter.
    fairness: how much even days are worth: each route costs fairness x worked seconds^2 / the shift's seconds, so that an hour of
        work costs the more, the fuller the day is that it is given to. 0 = no matter.
    dropped_lock_s: a locked job left undone; so dear that it happens only where the lock cannot be kept at all.
    """

    name: str = "standard"
    version: int = 1
    unserved_priority_s: float = 3600
    travel: float = 1.0
    lateness: float = 1.0
    overtime: float = 2.0
    moved_s: float = 900
    repair_factor: float = 2.0
    retimed: float = 0.1
    retime_tolerance_s: int = 900
    promised_factor: float = 4.0
    not_preferred_s: float = 600
    contractor: float = 1.0
    hour_value_minor: int = 6000
    waiting: float = 0.0
    fairness: float = 0.0
    dropped_lock_s: float = 10_000_000

    def for_repair(self) -> "Policy":
        """What the same weights make of a day that went wrong while it was under way."""
        return replace(self, moved_s=self.moved_s * self.repair_factor)
