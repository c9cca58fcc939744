"""When a customer is told that it will be late, by policy packs (`kernel.packs`) beside this file. Pure but for reading.

The version counts that is valid on the day of the visit.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, TypeAlias

import msgspec
import numpy as np

from backend.dispatch.courses import Seconds
from backend.kernel import packs

PACKS = Path(__file__).parent / "delay_packs"

Minutes = Annotated[int, msgspec.Meta(ge=0, le=240)]


class Policy(packs.Version, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One version. probability: how likely it must be that work begins more than late_minutes after the window's end.

    again_minutes: told once more when the visit is expected by so much later than was told last; most_messages: of one visit.
    """

    probability: Annotated[float, msgspec.Meta(gt=0, le=1)]
    late_minutes: Minutes
    again_minutes: Annotated[int, msgspec.Meta(ge=5, le=240)]
    most_messages: Annotated[int, msgspec.Meta(ge=0, le=10)]

    def is_late(self, starts_s: Seconds, window_end_s: float) -> bool:
        """Whether a visit with these drawn beginnings is late enough, and surely enough, that its customer is to know."""
        return float(np.mean(starts_s > window_end_s + 60 * self.late_minutes)) >= self.probability

    def is_news(self, *, told: int, told_expected: datetime | None, expected: datetime) -> bool:
        """Whether a late visit is to be told of now. told: how often it was; told_expected: what was told last."""
        if told >= self.most_messages:
            return False
        return told_expected is None or expected >= told_expected + timedelta(minutes=self.again_minutes)


Pack: TypeAlias = packs.Pack[Policy]


def read_pack(code: str) -> Pack:
    """Raises UnknownPack."""
    return packs.read_pack(PACKS, code, Pack)
