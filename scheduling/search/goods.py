"""Goods as arrays: the parts and tools that tasks need, what vans carry of them, and what depots give.

A tool is a part of which there is no end: whoever carries it, or calls at a depot that lends it, has enough for every job.
"""

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from scheduling.duties import Duty, Workday
from scheduling.problem import Depot, Job, Technician
from scheduling.search.seats import Seat

# More than all jobs together could use of a tool.
ENDLESS = 10**9


def goods_of(workday: Workday, seats: Sequence[Seat], duties: Sequence[Duty]) -> dict[str, Any]:
    """n tasks, V vans, D depots, Q goods; see Tables. Tools that no depot lends are no goods: they are a matter of who."""
    depots = workday.problem.depots
    parts = part_names(seats)
    lent = frozenset[str]().union(*(depot.tools for depot in depots))
    tools = sorted({tool for seat in seats if seat.lead for tool in seat.job.tools & lent})
    vans = list(dict.fromkeys(duty.technician.id for duty in duties))
    need = _table([_needed(seat.job, parts, tools) if seat.lead else [0] * (len(parts) + len(tools)) for seat in seats])
    shelf = _table([_carried(depot, parts, tools) for depot in depots]).reshape(len(depots), need.shape[1])
    of_van = [[k for k, duty in enumerate(duties) if duty.technician.id == name] for name in vans]
    return {
        "need": need,
        "has_need": need.any(axis=1),
        "van": np.array([vans.index(duty.technician.id) for duty in duties], dtype=np.int64),
        "stock": _table([_carried(workday.technicians[name], parts, tools) for name in vans]),
        "shelf": shelf,
        "gives": ((need[None, :, :] > 0) & (shelf[:, None, :] > 0)).any(axis=2),
        "first_of_van": np.array(list(accumulate((len(own) for own in of_van), initial=0)), dtype=np.int64),
        "of_van": np.array([k for own in of_van for k in own], dtype=np.int64),
        "is_local": _is_local(need, shelf, has_sequels=any(len(own) > 1 for own in of_van)),
    }


def part_names(seats: Sequence[Seat]) -> list[str]:
    """The parts that somebody needs, in the order of the first goods."""
    return sorted({part for seat in seats for part in seat.job.parts})


def _needed(job: Job, parts: Sequence[str], tools: Sequence[str]) -> list[int]:
    return [*(job.parts.get(part, 0) for part in parts), *(int(tool in job.tools) for tool in tools)]


def _carried(owner: Depot | Technician, parts: Sequence[str], tools: Sequence[str]) -> list[int]:
    return [*(owner.stock.get(part, 0) for part in parts), *(ENDLESS * (tool in owner.tools) for tool in tools)]


def _is_local(need: Any, shelf: Any, *, has_sequels: bool) -> Any:
    """For each task whether a route alone says if the goods are there: no other shift of the van, and no shelf that others might empty."""
    if has_sequels:
        return ~need.any(axis=1)
    is_scarce = ((shelf > 0) & (shelf < need.sum(axis=0))).any(axis=0)
    return ~(need[:, is_scarce] > 0).any(axis=1)


def _table(rows: Sequence[Sequence[int]]) -> Any:
    return np.array(rows, dtype=np.int64).reshape(len(rows), len(rows[0]) if rows else 0)
