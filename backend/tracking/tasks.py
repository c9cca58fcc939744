"""Background work of tracking: where people were is forgotten within the hour."""

from datetime import timedelta

from backend.kernel.retention import Kept, chore
from backend.tracking.models import TechnicianPosition

POSITIONS = Kept(
    table=TechnicianPosition,
    after=TechnicianPosition.told_at,
    period=timedelta(minutes=30),
    every=timedelta(minutes=15),
)
CHORES = chore(POSITIONS)
