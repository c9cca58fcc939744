"""The second process: a clock that looks for due work, and the table of what work there is.

APScheduler is only the clock: in memory, in UTC. What is due lives in rows that are claimed, so any number of
workers share the work and none is done twice.
"""

import asyncio
import logging
import os
import socket
from collections.abc import Sequence
from functools import partial

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from backend.kernel import outbox
from backend.kernel.tasks import Task, run_due
from backend.parts import Parts
from backend.subscriptions import SUBSCRIPTIONS

MISFIRE_GRACE_SECONDS = 30  # a look that comes late is still worth taking: the rows say what is due


def tasks(parts: Parts) -> Sequence[Task]:
    """What runs in the background, and how often each kind is looked for."""
    database = parts.database
    return (
        Task(
            name="deliver events",
            model=outbox.OutboxRow,
            perform=partial(outbox.deliver, database, SUBSCRIPTIONS),
            every_seconds=0.1,
        ),
    )


def worker_name() -> str:
    """Who holds a lease: this process on this host."""
    return f"{socket.gethostname()}:{os.getpid()}"


async def run(parts: Parts, stop: asyncio.Event) -> None:
    """Work until `stop` is set; what is being done then is finished first."""
    scheduler = AsyncIOScheduler(timezone="UTC")
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    for task in tasks(parts):
        scheduler.add_job(
            _drain,
            "interval",
            args=(parts, task),
            seconds=task.every_seconds,
            max_instances=1,
            coalesce=True,
            misfire_grace_time=MISFIRE_GRACE_SECONDS,
        )
    scheduler.start()
    await stop.wait()
    scheduler.shutdown(wait=True)


async def _drain(parts: Parts, task: Task) -> None:
    while await run_due(parts.database, task, worker_name()):
        pass
