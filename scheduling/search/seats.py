"""The tasks of the search: each member's place in a job's crew is one. Most jobs have a single seat."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scheduling.duties import Workday, after_facts
from scheduling.features import is_coupled
from scheduling.problem import Job


@dataclass(frozen=True, slots=True)
class Seat:
    """lead: the member who leads the crew, and brings parts and tools."""

    job: Job
    lead: bool


def seats_of(jobs: Sequence[Job]) -> list[Seat]:
    """The seats of a job follow one another, its lead first."""
    return [Seat(job, lead=number == 0) for job in jobs for number in range(job.crew_size)]


def coupling(workday: Workday, seats: Sequence[Seat]) -> dict[str, Any]:
    """What ties seats to others: the members of a crew, and what waits for what; see Tables."""
    first = {seat.job.id: x for x, seat in enumerate(seats) if seat.lead}
    waited_for = {other for seat in seats for other in seat.job.waits_for}
    followers: dict[str, list[int]] = {name: [] for name in first}
    for seat in (seat for seat in seats if seat.lead):
        for other in seat.job.waits_for:
            followers.get(other, []).append(first[seat.job.id])
    waits = [[first[other] for other in seat.job.after if other in first] for seat in seats]
    gaps = [[(first[gap.job], gap.least_s, gap.most_s) for gap in seat.job.gaps if gap.job in first] for seat in seats]
    spans = [after_facts(workday, seat.job) for seat in seats]
    return {
        "crew_first": np.array([first[seat.job.id] for seat in seats], dtype=np.int64),
        "crew_size": np.array([seat.job.crew_size for seat in seats], dtype=np.int64),
        "is_coupled": np.array(
            [is_coupled(seat.job) or seat.job.id in waited_for for seat in seats],
            dtype=np.bool_,
        ),
        "rank": np.array([_rank(workday, seat.job) for seat in seats], dtype=np.float64),
        "floor": np.array([span.start_s for span in spans], dtype=np.int64),
        "ceiling": np.array([span.end_s for span in spans], dtype=np.int64),
        "first_wait": _offsets(waits),
        "waits": np.array([other for own in waits for other in own], dtype=np.int64),
        "first_gap": _offsets(gaps),
        "gaps": np.array([gap for own in gaps for gap in own], dtype=np.int64).reshape(-1, 3),
        "first_follower": _offsets([followers[seat.job.id] for seat in seats]),
        "followers": np.array([other for seat in seats for other in followers[seat.job.id]], dtype=np.int64),
    }


def _rank(workday: Workday, job: Job) -> int:
    """How many jobs in a row must be done before."""
    return 1 + max((_rank(workday, workday.jobs[other]) for other in job.waits_for), default=-1)


def _offsets(rows: Sequence[Sequence[object]]) -> NDArray[np.int64]:
    return np.array(list(accumulate((len(row) for row in rows), initial=0)), dtype=np.int64)
