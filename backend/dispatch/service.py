"""Use cases of dispatch, for its routes and for the slices above: asking the optimiser, looking, sending the day.

Technicians' time is in `times`, what becomes of proposals in `proposals`, assigning by hand in `handwork`.
"""

from datetime import date
from uuid import UUID

import msgspec

from backend.dispatch import proposals, queries
from backend.dispatch.errors import UnknownRun
from backend.dispatch.handwork import assign_by_hand, plan_job
from backend.dispatch.lifecycle import MOVE, RUN, RunCommand, RunState
from backend.dispatch.models import OptimisationRun, ProposalMove, RunError
from backend.dispatch.planning import describe
from backend.dispatch.queries import lock_technician
from backend.dispatch.schemas import AcceptMoves, DayDispatched, MoveView, RequestRun, RunView
from backend.dispatch.searching import Answer
from backend.dispatch.situation import read_situation
from backend.dispatch.times import end_time, move_time, release_time, take_time, times_between, turn_into_job
from backend.dispatch.translation import Situation, Translation
from backend.identity.principal import Principal
from backend.jobs import service as jobs
from backend.jobs.lifecycle import ENDED, JobState
from backend.kernel.db import Transaction
from backend.kernel.facts import move
from backend.kernel.outbox import Event
from backend.workforce import service as workforce
from backend.workforce.service import UnknownTerritory
from scheduling import Policy

__all__ = [
    "POLICY",
    "accept",
    "assign_by_hand",
    "begin_run",
    "discard",
    "dispatch_day",
    "end_time",
    "fail_run",
    "follow_job",
    "lock_technician",
    "move_time",
    "plan_job",
    "read_situation",
    "release_time",
    "request_run",
    "roll_back",
    "see_run",
    "store_proposal",
    "take_time",
    "times_between",
    "turn_into_job",
]

POLICY = Policy()  # the one policy in force; runs keep its name and version


async def request_run(tx: Transaction, principal: Principal, wanted: RequestRun) -> RunView:
    """Ask the optimiser for a proposal; a worker answers. Raises UnknownTerritory."""
    await _require_territory(tx, principal, wanted.territory_id)
    run = OptimisationRun(
        id=tx.new_id(),
        territory_id=wanted.territory_id,
        day=wanted.day,
        policy_name=POLICY.name,
        policy_version=POLICY.version,
        seed=wanted.seed,
        stop_seconds=wanted.seconds,
        state=RUN.initial,
        due_at=tx.now,
    )
    tx.add(run)
    return await _view(tx, run)


async def see_run(tx: Transaction, principal: Principal, run_id: UUID) -> RunView:
    """A run with its moves. Raises UnknownRun."""
    run = await queries.visible_run(tx, principal, run_id)
    if run is None:
        raise UnknownRun(id=str(run_id))
    return await _view(tx, run)


async def accept(tx: Transaction, principal: Principal, run_id: UUID, wanted: AcceptMoves) -> RunView:
    """Apply moves of a proposal; each says afterwards whether it was (see `proposals.accept`)."""
    return await _view(tx, await proposals.accept(tx, principal, run_id, wanted.move_ids))


async def discard(tx: Transaction, principal: Principal, run_id: UUID) -> RunView:
    return await _view(tx, await proposals.discard(tx, principal, run_id))


async def roll_back(tx: Transaction, principal: Principal, run_id: UUID) -> RunView:
    return await _view(tx, await proposals.roll_back(tx, principal, run_id))


async def dispatch_day(tx: Transaction, principal: Principal, territory_id: UUID, day: date) -> DayDispatched:
    """Send all assigned jobs of a local day to the phones. Events `job.dispatched`. Raises UnknownTerritory."""
    await _require_territory(tx, principal, territory_id)
    return DayDispatched(territory_id=territory_id, day=day, job_ids=await jobs.dispatch_day(tx, territory_id, day))


async def follow_job(tx: Transaction, event: Event) -> None:
    """A job ended or was called off: what is left of its technician's time is free."""
    job = await jobs.job_view(tx, event.subject_id)
    if job.state is JobState.CANCELLED:
        await release_time(tx, job.id)
    elif job.state in ENDED and job.ended_at is not None:
        await end_time(tx, job.id, job.ended_at)


async def begin_run(tx: Transaction, run_id: UUID) -> tuple[OptimisationRun, Situation] | None:
    """The run, now running, and what it has to plan; None when there is nothing more to do.

    A run that is running already was given up by a worker that died: it begins again.
    """
    run = await tx.get(OptimisationRun, run_id, UnknownRun, lock=True)
    if run.state is RunState.QUEUED:
        move(tx, run, RunCommand.START)
    if run.state is not RunState.RUNNING:
        run.finish_work()
        return None
    return run, await read_situation(tx, run.territory_id, [run.day], backlog=True)


async def store_proposal(
    tx: Transaction, run_id: UUID, situation: Situation, answer: Answer, travel_sources: list[str]
) -> None:
    """Keep what the optimiser found, as moves to be accepted or not."""
    run = await tx.get(OptimisationRun, run_id, UnknownRun, lock=True)
    run.cost_before, run.cost_after = answer.cost_before, answer.cost_after
    run.travel_sources = travel_sources
    run.unserved = {left.job: str(left.reason) for left in answer.unserved}
    tx.add(*_moves(tx, run, situation, answer))
    move(tx, run, RunCommand.PROPOSE)
    run.finish_work()


async def fail_run(tx: Transaction, run_id: UUID, code: str, params: dict[str, object]) -> None:
    """There will be no proposal, and the plan in force stands."""
    run = await tx.get(OptimisationRun, run_id, UnknownRun, lock=True)
    run.error = RunError(code=code, params=params)
    move(tx, run, RunCommand.FAIL)
    run.finish_work()


def _moves(tx: Transaction, run: OptimisationRun, situation: Situation, answer: Answer) -> list[ProposalMove]:
    translation = Translation(situation)
    known = {str(job.id): job for job in situation.jobs}
    reasons = {left.job: left.reason for left in answer.unserved}
    return [
        ProposalMove(
            id=tx.new_id(),
            run_id=run.id,
            sequence=sequence,
            state=MOVE.initial,
            **describe(one, translation, known[one.job], reasons),
        )
        for sequence, one in enumerate(answer.moves, start=1)
    ]


async def _require_territory(tx: Transaction, principal: Principal, territory_id: UUID) -> None:
    if not queries.sees_territory(principal, territory_id):
        raise UnknownTerritory(id=str(territory_id))
    await workforce.territory(tx, territory_id)


async def _view(tx: Transaction, run: OptimisationRun) -> RunView:
    await tx.flush()
    moves = [msgspec.convert(row, MoveView, from_attributes=True) for row in await queries.moves_of(tx, run.id)]
    fields = {name: getattr(run, name) for name in RunView.__struct_fields__ if name != "moves"}
    return RunView(**fields, moves=moves)
