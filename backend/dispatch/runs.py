"""The life of an optimisation run up to its proposal: asked for, searched, called off, answered. What comes then: `proposals`.

The plan in force stands, whatever becomes of a run.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from backend.dispatch import policies, queries, replaying, troubles
from backend.dispatch.errors import UnknownRun
from backend.dispatch.lifecycle import MOVE, RUN, RunCommand, RunState
from backend.dispatch.models import Figures, OptimisationRun, ProposalMove, RunError, RunProgress
from backend.dispatch.planning import describe
from backend.dispatch.schemas import RequestRun
from backend.dispatch.searching import Answer, PlanFigures
from backend.dispatch.situation import read_situation
from backend.dispatch.translation import Situation, Translation
from backend.identity.principal import Principal
from backend.kernel.db import Transaction
from backend.kernel.facts import move
from scheduling import Move as PlannedMove
from scheduling import MoveKind, Progress, Reason

REASSIGNED = frozenset({MoveKind.TECHNICIAN_CHANGED, MoveKind.SHIFT_CHANGED})


async def queue(tx: Transaction, wanted: RequestRun) -> OptimisationRun:
    """A run that waits for a worker. Raises UnknownPolicy."""
    policy = await policies.find(tx, wanted.policy, wanted.policy_version)
    run = OptimisationRun(
        id=tx.new_id(),
        territory_id=wanted.territory_id,
        day=wanted.day,
        day_count=wanted.days,
        disturbance_limit=wanted.disturbance_limit,
        policy_name=policy.name,
        policy_version=policy.version,
        seed=wanted.seed,
        stop_seconds=wanted.seconds,
        trouble=wanted.trouble,
        replays=wanted.replays,
        state=RUN.initial,
        due_at=tx.now,
    )
    tx.add(run)
    return run


async def cancel(tx: Transaction, principal: Principal, run_id: UUID) -> OptimisationRun:
    """Call a run off that has no proposal yet; a search ends within a second. Raises UnknownRun, IllegalMove."""
    run = await queries.visible_run(tx, principal, run_id, lock=True)
    if run is None:
        raise UnknownRun(id=str(run_id))
    move(tx, run, RunCommand.CANCEL)
    run.finish_work()
    return run


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
    policy = await policies.find(tx, run.policy_name, run.policy_version)
    return run, replace(await _situation(tx, run), policy=policy.for_repair() if run.trouble else policy)


async def _situation(tx: Transaction, run: OptimisationRun) -> Situation:
    if run.replays:
        return await replaying.kept(tx, run.territory_id, run.day)
    days = [run.day + timedelta(days=number) for number in range(run.day_count)]
    asked = troubles.asked_jobs(run.trouble)
    situation = await read_situation(tx, run.territory_id, days, asked=asked, backlog=True)
    if run.trouble is None:
        await replaying.keep(tx, situation)
    return troubles.in_trouble(situation, run.trouble)


async def is_wanted(tx: Transaction, run_id: UUID) -> bool:
    """Whether the run is still being searched, or was called off."""
    query = select(OptimisationRun.state).where(OptimisationRun.id == run_id)
    return (await tx.session.scalars(query)).first() is RunState.RUNNING


async def note_progress(tx: Transaction, run_id: UUID, progress: Progress, seconds: float) -> None:
    """Say how far the search is. seconds: since it began."""
    values = {
        "iteration": progress.iteration,
        "best_cost": progress.cost_s,
        "served": progress.served,
        "seconds": seconds,
    }
    statement = tx.upsert(RunProgress).values(run_id=run_id, **values)
    await tx.session.execute(statement.on_conflict_do_update(index_elements=["run_id"], set_=values))


async def store_proposal(
    tx: Transaction, run_id: UUID, situation: Situation, answer: Answer, travel_sources: list[str]
) -> None:
    """Keep what the optimiser found, as moves to be accepted or not; nothing of a run that was called off meanwhile."""
    run = await tx.get(OptimisationRun, run_id, UnknownRun, lock=True)
    if run.state is not RunState.RUNNING:
        return
    run.cost_before, run.cost_after = answer.cost_before, answer.cost_after
    run.figures_before, run.figures_after = (
        _figures(answer.figures_before),
        _figures(answer.figures_after, answer.moves),
    )
    run.travel_sources = travel_sources
    reasons = _reasons(situation, answer)
    run.unserved = {name: str(reason) for name, reason in reasons.items()}
    tx.add(*_moves(tx, run, situation, answer, reasons))
    move(tx, run, RunCommand.PROPOSE)
    run.finish_work()


async def fail_run(tx: Transaction, run_id: UUID, code: str, params: dict[str, object]) -> None:
    """There will be no proposal."""
    run = await tx.get(OptimisationRun, run_id, UnknownRun, lock=True)
    if run.state is not RunState.RUNNING:
        return
    run.error = RunError(code=code, params=params)
    move(tx, run, RunCommand.FAIL)
    run.finish_work()


def _figures(plan: PlanFigures, moves: Sequence[PlannedMove] = ()) -> Figures:
    moved = [one for one in moves if one.kind in REASSIGNED]
    return Figures(
        served=plan.served,
        unserved_priority=plan.unserved_priority,
        travel_seconds=plan.travel_s,
        late_seconds=plan.late_s,
        overtime_seconds=plan.overtime_s,
        moved=len(moved),
        promised_moved=sum(one.touches_promise for one in moved),
    )


def _reasons(situation: Situation, answer: Answer) -> dict[str, Reason]:
    """Why nobody can take what is left. What waits in vain has no moment in the planner's problem, which calls that its window."""
    translation = Translation(situation)
    stuck = {str(job.id) for job in situation.jobs if translation.waits_in_vain(job)}
    return {left.job: Reason.AFTER if left.job in stuck else left.reason for left in answer.unserved}


def _moves(
    tx: Transaction, run: OptimisationRun, situation: Situation, answer: Answer, reasons: Mapping[str, Reason]
) -> list[ProposalMove]:
    translation = Translation(situation)
    known = {str(job.id): job for job in situation.jobs}
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
