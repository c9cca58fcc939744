"""A team with shifts, roads that are air lines, a solver in the test's own process."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from backend.dispatch import service
from backend.dispatch.searching import Answer, Question, work_it_out
from backend.dispatch.solving import Watch
from backend.jobs.schemas import JobView
from backend.kernel.db import Transaction
from backend.workforce.schemas import GrantSkill, TechnicianView, TerritoryView
from scheduling import Place, TravelMatrix, great_circle_matrix
from tests.factories.catalogue import make_catalogue
from tests.factories.jobs import make_job
from tests.factories.workforce import make_shift, make_skill, make_technician, make_territory
from tests.fakes import MONDAY

FIBRE = GrantSkill(code="FIBRE", level=3)


class AirLines:
    """Great-circle driving times; `asked` counts how often."""

    def __init__(self) -> None:
        self.asked = 0

    async def matrix(self, places: Sequence[Place], depart_at: datetime) -> TravelMatrix:
        self.asked += 1
        return great_circle_matrix(places, depart_at)


async def solve_here(question: Question, watch: Watch) -> Answer:
    return work_it_out(question)


async def make_team(
    tx: Transaction, count: int = 2, *, days: int = 1, territory: TerritoryView | None = None
) -> list[TechnicianView]:
    """The small catalogue, and technicians who can install, each with shifts on so many days from today."""
    if territory is None:
        await make_catalogue(tx)
        await make_skill(tx)
        territory = await make_territory(tx)
    team = [await make_technician(tx, territory.id, skills=[FIBRE]) for _ in range(count)]
    for technician in team:
        for day in range(days):
            await make_shift(tx, technician.id, days_ahead=day)
    return team


async def make_jobs(tx: Transaction, territory_id: UUID, count: int) -> list[JobView]:
    """Pending jobs of 90 minutes, on a line to the north-east, about 500 metres apart."""
    return [
        await make_job(tx, territory_id, latitude=60.171 + 0.003 * n, longitude=24.941 + 0.006 * n)
        for n in range(count)
    ]


async def plan(tx: Transaction, job: JobView, technician: TechnicianView, *, hours: float = 1) -> None:
    """Plan the job so many hours from now."""
    await service.plan_job(tx, job.id, technician_id=technician.id, start=MONDAY + timedelta(hours=hours))
