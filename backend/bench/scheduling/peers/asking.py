"""Asking a peer: what can be told of a problem as JSON, a small program in the peer's own environment, and its routes."""

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from backend.bench.packages import environment
from scheduling.costs import unserved_cost
from scheduling.duties import Duty, Workday
from scheduling.eligibility import static_block
from scheduling.liveplan import DutyKey
from scheduling.policy import Policy
from scheduling.problem import Job

PROGRAMS = Path(__file__).parent / "programs"
# Beyond the search itself: starting Python and reading a matrix.
PATIENCE_SECONDS = 120.0


class PeerFailed(RuntimeError):
    """A peer's program ended with an error; the text is its own."""


class Routes(msgspec.Struct, frozen=True, kw_only=True):
    """A peer's answer. routes: of each vehicle the indexes of its jobs in order; seconds: of the search alone."""

    routes: list[list[int]]
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Told:
    """A problem as peers see it: open duties as vehicles, open jobs, and who may do what.

    sorts: for each job a number of the set of vehicles that may do it; able: for each vehicle the sorts that it may do.
    """

    workday: Workday
    duties: Sequence[Duty]
    jobs: Sequence[Job]
    sorts: Sequence[int]
    able: Sequence[frozenset[int]]

    @classmethod
    def of(cls, workday: Workday) -> "Told":
        duties = [duty for duty in workday.duties.values() if duty.is_open]
        allowed = {job.id: _who(workday, job, duties) for job in workday.problem.jobs if not job.frozen}
        jobs = [job for job in workday.problem.jobs if allowed.get(job.id)]
        numbers = {who: number for number, who in enumerate(dict.fromkeys(allowed[job.id] for job in jobs))}
        able = [frozenset(n for who, n in numbers.items() if vehicle in who) for vehicle in range(len(duties))]
        sorts = [numbers[allowed[job.id]] for job in jobs]
        return cls(workday=workday, duties=duties, jobs=jobs, sorts=sorts, able=able)

    def matrix(self, most: int) -> list[list[int]]:
        """Seconds between places, with `most` for what is out of reach."""
        return self.workday.problem.travel.seconds.clip(max=most).tolist()

    def prices(self, policy: Policy) -> list[int]:
        """What leaving each job undone costs."""
        return [round(unserved_cost(self.workday, policy, job)) for job in self.jobs]

    def orders(self, answer: Routes) -> dict[DutyKey, list[str]]:
        return {
            duty.key: [self.jobs[index].id for index in route]
            for duty, route in zip(self.duties, answer.routes, strict=True)
        }


def ask(name: str, requirements: Sequence[str], question: Mapping[str, Any], *, seconds: float) -> Routes:
    """Run `NAME_program.py` in the peer's environment. Raises PeerFailed, NotInstalled."""
    python = str(environment(name, requirements) / "python")
    command = [python, str(PROGRAMS / f"{name}_program.py")]
    done = subprocess.run(
        command,
        input=msgspec.json.encode(question),
        capture_output=True,
        check=False,
        timeout=seconds + PATIENCE_SECONDS,
    )
    if done.returncode:
        raise PeerFailed(f"{name}: {done.stderr.decode()[-600:]}")
    return msgspec.json.decode(done.stdout, type=Routes)


def _who(workday: Workday, job: Job, duties: Sequence[Duty]) -> frozenset[int]:
    return frozenset(vehicle for vehicle, duty in enumerate(duties) if static_block(workday, job, duty) is None)
