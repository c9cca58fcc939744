"""What a customer thought of a visit: said once, after its end."""

from uuid import UUID

from sqlalchemy import select

from backend.kernel.db import Transaction
from backend.tracking.errors import NotDoneYet, RatedAlready
from backend.tracking.models import VisitRating
from backend.tracking.schemas import Rate, Rating
from backend.tracking.visits import Visit


async def rate(tx: Transaction, visit: Visit, said: Rate) -> Rating:
    """Raises NotDoneYet, RatedAlready."""
    if visit.job.ended_at is None:
        raise NotDoneYet()
    earlier = await _row(tx, visit.job.id)
    if earlier is not None:
        raise RatedAlready(rated_at=earlier.rated_at.isoformat())
    tx.add(VisitRating(id=tx.new_id(), job_id=visit.job.id, stars=said.stars, comment=said.comment, rated_at=tx.now))
    await tx.flush()
    return Rating(stars=said.stars, comment=said.comment)


async def rating_of(tx: Transaction, job_id: UUID) -> Rating | None:
    row = await _row(tx, job_id)
    return None if row is None else Rating(stars=row.stars, comment=row.comment)


async def _row(tx: Transaction, job_id: UUID) -> VisitRating | None:
    return (await tx.session.scalars(select(VisitRating).where(VisitRating.job_id == job_id))).first()
