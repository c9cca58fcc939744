"""Use cases of dispatch, for its routes and for the slices above: asking the optimiser, looking, sending the day.

Technicians' time is in `times`, the life of a run in `runs` (seen from outside in `following`), what becomes of its proposal in
`proposals`, working by hand in `handwork`, taking that back in `steps`.
"""

from datetime import date
from uuid import UUID

import msgspec

from backend.dispatch import policies, proposals, queries, replaying, runs, troubles
from backend.dispatch.alerts import alerts
from backend.dispatch.errors import UnknownRun
from backend.dispatch.estimates import accuracy as arrival_accuracy
from backend.dispatch.estimates import arrival_of, delays_told, note_arrival
from backend.dispatch.following import follow, look
from backend.dispatch.handwork import (
    assign_by_hand,
    lock_by_hand,
    plan_job,
    resize_by_hand,
    split_by_hand,
    take_back,
    unassign_by_hand,
)
from backend.dispatch.live import LiveDay, LiveDays, Reading
from backend.dispatch.models import OptimisationRun
from backend.dispatch.ordering import require_order
from backend.dispatch.queries import lock_technician
from backend.dispatch.runs import begin_run, fail_run, is_wanted, note_progress, store_proposal
from backend.dispatch.schemas import (
    AcceptMoves,
    AlertsView,
    DayDispatched,
    MoveView,
    PoliciesView,
    PolicyView,
    RequestRun,
    RunSummary,
    RunsView,
    RunView,
    SavePolicy,
)
from backend.dispatch.situation import read_situation
from backend.dispatch.steps import own_steps, redo, undo
from backend.dispatch.times import (
    end_time,
    move_time,
    release_time,
    take_time,
    take_times,
    times_between,
    turn_into_job,
)
from backend.dispatch.translation import local_midnight
from backend.identity.principal import Principal
from backend.jobs import service as jobs
from backend.jobs.lifecycle import ENDED, JobState
from backend.kernel.db import Transaction
from backend.kernel.outbox import Event
from backend.workforce import service as workforce
from backend.workforce.service import UnknownTerritory

__all__ = [
    "LiveDay",
    "LiveDays",
    "Reading",
    "accept",
    "arrival_accuracy",
    "arrival_of",
    "assign_by_hand",
    "begin_run",
    "cancel_run",
    "discard",
    "dispatch_day",
    "end_time",
    "fail_run",
    "follow",
    "follow_job",
    "is_wanted",
    "local_midnight",
    "lock_by_hand",
    "lock_technician",
    "look",
    "move_time",
    "delays_told",
    "note_arrival",
    "note_progress",
    "own_steps",
    "plan_job",
    "read_situation",
    "redo",
    "release_time",
    "require_order",
    "save_policy",
    "see_alerts",
    "see_policies",
    "see_runs",
    "request_run",
    "require_territory",
    "resize_by_hand",
    "roll_back",
    "see_run",
    "split_by_hand",
    "store_proposal",
    "take_back",
    "take_time",
    "take_times",
    "times_between",
    "turn_into_job",
    "unassign_by_hand",
    "undo",
]


async def request_run(tx: Transaction, principal: Principal, wanted: RequestRun) -> RunView:
    """Ask the optimiser for a proposal; a worker answers. Raises UnknownTerritory, UnknownPolicy, and what `troubles.check` does."""
    await require_territory(tx, principal, wanted.territory_id)
    await troubles.check(tx, principal, wanted)
    await replaying.check(tx, wanted)
    run = await runs.queue(tx, wanted)
    return await _view(tx, run)


async def cancel_run(tx: Transaction, principal: Principal, run_id: UUID) -> RunView:
    """Call a run off before it has a proposal (see `runs.cancel`)."""
    return await _view(tx, await runs.cancel(tx, principal, run_id))


async def see_run(tx: Transaction, principal: Principal, run_id: UUID) -> RunView:
    """A run with its moves. Raises UnknownRun."""
    run = await queries.visible_run(tx, principal, run_id)
    if run is None:
        raise UnknownRun(id=str(run_id))
    return await _view(tx, run)


async def see_runs(tx: Transaction, principal: Principal, territory_id: UUID, day: date) -> RunsView:
    """The newest runs that begin on this day, to be compared. Raises UnknownTerritory."""
    await require_territory(tx, principal, territory_id)
    rows = await queries.runs_of(tx, territory_id, day)
    return RunsView(items=[msgspec.convert(row, RunSummary, from_attributes=True) for row in rows])


async def see_alerts(tx: Transaction, principal: Principal, territory_id: UUID, day: date) -> AlertsView:
    """Which windows of a day may be missed, as the worker saw it last. Raises UnknownTerritory."""
    await require_territory(tx, principal, territory_id)
    return await alerts(tx, territory_id, day)


async def save_policy(tx: Transaction, wanted: SavePolicy) -> PolicyView:
    """Keep weights as the next version of a policy (see `policies.save`)."""
    return await policies.save(tx, wanted)


async def see_policies(tx: Transaction) -> PoliciesView:
    return PoliciesView(items=await policies.list_all(tx))


async def accept(tx: Transaction, principal: Principal, run_id: UUID, wanted: AcceptMoves) -> RunView:
    """Apply moves of a proposal; each says afterwards whether it was (see `proposals.accept`)."""
    return await _view(tx, await proposals.accept(tx, principal, run_id, wanted.move_ids))


async def discard(tx: Transaction, principal: Principal, run_id: UUID) -> RunView:
    return await _view(tx, await proposals.discard(tx, principal, run_id))


async def roll_back(tx: Transaction, principal: Principal, run_id: UUID) -> RunView:
    return await _view(tx, await proposals.roll_back(tx, principal, run_id))


async def dispatch_day(tx: Transaction, principal: Principal, territory_id: UUID, day: date) -> DayDispatched:
    """Send all assigned jobs of a local day to the phones. Events `job.dispatched`. Raises UnknownTerritory."""
    await require_territory(tx, principal, territory_id)
    before = await read_situation(tx, territory_id, [day], backlog=True)
    sent = await jobs.dispatch_day(tx, territory_id, day)
    if sent:  # a day of which nothing went out is not begun, and not remembered
        await replaying.keep(tx, before)
    return DayDispatched(territory_id=territory_id, day=day, job_ids=sent)


async def follow_job(tx: Transaction, event: Event) -> None:
    """A job ended or was called off: what is left of its technician's time is free."""
    job = await jobs.job_view(tx, event.subject_id)
    if job.state is JobState.CANCELLED:
        await release_time(tx, job.id)
    elif job.state in ENDED and job.ended_at is not None:
        await end_time(tx, job.id, job.ended_at)


async def require_territory(tx: Transaction, principal: Principal, territory_id: UUID) -> None:
    """Raises UnknownTerritory, also for one whose plan is not the principal's business."""
    if not queries.sees_territory(principal, territory_id):
        raise UnknownTerritory(id=str(territory_id))
    await workforce.territory(tx, territory_id)


async def _view(tx: Transaction, run: OptimisationRun) -> RunView:
    await tx.flush()
    moves = [msgspec.convert(row, MoveView, from_attributes=True) for row in await queries.moves_of(tx, run.id)]
    fields = {name: getattr(run, name) for name in RunView.__struct_fields__ if name not in ("moves", "progress")}
    return RunView(**fields, moves=moves, progress=await queries.progress_of(tx, run.id))
