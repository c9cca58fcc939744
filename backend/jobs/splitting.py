"""One job in two visits: a second job of the same work order does the rest, and waits for the first.

What was sold is not touched: each visit hands over what it puts in, and the order's labour is earned with the last of them.
"""

from collections import Counter
from collections.abc import Mapping
from uuid import UUID

from backend.jobs import precedence, queries, workorders
from backend.jobs.assigning import pending, set_duration
from backend.jobs.errors import BadSplit, JobUnderway
from backend.kernel.db import Transaction

JOINED = "joined"


async def split(tx: Transaction, job_id: UUID, *, seconds: int, parts: Mapping[str, int]) -> UUID:
    """Leave so many seconds of a pending job's work, and these of its parts, to a second visit; the id of that job.

    What waited for the job waits for the second visit. Event `job.created`. Raises UnknownJob, JobUnderway, BadSplit.
    """
    job = await pending(tx, job_id)
    if seconds >= job.duration_seconds:
        raise BadSplit(reason="nothing_left", duration_seconds=job.duration_seconds)
    if missing := {model: wanted for model, wanted in parts.items() if wanted > job.parts.get(model, 0)}:
        raise BadSplit(reason="not_its_parts", parts=missing)
    second = await workorders.new_visit(tx, job, parts={model: count for model, count in parts.items() if count})
    second.duration_seconds = seconds
    job.parts = dict(Counter(job.parts) - Counter(second.parts))
    await set_duration(tx, job_id, job.duration_seconds - seconds)
    await precedence.hand_on(tx, job_id, second.id)
    await precedence.put_behind(tx, second.id, job_id)
    return second.id


async def join(tx: Transaction, job_id: UUID, second_id: UUID) -> None:
    """Do both visits in one again, as long as nobody has set off to the second. Event `job.cancelled`.

    Raises UnknownJob, and JobUnderway for either.
    """
    job, second = await pending(tx, job_id), await pending(tx, second_id)
    if await queries.open_visits(tx, second_id):
        raise JobUnderway(job_id=str(second_id), state=second.state)
    job.parts = dict(Counter(job.parts) + Counter(second.parts))
    await set_duration(tx, job_id, job.duration_seconds + second.duration_seconds)
    await precedence.take_out(tx, second_id)
    await precedence.hand_on(tx, second_id, job_id)
    await workorders.call_off(tx, second, JOINED)
