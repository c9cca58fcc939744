"""The proved optimum of a small instance: every ordered route that can be done, and the master that chooses among them.

"Optimum" means: no plan that passes `check` costs less. It is not bound to the times that `timetable` gives an ordered route; where another
placement of breaks, or another start of a job that couples routes, costs less, that one is taken. One thing is left out: a call at a depot that
nobody needs there (it can only help where a detour over the depot is shorter than the way), and a second one at the same depot in a route.
"""

from scheduling.duties import Workday, prepare
from scheduling.every_route import EveryRoute, TooManyRoutes
from scheduling.master.choose import Choice, choose, tariffs_of
from scheduling.master.columns import Column
from scheduling.policy import Policy
from scheduling.problem import Problem

# Nine jobs have a million orders; with what else a day asks for, few of them can be done. A proof over so many takes a minute.
JOB_LIMIT = 9
COLUMN_LIMIT = 6_000


def optimum(
    problem: Problem,
    policy: Policy,
    *,
    seed: int = 0,
    work_s: float | None = None,
    column_limit: int = COLUMN_LIMIT,
) -> Choice | None:
    """The cheapest plan, and whether that is proved; with work_s=None it always is.

    Raises a subclass of InvalidProblem, and TooManyRoutes above JOB_LIMIT open jobs or column_limit routes that can be done. work_s
    and the answer None: see `choose`.
    """
    workday = prepare(problem)
    return choose(workday, policy, every_column(workday, policy, column_limit), seed=seed, work_s=work_s)


def every_column(workday: Workday, policy: Policy, limit: int = COLUMN_LIMIT) -> list[Column]:
    """All ordered routes of all duties that can be done by themselves, without those that another one makes needless."""
    count = sum(not job.frozen for job in workday.problem.jobs)
    if count > JOB_LIMIT:
        raise TooManyRoutes(f"{count} open jobs exceed the limit of {JOB_LIMIT}: the optimum is for small instances")
    columns: list[Column] = []
    for tariff in tariffs_of(workday, policy).values():
        columns += EveryRoute(tariff).columns(limit - len(columns))
    return columns
