"""What a broken promise costs, by policy packs (`kernel.packs`) beside this file. Pure but for reading.

The version counts that was valid on the day of the promised window. Amounts are minor units.
"""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, TypeAlias, cast
from zoneinfo import ZoneInfo

import msgspec

from backend.kernel import packs
from backend.kernel.money import Currency
from backend.promises.schemas import Cause, CreditKind

PACKS = Path(__file__).parent / "packs"
MISSED = frozenset({Cause.LATE, Cause.NO_SHOW, Cause.MOVED, Cause.CANCELLED})

Amount = Annotated[int, msgspec.Meta(ge=0, le=10**9)]
Hours = Annotated[int, msgspec.Meta(ge=0, le=24 * 14)]


class Policy(packs.Version, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One version. longest_window_hours: that may be offered, None without a limit.

    A window that we move or cancel at short notice counts as missed: later than notice_hours before its start, or than
    notice_day_before, a local time of the day before it; exactly one of the two is given. tolerance_minutes: after its
    end, within which nobody is late. missed_minor: for a visit that did not come as promised; delay_day_minor:
    for each day from the promised one until the work was done, at most delay_days.
    """

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


Pack: TypeAlias = packs.Pack[Policy]


def read_pack(code: str) -> Pack:
    """Raises UnknownPack."""
    return packs.read_pack(PACKS, code, Pack)


def credit_minor(policy: Policy, kind: CreditKind, *, cause: Cause | None, days: int) -> int:
    """What is given back. cause: of a missed visit; days: of a delay."""
    if kind is CreditKind.MISSED:
        return policy.missed_minor if cause in MISSED else 0
    return policy.delay_day_minor * min(days, policy.delay_days)
