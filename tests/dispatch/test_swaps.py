"""Two jobs of a proposal that change places: together they can be accepted, and one alone waits for the other."""

from uuid import UUID

import pytest

from backend.dispatch import service
from backend.dispatch.errors import UnknownRun
from backend.dispatch.lifecycle import MoveState, RunState
from backend.dispatch.models import OptimisationRun, ProposalMove
from backend.dispatch.schemas import AcceptMoves, RunView
from backend.jobs import service as jobs
from backend.jobs.schemas import JobView
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.workforce.schemas import TechnicianView
from tests.dispatch.test_proposals import Day, accept, day, propose, views
from tests.factories.dispatch import plan
from tests.factories.jobs import SUPERVISOR

pytestmark = pytest.mark.anyio

__all__ = ["day"]  # the fixture


async def test_jobs_can_change_places(database: Database, day: Day):
    first, second, *_ = day.jobs
    eero, aino = day.team
    async with database.transaction(SYSTEM, "test") as tx:
        await plan(tx, first, eero, hours=1)
        await plan(tx, second, aino, hours=1)
        first, second = (await jobs.job_view(tx, first.id)), (await jobs.job_view(tx, second.id))
    run, wanted = await propose_swap(database, day, (first, aino), (second, eero))

    run = await accept(database, run, AcceptMoves(move_ids=wanted))

    known = await views(database, day)
    assert (known[first.id].technician_id, known[second.id].technician_id) == (aino.id, eero.id)


async def test_a_move_to_a_place_that_others_of_the_proposal_still_have_waits_for_them(database: Database, day: Day):
    first, second, *_ = day.jobs
    eero, aino = day.team
    async with database.transaction(SYSTEM, "test") as tx:
        await plan(tx, first, eero, hours=1)
        await plan(tx, second, aino, hours=1)
        first, second = (await jobs.job_view(tx, first.id)), (await jobs.job_view(tx, second.id))
    run, wanted = await propose_swap(database, day, (first, aino), (second, eero))

    alone = await accept(database, run, AcceptMoves(move_ids=wanted[:1]))
    was = await views(database, day)
    both = await accept(database, run, AcceptMoves(move_ids=wanted))

    assert {move.id: (move.state, move.refusal) for move in alone.moves if move.id in wanted} == {
        wanted[0]: (MoveState.PROPOSED, "waits_for_moves"),
        wanted[1]: (MoveState.PROPOSED, None),
    }
    assert alone.state is RunState.PROPOSED
    assert (was[first.id].technician_id, was[second.id].technician_id) == (eero.id, aino.id)
    assert {move.state for move in both.moves if move.id in wanted} == {MoveState.ACCEPTED}


async def propose_swap(
    database: Database, day: Day, *swaps: tuple[JobView, TechnicianView]
) -> tuple[RunView, list[UUID]]:
    """A proposal that also gives these jobs to others at the same time; the ids of those moves."""
    run = await propose(database, day)
    async with database.transaction(SYSTEM, "test") as tx:
        row = await tx.get(OptimisationRun, run.id, UnknownRun)
        for sequence, (job, to) in enumerate(swaps, start=100):
            tx.add(swap(tx.new_id(), row.id, sequence, job, to))
        await tx.flush()
        moves = (await service.see_run(tx, SUPERVISOR, run.id)).moves
    return run, [move.id for move in moves if move.sequence >= 100]


def swap(move_id: UUID, run_id: UUID, sequence: int, job: JobView, to: TechnicianView) -> ProposalMove:
    return ProposalMove(
        id=move_id,
        run_id=run_id,
        job_id=job.id,
        job_version=job.version,
        sequence=sequence,
        kind="technician_changed",
        reason="less_travel",
        params={},
        from_technician_id=job.technician_id,
        from_start=job.planned_start,
        from_end=job.planned_end,
        to_technician_id=to.id,
        to_start=job.planned_start,
        to_end=job.planned_end,
        cost_delta_seconds=-1.0,
        touches_promise=False,
        state=MoveState.PROPOSED,
    )
