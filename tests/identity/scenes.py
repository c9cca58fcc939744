"""For each route whose rows have owners: a caller, and a row of each owner to try it on."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import select

from backend.booking.lifecycle import AppointmentState, HoldState
from backend.booking.models import Appointment, Hold
from backend.dispatch import service as dispatch
from backend.dispatch.lifecycle import RunState
from backend.dispatch.models import OptimisationRun
from backend.identity.access import Route
from backend.identity.models import User
from backend.identity.principal import Principal, Role
from backend.jobs import service as jobs
from backend.jobs.lifecycle import JobLock, ReviewKind
from backend.jobs.reviews import open_review
from backend.jobs.schemas import JobView
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from tests.factories.files import CHUNK, TUS, begin, send
from tests.factories.identity import Bearer, make_organisation, make_phone, make_session, make_user
from tests.factories.jobs import give, make_job, make_lost_value
from tests.factories.orders import make_order, make_shop
from tests.factories.reporting import make_schedule
from tests.factories.returns import make_expected_return
from tests.factories.workforce import make_technician, make_territory
from tests.identity.ownership import UPLOAD, Owner

OWN, SAME, OTHER = Owner


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Who calls, with which values in the path for each owner, and what the request says.

    headers: of a request that says all in them, and has no body.
    """

    auth: httpx.Auth
    values: Mapping[Owner, Mapping[str, Any]]
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


Prepare = Callable[[Database, httpx.AsyncClient], Awaitable[Scene]]
OfJob = Callable[[Transaction, JobView], Awaitable[UUID]]


@dataclass(frozen=True, kw_only=True)
class Field:
    """Three dispatched jobs, one for each owner, and who works on them."""

    jobs: Mapping[Owner, JobView]
    technicians: Mapping[Owner, User]
    dispatcher: User


async def make_field(tx: Transaction) -> Field:
    """Two technicians of one contractor in two territories, one of another; the dispatcher has the first territory."""
    await make_shop(tx)
    north, south = await make_territory(tx, code="N"), await make_territory(tx, code="S")
    ours, theirs = await make_organisation(tx, "Ours"), await make_organisation(tx, "Theirs")
    jobs, technicians = {}, {}
    for owner, territory, organisation_id in ((OWN, north, ours), (SAME, south, ours), (OTHER, south, theirs)):
        technician = await make_technician(tx, territory.id, organisation_id=organisation_id)
        jobs[owner] = await make_job(tx, territory.id)
        await give(tx, jobs[owner].id, technician)
        technicians[owner] = await make_user(
            tx, Role.CONTRACTOR_TECHNICIAN, organisation_id=organisation_id, technician_id=technician.id
        )
    dispatcher = await make_user(tx, Role.DISPATCHER, territory_ids=(north.id,))
    return Field(jobs=jobs, technicians=technicians, dispatcher=dispatcher)


def for_a_dispatcher(name: str, of_job: OfJob, *, body: Any = None, query: Any = None) -> Prepare:
    """A dispatcher, and what belongs to jobs of the own territory, a colleague's, and a colleague's by a contractor."""

    async def prepare(database: Database, _api: httpx.AsyncClient) -> Scene:
        async with database.transaction(SYSTEM, "test") as tx:
            field = await make_field(tx)
            values = {owner: {name: await of_job(tx, job)} for owner, job in field.jobs.items()}
            return Scene(
                auth=await make_session(tx, field.dispatcher), values=values, body=body or {}, query=query or {}
            )

    return prepare


async def dispatcher_and_assignments(database: Database, _api: httpx.AsyncClient) -> Scene:
    """A dispatcher who gives jobs to a technician of the own territory."""
    async with database.transaction(SYSTEM, "test") as tx:
        field = await make_field(tx)
        technician_id = str(field.technicians[OWN].technician_id)
        return Scene(
            auth=await make_session(tx, field.dispatcher),
            values={owner: {"job_id": job.id} for owner, job in field.jobs.items()},
            body={"technician_id": technician_id, "start": "2026-06-02T06:00:00Z"},
        )


async def dispatcher_and_quotas(database: Database, _api: httpx.AsyncClient) -> Scene:
    """A dispatcher who bounds a kind of work in the own territory."""
    async with database.transaction(SYSTEM, "test") as tx:
        field = await make_field(tx)
        values = {owner: {"territory_id": job.territory_id, "work": job.work} for owner, job in field.jobs.items()}
        return Scene(auth=await make_session(tx, field.dispatcher), values=values, body={"daily_limit": 3})


async def dispatcher_and_schedules(database: Database, _api: httpx.AsyncClient) -> Scene:
    """A dispatcher who pauses an own report, a colleague's and a contractor's."""
    async with database.transaction(SYSTEM, "test") as tx:
        me = await make_user(tx, Role.DISPATCHER)
        colleague = await make_user(tx, Role.DISPATCHER, organisation_id=me.organisation_id)
        owners = {OWN: me, SAME: colleague, OTHER: await make_user(tx, Role.CONTRACTOR_MANAGER)}
        values = {owner: {"schedule_id": await make_schedule(tx, user)} for owner, user in owners.items()}
        return Scene(auth=await make_session(tx, me), values=values, body={"is_paused": True})


async def phone_and_jobs(database: Database, _api: httpx.AsyncClient) -> Scene:
    """A contractor's technician, and the jobs of the own phone, a colleague's and a stranger's."""
    async with database.transaction(SYSTEM, "test") as tx:
        field = await make_field(tx)
        phone = await make_phone(tx, field.technicians[OWN])
        values = {owner: {"job_id": job.id} for owner, job in field.jobs.items()}
        return Scene(auth=Bearer(phone.tokens.access_token), values=values)


async def manager_and_jobs(database: Database, _api: httpx.AsyncClient) -> Scene:
    """A contractor's manager, two jobs of the own company and one of another."""
    async with database.transaction(SYSTEM, "test") as tx:
        field = await make_field(tx)
        company = field.technicians[OWN].organisation_id
        manager = await make_user(tx, Role.CONTRACTOR_MANAGER, organisation_id=company)
        values = {owner: {"job_id": job.id} for owner, job in field.jobs.items()}
        return Scene(auth=await make_session(tx, manager), values=values)


async def manager_and_users(database: Database, _api: httpx.AsyncClient) -> Scene:
    """A contractor's manager, a technician of the same company and one of another."""
    async with database.transaction(SYSTEM, "test") as tx:
        manager = await make_user(tx, Role.CONTRACTOR_MANAGER)
        colleague = await make_user(tx, Role.CONTRACTOR_TECHNICIAN, organisation_id=manager.organisation_id)
        stranger = await make_user(tx, Role.CONTRACTOR_TECHNICIAN)
        users = {OWN: manager, SAME: colleague, OTHER: stranger}
        values = {owner: {"user_id": user.id} for owner, user in users.items()}
        return Scene(auth=await make_session(tx, manager), values=values)


async def manager_and_phones(database: Database, _api: httpx.AsyncClient) -> Scene:
    """A contractor's manager, and the phones of two own technicians and of another company's."""
    async with database.transaction(SYSTEM, "test") as tx:
        manager = await make_user(tx, Role.CONTRACTOR_MANAGER)
        ours = {"organisation_id": manager.organisation_id}
        users = [await make_user(tx, Role.CONTRACTOR_TECHNICIAN, **company) for company in (ours, ours, {})]
        phones = [await make_phone(tx, user) for user in users]
        values = {owner: {"device_id": phone.tokens.device_id} for owner, phone in zip(Owner, phones, strict=True)}
        return Scene(auth=await make_session(tx, manager), values=values)


async def phones_and_photos(database: Database, api: httpx.AsyncClient) -> Scene:
    """Three technicians who each sent a photo that no job names yet."""
    async with database.transaction(SYSTEM, "test") as tx:
        field = await make_field(tx)
        phones = {owner: await make_phone(tx, user) for owner, user in field.technicians.items()}
    holders = {owner: Bearer(phone.tokens.access_token) for owner, phone in phones.items()}
    names = {owner: sha256(owner.encode()).hexdigest() for owner in Owner}
    for owner in names:
        sent = await send(api, owner.encode(), auth=holders[owner])
        assert sent.status_code == 201, sent.text
    return Scene(auth=holders[OWN], values={owner: {"sha256": name} for owner, name in names.items()})


async def phones_and_uploads(database: Database, api: httpx.AsyncClient) -> Scene:
    """Three technicians who each began to send a photo; a request would add to it, or end it."""
    async with database.transaction(SYSTEM, "test") as tx:
        field = await make_field(tx)
        phones = {owner: await make_phone(tx, user) for owner, user in field.technicians.items()}
    holders = {owner: Bearer(phone.tokens.access_token) for owner, phone in phones.items()}
    begun = {owner: await begin(api, owner.encode(), auth=holders[owner]) for owner in Owner}
    values = {owner: {"upload_id": url.rpartition("/")[2]} for owner, url in begun.items()}
    headers = TUS | CHUNK | {"upload-offset": "0", "x-http-method-override": "DELETE"}
    return Scene(auth=holders[OWN], values=values, headers=headers)


# --- What belongs to a job --------------------------------------------------------------------------------------------


async def job(_tx: Transaction, job: JobView) -> UUID:
    return job.id


async def account(_tx: Transaction, job: JobView) -> UUID:
    return job.account_id


async def premises(_tx: Transaction, job: JobView) -> UUID:
    return job.premises_id


async def territory(_tx: Transaction, job: JobView) -> UUID:
    return job.territory_id


async def order(tx: Transaction, job: JobView) -> UUID:
    return (await make_order(tx, premises_id=job.premises_id, account_id=job.account_id)).id


async def lost_value(tx: Transaction, job: JobView) -> UUID:
    technician_id = (await jobs.job_view(tx, job.id)).technician_id
    assert technician_id is not None, "every job of the field was given to somebody"
    return await make_lost_value(tx, job.id, technician_id)


async def review_card(tx: Transaction, job: JobView) -> UUID:
    return await open_review(tx, kind=ReviewKind.SERIAL, reason="not_in_van", subject="ONT-1", job_id=job.id)


async def run(tx: Transaction, job: JobView) -> UUID:
    row = OptimisationRun(
        id=tx.new_id(),
        territory_id=job.territory_id,
        day=tx.now.date(),
        policy_name="balanced",
        policy_version=1,
        seed=1,
        stop_seconds=1,
        state=RunState.PROPOSED,
    )
    tx.add(row)
    return row.id


async def step(tx: Transaction, job: JobView) -> UUID:
    """The dispatcher locked the job, when it was still theirs to see."""
    dispatcher = (await tx.session.scalars(select(User).where(User.role == Role.DISPATCHER))).one()
    caller = Principal(actor=SYSTEM, role=Role.SUPERVISOR, user_id=dispatcher.id)
    await dispatch.lock_by_hand(tx, caller, job.id, JobLock.TIME)
    return (await dispatch.own_steps(tx, caller)).items[0].id


async def expected_return(tx: Transaction, job: JobView) -> UUID:
    return await make_expected_return(tx, job.premises_id)


async def hold(tx: Transaction, job: JobView) -> UUID:
    return (await _hold(tx, job)).id


async def appointment(tx: Transaction, job: JobView) -> UUID:
    held = await _hold(tx, job)
    row = Appointment(
        id=tx.new_id(),
        job_id=job.id,
        hold_id=held.id,
        window_start=held.window_start,
        window_end=held.window_end,
        window_zone=held.window_zone,
        window_local=held.window_local,
        state=AppointmentState.CONFIRMED,
    )
    tx.add(row)
    return row.id


async def _hold(tx: Transaction, job: JobView) -> Hold:
    technician = await make_technician(tx, job.territory_id)
    start = tx.now + timedelta(hours=2)
    row = Hold(
        id=tx.new_id(),
        job_id=job.id,
        technician_id=technician.id,
        starts_at=start,
        ends_at=start + timedelta(hours=1),
        window_start=start,
        window_end=start + timedelta(hours=2),
        window_zone="Europe/Helsinki",
        window_local="Monday 11 to 13",
        expires_at=tx.now + timedelta(minutes=15),
        reservation_ids=[],
        cost_seconds=0.0,
        state=HoldState.HELD,
    )
    tx.add(row)
    await tx.flush()
    return row


STEP = "/api/v1/manual-steps/{step_id:uuid}"
SCHEDULE = "/api/v1/report-schedules/{schedule_id:uuid}"
RETURN = "/api/v1/expected-returns/{return_id:uuid}"
QUOTAS = "/api/v1/territories/{territory_id:uuid}/booking-quotas"
JOB, RUN, HOLD = "/api/v1/jobs/{job_id:uuid}", "/api/v1/optimisation-runs/{run_id:uuid}", "/api/v1/holds/{hold_id:uuid}"
WINDOW = {"window_start": "2026-06-02T06:00:00Z", "window_end": "2026-06-02T08:00:00Z"}

SCENES: dict[Route, Prepare] = {
    ("POST", "/api/v1/users/{user_id:uuid}/enrolment-codes"): manager_and_users,
    ("POST", "/api/v1/devices/{device_id:uuid}/revocation"): manager_and_phones,
    ("GET", "/api/v1/files/{sha256:str}"): phones_and_photos,
    **{(method, UPLOAD): phones_and_uploads for method in ("GET", "PATCH", "POST", "DELETE")},
    ("GET", JOB): phone_and_jobs,
    ("GET", f"{JOB}/facts"): manager_and_jobs,
    ("GET", f"{JOB}/history"): manager_and_jobs,
    ("POST", f"{JOB}/cancellation"): for_a_dispatcher("job_id", job, body={"reason": "customer_away"}),
    ("POST", f"{JOB}/assignment"): dispatcher_and_assignments,
    ("DELETE", f"{JOB}/assignment"): for_a_dispatcher("job_id", job),
    ("POST", f"{JOB}/drop-preview"): dispatcher_and_assignments,
    ("GET", "/api/v1/territories/{territory_id:uuid}/days/{day:date}/jeopardy"): for_a_dispatcher(
        "territory_id", territory
    ),
    ("GET", "/api/v1/territories/{territory_id:uuid}/days/{day:date}/ways"): for_a_dispatcher(
        "territory_id", territory
    ),
    ("GET", "/api/v1/territories/{territory_id:uuid}/days/{day:date}/whereabouts"): for_a_dispatcher(
        "territory_id", territory
    ),
    ("GET", f"{JOB}/obstacles"): for_a_dispatcher("job_id", job, query={"day": "2026-06-02"}),
    ("POST", f"{JOB}/obstacles"): for_a_dispatcher("job_id", job, body={"day": "2026-06-02", "tried": []}),
    ("PUT", f"{JOB}/lock"): for_a_dispatcher("job_id", job, body={"lock": "time"}),
    ("PUT", f"{JOB}/duration"): for_a_dispatcher("job_id", job, body={"duration_seconds": 7200}),
    ("POST", f"{JOB}/second-visit"): for_a_dispatcher("job_id", job, body={"duration_seconds": 1800}),
    ("GET", f"{JOB}/waits"): for_a_dispatcher("job_id", job),
    ("PUT", f"{JOB}/waits"): for_a_dispatcher("job_id", job, body={"waits_for": []}),
    ("POST", f"{STEP}/undo"): for_a_dispatcher("step_id", step),
    ("POST", f"{STEP}/redo"): for_a_dispatcher("step_id", step),
    ("GET", f"{JOB}/slots"): for_a_dispatcher("job_id", job, query={"from": "2026-06-02", "days": "1"}),
    ("GET", f"{JOB}/booking"): for_a_dispatcher("job_id", job),
    ("POST", f"{JOB}/holds"): for_a_dispatcher("job_id", job, body=WINDOW),
    ("POST", f"{HOLD}/confirmation"): for_a_dispatcher("hold_id", hold),
    ("DELETE", HOLD): for_a_dispatcher("hold_id", hold),
    ("GET", "/api/v1/appointments/{appointment_id:uuid}"): for_a_dispatcher("appointment_id", appointment),
    ("POST", "/api/v1/appointments/{appointment_id:uuid}/cancellation"): for_a_dispatcher(
        "appointment_id", appointment, body={"reason": "customer_away"}
    ),
    ("GET", QUOTAS): for_a_dispatcher("territory_id", territory),
    ("PUT", f"{QUOTAS}/{{work:str}}"): dispatcher_and_quotas,
    ("GET", "/api/v1/accounts/{account_id:uuid}"): for_a_dispatcher("account_id", account),
    ("PATCH", "/api/v1/accounts/{account_id:uuid}"): for_a_dispatcher("account_id", account, body={"phone": None}),
    ("GET", "/api/v1/premises/{premises_id:uuid}"): for_a_dispatcher("premises_id", premises),
    ("PATCH", "/api/v1/premises/{premises_id:uuid}"): for_a_dispatcher(
        "premises_id", premises, body={"access_notes": None}
    ),
    ("POST", "/api/v1/lost-values/{lost_id:uuid}/restoration"): for_a_dispatcher("lost_id", lost_value),
    ("GET", "/api/v1/orders/{order_id:uuid}"): for_a_dispatcher("order_id", order),
    ("POST", "/api/v1/review-cards/{card_id:uuid}/resolution"): for_a_dispatcher(
        "card_id", review_card, body={"resolution": "dismiss", "note": "looked at"}
    ),
    ("PATCH", SCHEDULE): dispatcher_and_schedules,
    ("DELETE", SCHEDULE): dispatcher_and_schedules,
    ("GET", RETURN): for_a_dispatcher("return_id", expected_return),
    ("POST", f"{RETURN}/recovery"): for_a_dispatcher("return_id", expected_return, body={"work": "INSTALL-FTTP"}),
    ("GET", RUN): for_a_dispatcher("run_id", run),
    ("GET", f"{RUN}/events"): for_a_dispatcher("run_id", run),
    ("POST", f"{RUN}/cancellation"): for_a_dispatcher("run_id", run),
    ("POST", f"{RUN}/acceptance"): for_a_dispatcher("run_id", run),
    ("POST", f"{RUN}/discard"): for_a_dispatcher("run_id", run),
    ("POST", f"{RUN}/rollback"): for_a_dispatcher("run_id", run),
    ("POST", "/api/v1/territories/{territory_id:uuid}/days/{day:date}/dispatch"): for_a_dispatcher(
        "territory_id", territory
    ),
}
