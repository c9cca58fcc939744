"""What a problem asks for beyond routes that do not depend on one another; an engine refuses what it cannot solve."""

from collections.abc import Iterator
from enum import StrEnum

from scheduling.errors import UnsupportedFeature
from scheduling.problem import Job, Problem


class Feature(StrEnum):
    """What couples routes, or puts visits between jobs that are no jobs."""

    CREW = "crew"
    PRECEDENCE = "precedence"
    DEPOT = "depot"
    DISTURBANCE = "disturbance"


def refuse(problem: Problem, *features: Feature) -> None:
    """Raise UnsupportedFeature for the first of the features that the problem uses."""
    for feature, owner, text in _used(problem):
        if feature in features:
            raise UnsupportedFeature(text, feature=feature.value, **owner)


def is_coupled(job: Job) -> bool:
    """Whether the job's start depends on other routes than its own, seen from the job itself."""
    return job.crew_size > 1 or bool(job.waits_for)


def coupled_jobs(problem: Problem) -> frozenset[str]:
    """The jobs whose start is a decision of the plan, for it depends on other routes or other routes depend on it."""
    waited_for = {other for job in problem.jobs for other in job.waits_for}
    return frozenset({job.id for job in problem.jobs if is_coupled(job)} | waited_for)


def _used(problem: Problem) -> Iterator[tuple[Feature, dict[str, str | int], str]]:
    for job in (job for job in problem.jobs if not job.frozen):
        if job.crew_size > 1:
            yield Feature.CREW, {"job": job.id}, f"job {job.id} wants a crew of {job.crew_size}"
        if job.waits_for:
            yield Feature.PRECEDENCE, {"job": job.id}, f"job {job.id} waits for other jobs"
    for depot in problem.depots:
        yield Feature.DEPOT, {"depot": depot.id}, f"vans may load at depot {depot.id} on the way"
    limit = problem.disturbance_limit
    if limit is not None:
        yield Feature.DISTURBANCE, {"limit": limit}, f"at most {limit} jobs may be moved"
