"""Which duties may do which tasks, for all pairs at once: the rules, and a window on the duty's day."""

from collections.abc import Sequence

import numpy as np

from scheduling.duties import Duty, Workday
from scheduling.fleet.packing import Ints
from scheduling.fleet.rules import FREE, Flags, Rules
from scheduling.problem import Job, Window


def eligible(workday: Workday, jobs: Sequence[Job], duties: Sequence[Duty], leads: Sequence[bool]) -> Flags:
    """n x K: whether no rule keeps a job (as lead of its crew, or not) off a duty, and the duty lies in one of its windows."""
    rules = Rules(workday, duties)
    available_s = np.array([duty.available_s for duty in duties], dtype=np.int64)
    latest_end_s = np.array([duty.latest_end_s for duty in duties], dtype=np.int64)
    rows = [
        (rules.blocks(job, lead=lead) == FREE) & _on_duty(workday.windows(job), available_s, latest_end_s)
        for job, lead in zip(jobs, leads, strict=True)
    ]
    return np.array(rows, dtype=np.bool_).reshape(len(jobs), len(duties))


def _on_duty(windows: Sequence[Window], available_s: Ints, latest_end_s: Ints) -> Flags:
    there = np.zeros(len(available_s), dtype=np.bool_)
    for window in windows:
        there |= (window.end_s >= available_s) & (window.start_s <= latest_end_s)
    return there
