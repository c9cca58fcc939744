"""The worker's part of dispatch: a queued run gets its proposal, or the reason why there is none."""

from datetime import timedelta
from time import monotonic
from uuid import UUID

from backend.dispatch import service
from backend.dispatch.models import ArrivalEstimate, DayInputs
from backend.dispatch.searching import PlanBreaksRules, Question
from backend.dispatch.solving import NotWanted, Solver, SolverDied, Watch
from backend.dispatch.translation import Translation
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.retention import Kept, chore
from backend.ports import TravelTimes
from scheduling import InvalidProblem, Progress

# As long as reports reach back: older days are compared by nobody. They hold where customers and technicians live.
DAYS = Kept(table=DayInputs, after=DayInputs.taken_at, period=timedelta(days=92))
ESTIMATES = Kept(table=ArrivalEstimate, after=ArrivalEstimate.computed_at, period=timedelta(days=92))
CHORES = chore(DAYS) | chore(ESTIMATES)

CRASHES_BEFORE_FAILING = 3  # a question that kills its process each time would do so for ever
CAUSE = "optimisation_run"


async def solve(database: Database, roads: TravelTimes, solver: Solver, run_id: UUID) -> None:
    """Read the day, ask the roads, search in another process, store the proposal.

    No transaction is open while roads and solver work. Meanwhile its progress is written down, and the search ends when the
    run was called off. Whatever goes wrong, the plan in force stands.
    """
    async with database.transaction(SYSTEM, CAUSE) as tx:
        begun = await service.begin_run(tx, run_id)
    if begun is None:
        return
    run, situation = begun
    translation = Translation(situation)
    travel = await roads.matrix(translation.places, situation.depart_at)
    try:
        problem = translation.problem(travel, disturbance_limit=run.disturbance_limit)
        question = Question(
            problem=problem,
            policy=situation.policy,
            seed=run.seed,
            stop_seconds=run.stop_seconds,
            is_repair=run.trouble is not None,
        )
        answer = await solver(question, _watch(database, run_id))
    except NotWanted:
        return
    except (InvalidProblem, PlanBreaksRules) as error:
        await _fail(database, run_id, type(error).__name__, dict(error.params))
        return
    except SolverDied:
        if run.attempts < CRASHES_BEFORE_FAILING:
            raise
        await _fail(database, run_id, "SolverCrashed", {"attempts": run.attempts})
        return
    async with database.transaction(SYSTEM, CAUSE) as tx:
        await service.store_proposal(tx, run_id, situation, answer, list(travel.used_sources))


def _watch(database: Database, run_id: UUID) -> Watch:
    """Write the progress down where it changed; the answer is wanted until the run was called off."""
    began, last = monotonic(), None

    async def watch(progress: Progress | None) -> bool:
        nonlocal last
        async with database.snapshot(SYSTEM, CAUSE) as tx:
            if not await service.is_wanted(tx, run_id):
                return False
        if progress is not None and progress != last:
            last = progress
            async with database.transaction(SYSTEM, CAUSE) as tx:
                await service.note_progress(tx, run_id, progress, monotonic() - began)
        return True

    return watch


async def _fail(database: Database, run_id: UUID, code: str, params: dict[str, object]) -> None:
    async with database.transaction(SYSTEM, CAUSE) as tx:
        await service.fail_run(tx, run_id, code, params)
