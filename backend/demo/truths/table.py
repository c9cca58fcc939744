"""Each planted truth: what it is, where a person sees it, and how a program asks the product for it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from backend.demo.story.office import Clerk
from backend.demo.truths.planted import Planted
from backend.demo.truths.planting import WAITING

Answer = Any
"""What a route answered, as JSON."""


@dataclass(frozen=True, kw_only=True)
class Truth:
    """tells: what is wrong. path, query: a route that shows it, {…} is a field of `Planted`; by: whose desk it is on.

    is_told: whether this answer tells of it.
    """

    name: str
    tells: str
    path: str
    by: str
    is_told: Callable[[Answer, Planted], bool]
    query: dict[str, str | int] = field(default_factory=dict)

    def is_found(self, url: str, planted: Planted) -> bool:
        """Ask the running product. Raises Refusal."""
        clerk = Clerk(url, f"{self.by}@northbank.example")
        try:
            return self.is_told(clerk.get(self.path.format(planted=planted), **self.query), planted)
        finally:
            clerk.close()


def _break(kind: str, tells: str, subject: Callable[[Planted], UUID | str]) -> Truth:
    return Truth(
        name=kind,
        tells=tells,
        path="/api/v1/breaks",
        query={"kind": kind},
        by="billing",
        is_told=lambda answer, planted: _names(answer, ("service_id", "subject"), subject(planted)),
    )


def _fallout(reason: str, tells: str, service: Callable[[Planted], UUID]) -> Truth:
    return Truth(
        name=f"fallout_{reason}",
        tells=tells,
        path="/api/v1/activations",
        query={"state": "fallout", "reason": reason},
        by="provisioning",
        is_told=lambda answer, planted: _names(answer, ("service_id",), service(planted)),
    )


BREAKS = (
    _break("active_not_billed", "A telephone line runs, and billing forgot it.", lambda planted: planted.unbilled),
    _break("billed_not_active", "A line has ended, and billing forgot its end.", lambda planted: planted.ended),
    _break("double_billed", "A line that rested for a day is billed twice since.", lambda planted: planted.double),
    _break("wrong_start", "A line is billed from three days too late on.", lambda planted: planted.late_billed),
    _break("orphan_serial", "A gateway hangs where nothing was ever sold.", lambda planted: planted.orphan),
)
"""What `truckroll reconcile` finds, and nothing else."""

FALLOUTS = (
    _fallout("network_refused", "The switch says that the number is taken.", lambda planted: planted.refused),
    _fallout("read_back_differs", "The network says done and has nothing.", lambda planted: planted.untrue),
    _fallout("line_test_failed", "The line was set up and does not pass its test.", lambda planted: planted.dark),
    _fallout("witnesses_disagree", "The network sees another terminal than the order's.", lambda one: one.witnessed),
)

OTHERS = (
    Truth(
        name="transposed_serial",
        tells="That terminal's serial is the order's with two characters changed over.",
        path="/api/v1/activations",
        query={"state": "fallout", "reason": "witnesses_disagree"},
        by="provisioning",
        is_told=lambda answer, planted: any(
            (one["detail"] or {}).get("seen") == planted.transposed for one in answer["items"]
        ),
    ),
    Truth(
        name="jobs_in_jeopardy",
        tells="An order of three weeks ago has no appointment yet.",
        path="/api/v1/orders/{planted.late[0]}",
        by="agent",
        is_told=lambda answer, _: answer["jeopardy"] == "late",
    ),
    Truth(
        name="promise_about_to_break",
        tells="A promised window is nearly over, and nobody is on the way.",
        path="/api/v1/promises",
        query={"state": "confirmed", "page_size": 200},
        by="supervisor",
        is_told=lambda answer, planted: any(
            one["job_id"] == str(planted.promised_job) and one["arrived_at"] is None for one in answer["items"]
        ),
    ),
    Truth(
        name="certificate_expires_tonight",
        tells="A technician's certificates are good for the first day only.",
        path="/api/v1/technicians",
        by="dispatcher",
        is_told=lambda answer, planted: any(
            one["id"] == str(planted.technician) and all(skill["expires_on"] for skill in one["skills"])
            for one in answer["items"]
        ),
    ),
    Truth(
        name="van_short_of_terminals",
        tells="A van has no fibre terminal left.",
        path="/api/v1/replenishment",
        by="warehouse",
        is_told=lambda answer, planted: any(
            (one["to_location_id"], one["model"], one["held"]) == (str(planted.van), "ONT-G1", 0) for one in answer
        ),
    ),
    Truth(
        name="phone_away",
        tells="A phone is silent for 26 hours, and much work waited on it when it was last heard of.",
        path="/api/v1/reports/phones",
        query={"silent_hours": 24},
        by="dispatcher",
        is_told=lambda answer, planted: any(
            (one["id"], one["waiting"]) == (str(planted.phone), WAITING) for one in answer["items"]
        ),
    ),
    Truth(
        name="pool_nearly_empty",
        tells="93 % of the prefixes for large houses are taken.",
        path="/api/v1/resource-pools",
        by="provisioning",
        is_told=lambda answer, _: any(pool["code"] == "IPV6-1" and round(pool["share"], 2) == 0.93 for pool in answer),
    ),
)

TRUTHS: tuple[Truth, ...] = (*BREAKS, *FALLOUTS, *OTHERS)


def missing(url: str, planted: Planted, truths: Iterable[Truth] = TRUTHS) -> list[str]:
    """The names of those that the running product does not tell of."""
    return [truth.name for truth in truths if not truth.is_found(url, planted)]


def _names(answer: Answer, keys: tuple[str, ...], subject: UUID | str) -> bool:
    return any(str(subject) in {one[key] for key in keys} for one in answer["items"])
