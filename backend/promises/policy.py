"""What a broken promise costs, by policy packs: dated data beside this file, one JSON document each. Pure but for reading.

A pack has versions; the one counts that was valid on the day of the promised window. Amounts are minor units.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, cast
from zoneinfo import ZoneInfo

import msgspec

from backend.kernel.money import Currency
from backend.promises.schemas import Cause, CreditKind

PACKS = Path(__file__).parent / "packs"
MISSED = frozenset({Cause.LATE, Cause.NO_SHOW, Cause.MOVED, Cause.CANCELLED})

Amount = Annotated[int, msgspec.Meta(ge=0, le=10**9)]
Hours = Annotated[int, msgspec.Meta(ge=0, le=24 * 14)]


class UnknownPack(ValueError):
    """There is no such policy pack; the text names those that there are."""


class Policy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One version. longest_window_hours: that may be offered, None without a limit.

    A window that we move or cancel at short notice counts as missed: later than notice_hours before its start, or than
    notice_day_before, a local time of the day before it; exactly one of the two is given. tolerance_minutes: after its
    end, within which nobody is late. missed_minor: for a visit that did not come as promised; delay_day_minor:
    for each day from the promised one until the work was done, at most delay_days.
    """

    valid_from: date
    currency: Currency
    longest_window_hours: Hours | None = None
    notice_hours: Hours | None = None
    notice_day_before: time | None = None
    tolerance_minutes: Annotated[int, msgspec.Meta(ge=0, le=120)] = 0
    missed_minor: Amount
    delay_day_minor: Amount
    delay_days: Annotated[int, msgspec.Meta(ge=0, le=3650)] = 0
    note: str = ""

    def __post_init__(self) -> None:
        if (self.notice_hours is None) == (self.notice_day_before is None):
            raise ValueError("a policy has either notice_hours or notice_day_before")

    def notice_until(self, window_start: datetime, zone: ZoneInfo) -> datetime:
        """Until when a window that begins then can be moved or cancelled without being missed; an instant in UTC."""
        if self.notice_day_before is None:
            return window_start - timedelta(hours=cast(int, self.notice_hours))
        day_before = window_start.astimezone(zone).date() - timedelta(days=1)
        return datetime.combine(day_before, self.notice_day_before, zone).astimezone(UTC)

    @property
    def tolerance(self) -> timedelta:
        return timedelta(minutes=self.tolerance_minutes)


class Pack(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """source: where the rules stand; versions: oldest first."""

    code: str
    name: str
    source: str
    versions: Annotated[list[Policy], msgspec.Meta(min_length=1)]

    def on(self, day: date) -> Policy:
        """The version that is valid on this day; the oldest before all of them."""
        return next((one for one in reversed(self.versions) if one.valid_from <= day), self.versions[0])


@cache
def read_pack(code: str) -> Pack:
    """Raises UnknownPack."""
    known = sorted(path.stem for path in PACKS.glob("*.json"))
    if code not in known:
        raise UnknownPack(f"{code!r} is no policy pack; there are {', '.join(known)}")
    return msgspec.json.decode((PACKS / f"{code}.json").read_bytes(), type=Pack)


def credit_minor(policy: Policy, kind: CreditKind, *, cause: Cause | None, days: int) -> int:
    """What is given back. cause: of a missed visit; days: of a delay."""
    if kind is CreditKind.MISSED:
        return policy.missed_minor if cause in MISSED else 0
    return policy.delay_day_minor * min(days, policy.delay_days)
