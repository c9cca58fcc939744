"""The second process: a clock that looks for due work, and the table of what work there is.

APScheduler is only the clock: in memory, in UTC. What is due lives in rows that are claimed, so any number of
workers share the work and none is done twice.
"""

import asyncio
import logging
import os
import socket
from collections.abc import Mapping, Sequence
from functools import partial
from random import Random

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from backend.activation import tasks as activation
from backend.activation.models import Activation
from backend.activation.tasks import Walker
from backend.billing.delivery import MAX_ATTEMPTS
from backend.billing.models import BillingStream
from backend.billing.tasks import Courier
from backend.booking import tasks as booking
from backend.booking.models import Hold
from backend.dispatch import alerts
from backend.dispatch import tasks as dispatch
from backend.dispatch.delays import read_pack as read_delay_pack
from backend.dispatch.live import LiveDays
from backend.dispatch.models import OptimisationRun
from backend.dispatch.solving import Solver, SolverProcesses
from backend.files import tasks as files
from backend.files.models import Upload
from backend.identity import tasks as identity
from backend.inventory import tasks as inventory
from backend.inventory.models import StockReservation
from backend.jobs import tasks as jobs
from backend.jobs.models import Job, ReviewCard
from backend.kernel import audit_chain, chores, outbox, statistics
from backend.kernel.beats import Foreman, Steady
from backend.kernel.chores import Chore, ChoreRow
from backend.kernel.db import Database
from backend.kernel.tasks import AnyTask, ManyTask, Task
from backend.messages import tasks as messages
from backend.messages.carrying import Carriers
from backend.messages.models import Message
from backend.messages.telling import Office
from backend.notifications import tasks as notifications
from backend.notifications.models import PushSubscription
from backend.offline import tasks as offline
from backend.orders import tasks as orders
from backend.orders.models import ProductOrder
from backend.parts import Parts
from backend.ports import NetworkUnreachable, SessionLog
from backend.promises import tasks as promises
from backend.promises.models import Promise
from backend.promises.policy import read_pack
from backend.reconciliation import tasks as reconciliation
from backend.reconciliation.models import ReconciliationRun
from backend.reporting import tasks as reporting
from backend.reporting.models import ReportDelivery, ReportSchedule
from backend.resources import tasks as resources
from backend.resources.models import Resource
from backend.returns import tasks as returns
from backend.returns.models import ExpectedReturn
from backend.subscriptions import subscriptions
from backend.tracking import tasks as tracking

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.1  # one statement for all kinds of work, which takes less than a hundredth of that
RENDER_SECONDS = 1.0  # a pull before that renders for itself
LISTEN_SECONDS = 2.0  # a technician who waits for the light to turn green sees it
PUSHES_AT_ONCE = 8  # a push service answers in a tenth of a second and more
LETTERS_AT_ONCE = 8  # lines to the mail server, which takes a tenth of a second and more for each
GRACE_SECONDS = 4.0  # for what is at work when the worker is told to stop: supervisors kill after ten


def tasks(parts: Parts, solver: Solver) -> Sequence[AnyTask]:
    """What runs in the background."""
    database, carriers = parts.database, carriers_of(parts)
    table: list[AnyTask] = [
        outbox.delivering(
            database,
            subscriptions(
                parts.settings.base_url,
                parts.settings.promise_policy,
                return_policy=parts.settings.return_policy,
                channels=carriers.channels,
            ),
        ),
        Task(
            name="solve a day",
            model=OptimisationRun,
            perform=partial(dispatch.solve, database, parts.roads, solver),
            batch=1,  # one search at a time in each process: another worker may take the next
            lanes=parts.settings.solver_processes,
        ),
        Task(
            name="send messages",
            model=Message,
            perform=partial(messages.send, database, carriers),
            at_once=LETTERS_AT_ONCE,
        ),
        Task(name="write out reports", model=ReportSchedule, perform=partial(reporting.write_out, database)),
        Task(
            name="send reports",
            model=ReportDelivery,
            perform=partial(reporting.deliver, database, parts.mail),
            at_once=LETTERS_AT_ONCE,
        ),
        Task(name="expire orders", model=ProductOrder, perform=partial(orders.expire, database)),
        Task(name="expire holds", model=Hold, perform=partial(booking.expire, database)),
        Task(
            name="expire stock reservations",
            model=StockReservation,
            perform=partial(inventory.expire_reservation, database),
        ),
        Task(name="free resources", model=Resource, perform=partial(resources.finish_hold, database)),
        Task(
            name="clear away uploads",
            model=Upload,
            perform=partial(files.sweep, database, parts.blobs),
        ),
        Task(
            name="keep house",
            model=ChoreRow,
            perform=partial(chores.do, database, chores_of(parts)),
            max_attempts=1000,  # what comes round is never given up
        ),
        Task(
            name="look after promises",
            model=Promise,
            perform=partial(promises.look, database, read_pack(parts.settings.promise_policy)),
        ),
        Task(name="look after returns", model=ExpectedReturn, perform=partial(returns.look, database)),
        Task(name="take jobs off phones", model=Job, perform=partial(jobs.release, database)),
        Task(
            name="take decided cards off phones",
            model=ReviewCard,
            perform=partial(jobs.release_card, database),
        ),
    ]
    if parts.push is not None:
        notify = partial(notifications.send, database, parts.push)
        table.append(Task(name="notify phones", model=PushSubscription, perform=notify, at_once=PUSHES_AT_ONCE))
    if parts.network is not None:
        walker = Walker(database, parts.network, random=Random())
        table.append(ManyTask(name="activate services", model=Activation, drain=walker.drain))
    if parts.billing is not None:
        courier = Courier(database, parts.billing, random=Random())
        table.append(
            ManyTask(name="tell billing", model=BillingStream, drain=courier.drain, max_attempts=2 * MAX_ATTEMPTS)
        )
        compare = partial(reconciliation.run, database, parts.billing)
        table.append(Task(name="reconcile", model=ReconciliationRun, perform=compare, batch=1))
    return table


def chores_of(parts: Parts) -> Mapping[str, Chore]:
    """What comes round; billing is asked only where there is one."""
    return (
        statistics.CHORES
        | audit_chain.CHORES
        | offline.CHORES
        | alerts.chore(LiveDays(parts.roads), read_delay_pack(parts.settings.delay_policy))
        | identity.CHORES
        | dispatch.CHORES
        | tracking.CHORES
        | messages.chores(Office(base_url=parts.settings.base_url, channels=carriers_of(parts).channels))
        | (reconciliation.CHORES if parts.billing is not None else {})
    )


def carriers_of(parts: Parts) -> Carriers:
    """Who takes messages to customers."""
    return Carriers(mail=parts.mail, texts=parts.texts, push=parts.push)


def worker_name() -> str:
    """Who holds a lease: this process on this host."""
    return f"{socket.gethostname()}:{os.getpid()}"


async def run(parts: Parts, stop: asyncio.Event) -> None:
    """Work until `stop` is set; what is being done then is finished first."""
    await chores.enlist(parts.database, chores_of(parts))
    solver = SolverProcesses(parts.settings.solver_processes)
    solver.warm()
    foreman = Foreman(parts.database, tasks(parts, solver), worker_name(), stop)
    rhythm = {Steady(foreman.look): LOOK_SECONDS, Steady(partial(_render_ahead, parts)): RENDER_SECONDS}
    if parts.sessions is not None:
        rhythm[Steady(partial(_listen, parts.database, parts.sessions))] = LISTEN_SECONDS
    scheduler = AsyncIOScheduler(timezone="UTC")
    for steady, seconds in rhythm.items():
        scheduler.add_job(steady.beat, "interval", seconds=seconds, misfire_grace_time=None, coalesce=True)
    scheduler.start()
    await stop.wait()
    scheduler.shutdown(wait=False)
    await asyncio.gather(*(one.end(GRACE_SECONDS) for one in (*rhythm, foreman)))
    solver.close()


async def _listen(database: Database, sessions: SessionLog) -> None:
    """Any number of workers may do it at once: a contact is taken once."""
    try:
        await activation.listen(database, sessions)
    except NetworkUnreachable as error:
        log.warning("the network's log could not be read: %s", error)


async def _render_ahead(parts: Parts) -> None:
    """Any number of workers may do it at once: a body is the same whoever renders it."""
    while await parts.feed.render_ahead(parts.database):
        pass
