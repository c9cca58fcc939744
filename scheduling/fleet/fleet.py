"""All duties of a live plan with their gaps and jobs, ready to be asked about many jobs or windows at once."""

# NumPy leaves some of its own types open.
# pyright: reportUnknownMemberType=false

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np

from scheduling.duties import Duty, Workday
from scheduling.features import is_coupled
from scheduling.fleet.openings import Openings, Questions, by_technician, obstacles, openings, questions
from scheduling.fleet.packing import Ints, pack_duties, pack_gaps
from scheduling.fleet.rules import CODE, FREE, Codes, Rules
from scheduling.fleet.visits import Visits, pack_visits
from scheduling.insertion import PackedRoute
from scheduling.plan import Reason
from scheduling.problem import Job, Window

Asked = Sequence[tuple[Job, Sequence[Window]]]


class Fleet:
    """Never changes; what is worked out for one question is kept for the next."""

    def __init__(self, workday: Workday, routes: Sequence[PackedRoute], stock: Mapping[str, Mapping[str, int]]) -> None:
        self.workday, self.routes, self.stock = workday, routes, stock
        self.seats: list[Duty] = [packed.duty for packed in routes]
        self.duties = pack_duties(self.seats)
        self.technicians: list[str] = [self.seats[row].technician.id for row in self.duties.first.tolist()]
        self.travel: Ints = workday.problem.travel.seconds
        self.gaps = pack_gaps(routes, self.duties.end_by.shape[1])
        self.rules = Rules(workday, self.seats)

    @cached_property
    def visits(self) -> Visits:
        return pack_visits(self.workday, self.routes)

    def rule_blocks(self, job: Job) -> Codes:
        """For each duty the first rule, time and roads aside, that keeps the job off it; as `liveplan.rule_block` says."""
        codes = self.rules.blocks(job)
        if is_coupled(job):
            codes[codes == FREE] = CODE[Reason.CREW if job.crew_size > 1 else Reason.AFTER]
        for part, pieces in job.parts.items():
            left = np.array([self.stock[name].get(part, 0) for name in self.technicians], dtype=np.int64)
            codes[(codes == FREE) & (left < pieces)[self.duties.technician]] = CODE[Reason.PARTS]
        return codes

    def openings(self, asked: Questions, blocks: Codes) -> Openings:
        """Every gap that suits a question. blocks: of the rules, Q x D or one row for all."""
        may = np.broadcast_to(blocks == FREE, (len(asked.place), self.duties.count))
        return openings(self.duties, self.travel, self.gaps, asked, may)

    def obstacles(self, asked: Questions, blocks: Codes) -> Codes:
        """Q x technicians: what keeps each of them, in the shift that came nearest; FREE where nothing does."""
        rules = np.broadcast_to(blocks, (len(asked.place), self.duties.count))
        fits = np.zeros(rules.shape, dtype=np.bool_)
        found = self.openings(asked, rules)
        fits[found.question, self.gaps.duty[found.gap]] = True
        return by_technician(self.duties, obstacles(self.duties, self.travel, asked, rules, fits))

    def blocks(self, jobs: Sequence[Job]) -> Codes:
        """jobs x technicians: why nobody takes a job, in its own windows; FREE for who could."""
        asked = questions([(job, self.workday.windows(job)) for job in jobs])
        rules = np.array([self.rule_blocks(job) for job in jobs], dtype=np.uint8).reshape(len(jobs), self.duties.count)
        return self.obstacles(asked, rules)
