"""By when equipment is wanted back and what it costs when it does not come, by policy packs (`kernel.packs`) beside this
file. Pure but for reading.

The version counts that was valid on the day from which the unit was expected. Amounts are minor units.
"""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, TypeAlias
from zoneinfo import ZoneInfo

import msgspec

from backend.catalogue.schemas import Code
from backend.kernel import packs
from backend.kernel.money import MAX_AMOUNT_MINOR, Currency

PACKS = Path(__file__).parent / "packs"

Amount = Annotated[int, msgspec.Meta(ge=0, le=MAX_AMOUNT_MINOR)]
Days = Annotated[int, msgspec.Meta(ge=1, le=365)]


class Policy(packs.Version, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One version. due_days: whole local days that a customer has after the day of the end, None: nothing is asked back.

    reminder_days: so long before the last day a letter reminds of it, None for none. charge_minor: for a unit that does not
    come, 0 for none; charges_minor: instead of that, by model.
    """

    currency: Currency
    due_days: Days | None = None
    reminder_days: Days | None = None
    charge_minor: Amount = 0
    charges_minor: dict[Code, Amount] = msgspec.field(default_factory=dict[Code, Amount])
    note: str = ""

    def __post_init__(self) -> None:
        if self.reminder_days is not None and self.reminder_days >= (self.due_days or 0):
            raise ValueError("a reminder comes before the last day, so reminder_days is less than due_days")

    def charge_for(self, model: str) -> int:
        """What a unit of this model costs that does not come back."""
        return self.charges_minor.get(model, self.charge_minor)

    def return_by(self, since: datetime, zone: ZoneInfo) -> datetime | None:
        """The end of the last day for what is expected from `since` on, where the customer lives; an instant in UTC."""
        return None if self.due_days is None else _end_of_day(since, self.due_days, zone)

    def remind_at(self, since: datetime, zone: ZoneInfo) -> datetime | None:
        """When to remind of it: as the day ends that is so many days before the last; an instant in UTC."""
        if self.due_days is None or self.reminder_days is None:
            return None
        return _end_of_day(since, self.due_days - self.reminder_days, zone)


Pack: TypeAlias = packs.Pack[Policy]


def read_pack(code: str) -> Pack:
    """Raises UnknownPack."""
    return packs.read_pack(PACKS, code, Pack)


def _end_of_day(since: datetime, days: int, zone: ZoneInfo) -> datetime:
    last_day = since.astimezone(zone).date() + timedelta(days=days)
    return datetime.combine(last_day + timedelta(days=1), time(), zone).astimezone(UTC)
