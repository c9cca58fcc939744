"""The documents "job" and "review_card": whose replicas hold them, and what is in them.

A job's document is made of several rows: the job, what was recorded at it, its account, its premises and the services
there. A contact that is changed in the office therefore reaches the phone.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from msgspec import structs

from backend.catalogue import service as catalogue
from backend.catalogue.schemas import WorkSpecification
from backend.customers import service as customers
from backend.customers.schemas import AccountView, PremisesView
from backend.jobs import queries, review_queries
from backend.jobs.lifecycle import AssignmentState, JobState
from backend.jobs.models import FieldRecord, Job, ReviewCard, Visit
from backend.jobs.recorded import records_of, with_more
from backend.jobs.reviews import review_view
from backend.jobs.schemas import (
    CrewPart,
    CustomerPart,
    JobDocument,
    PremisesPart,
    Records,
    ReviewCardView,
    ServicePart,
    Window,
    WorkPart,
)
from backend.kernel.changes import Change
from backend.kernel.db import Transaction
from backend.kernel.feed import DocumentKind, Placement, Watch, by_column
from backend.resources import service as resources
from backend.resources.schemas import ServiceView
from backend.workforce import service as workforce

JOB_FIELDS = (
    "id",
    "number",
    "order_id",
    "state",
    "assignment",
    "lock",
    "duration_seconds",
    "skills",
    "priority",
    "territory_id",
    "technician_id",
    "crew_size",
    "planned_start",
    "planned_end",
    "service_day",
    "visit_pin",
    "planned_by",
    "parts",
    "to_recover",
    "needs_signature",
    "outcome",
    "undone",
    "reason",
    "needs_review",
)


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """What a job's document shows besides the job: rows of the slices below."""

    account: AccountView
    premises: PremisesView
    services: Sequence[ServiceView]
    names: Mapping[UUID, str]


async def place_jobs(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, Placement]:
    jobs = await queries.whereabouts(tx, ids)
    scopes = queries.scopes(jobs)
    return {job.id: Placement(scopes=scopes[job.id], why=_why(job)) for job in jobs}


async def render_jobs(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, JobDocument]:
    jobs = await queries.jobs_by_id(tx, ids)
    around = await _surroundings(tx, jobs)
    recorded = await records_of(tx, ids)
    arrived = await queries.arrived_jobs(tx, ids)
    works = {code: await catalogue.work_specification(tx, code) for code in {job.work for job in jobs}}
    return {
        job.id: _document(job, around[job.id], recorded[job.id], works[job.work], arrived=job.id in arrived)
        for job in jobs
    }


def amend_jobs(before: Mapping[UUID, bytes], changed: Mapping[str, Sequence[Change]]) -> dict[UUID, bytes]:
    """Documents after a technician's work, which only adds records and moves the job and its visit.

    All else that a document shows belongs to other rows: where one of those changed, documents are rendered.
    """
    if changed.keys() & BESIDE_THE_WORK:
        return {}
    rows = _rows_by_job(changed)
    found = {
        id_: _amended(msgspec.json.decode(body, type=JobDocument), rows.get(id_, [])) for id_, body in before.items()
    }
    return {id_: msgspec.json.encode(document) for id_, document in found.items() if document is not None}


def _rows_by_job(changed: Mapping[str, Sequence[Change]]) -> dict[UUID, list[Any]]:
    rows: dict[UUID, list[Any]] = {}
    for table in JOB.watches.keys() & changed.keys():
        # Several flushes may have written one row.
        for row in {change.row_id: change.row for change in changed[table]}.values():
            rows.setdefault(row.id if isinstance(row, Job) else row.job_id, []).append(row)
    return rows


def _amended(document: JobDocument, rows: Sequence[Any]) -> JobDocument | None:
    recorded = with_more(document, [row for row in rows if isinstance(row, FieldRecord)])
    if recorded is None:
        return None
    fields = {name: getattr(recorded, name) for name in Records.__struct_fields__}
    names = {member.technician_id: member.name for member in document.crew}
    for row in rows:
        if isinstance(row, Job):
            if not names.keys() >= set(_crew_ids(row)):
                return None  # whom the document does not know by name
            fields |= of_job(row) | {"crew": _crew(row, names)}
        elif isinstance(row, Visit) and row.has_arrived and not row.is_beside:
            fields["arrived"] = True
    return structs.replace(document, **fields)


async def place_reviews(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, Placement]:
    """A card is where its job is, else on the boards of its territory; and with the technician whose work it is about.

    From that phone it goes some time after the decision (`ReviewCard.released_at`).
    """
    cards = await review_queries.reviews_by_id(tx, ids)
    jobs = await queries.whereabouts(tx, {card.job_id for card in cards if card.job_id})
    scopes = queries.scopes(jobs)
    why = {job.id: _why(job) for job in jobs}
    return {
        card.id: Placement(
            scopes=_own_scopes(card) | (scopes[card.job_id] if card.job_id else frozenset()),
            why="expired" if card.released_at else why[card.job_id] if card.job_id else "scope",
        )
        for card in cards
    }


async def render_reviews(tx: Transaction, ids: Sequence[UUID]) -> Mapping[UUID, ReviewCardView]:
    return {card.id: review_view(card) for card in await review_queries.reviews_by_id(tx, ids)}


def of_job(job: Job) -> dict[str, Any]:
    """What a document takes from the job's own row."""
    return {name: getattr(job, name) for name in JOB_FIELDS} | {"window": window(job)}


def window(job: Job) -> Window | None:
    """The promised window of a job; None when nothing is promised."""
    if job.window_start is None or job.window_end is None or job.window_zone is None:
        return None
    return Window(start=job.window_start, end=job.window_end, zone=job.window_zone, local=job.window_local or "")


async def _surroundings(tx: Transaction, jobs: Sequence[Job]) -> dict[UUID, Surroundings]:
    accounts = await customers.accounts_by_id(tx, {job.account_id for job in jobs})
    premises = await customers.premises_by_id(tx, {job.premises_id for job in jobs})
    services = await resources.services_at_all(tx, premises.keys())
    names = await _names(tx, {member for job in jobs for member in _crew_ids(job)})
    return {
        job.id: Surroundings(
            account=accounts[job.account_id],
            premises=premises[job.premises_id],
            services=services[job.premises_id],
            names=names,
        )
        for job in jobs
    }


async def _names(tx: Transaction, technician_ids: Collection[UUID]) -> dict[UUID, str]:
    found = await workforce.technicians_by_id(tx, technician_ids) if technician_ids else {}
    return {id_: technician.name for id_, technician in found.items()}


def _why(job: queries.Whereabouts) -> str:
    """What a phone is told when the job leaves it."""
    if job.state is JobState.CANCELLED:
        return "cancelled"
    return "expired" if job.released_at is not None else "reassigned"


def _own_scopes(card: ReviewCard) -> frozenset[str]:
    boards = {f"territory:{card.territory_id}"} if card.territory_id else set[str]()
    is_on_phone = card.technician_id is not None and card.released_at is None
    return frozenset(boards | ({f"technician:{card.technician_id}"} if is_on_phone else set[str]()))


def _document(
    job: Job, around: Surroundings, recorded: Records, work: WorkSpecification, *, arrived: bool
) -> JobDocument:
    return JobDocument(
        **{name: getattr(recorded, name) for name in Records.__struct_fields__},
        **of_job(job),
        arrived=arrived,
        crew=_crew(job, around.names),
        work=WorkPart(code=work.code, name=work.name, checklist=work.checklist),
        customer=CustomerPart(name=around.account.name, phone=around.account.phone),
        premises=_premises(around.premises),
        hazards=work.hazards,
        services=[_service(service) for service in around.services if service.terminated_at is None],
    )


def _crew_ids(job: Job) -> list[UUID]:
    """Who does the job together; nobody where one person comes alone."""
    return [job.technician_id, *job.helper_ids] if job.technician_id and job.helpers else []


def _crew(job: Job, names: Mapping[UUID, str]) -> list[CrewPart]:
    taken = {one.technician_id: one.acknowledged_at is not None for one in job.helpers}
    has_lead_taken = job.assignment is AssignmentState.ACKNOWLEDGED
    return [
        CrewPart(
            technician_id=member,
            name=names[member],
            leads=member == job.technician_id,
            acknowledged=taken.get(member, has_lead_taken),
        )
        for member in _crew_ids(job)
    ]


def _premises(premises: PremisesView) -> PremisesPart:
    return PremisesPart(**{name: getattr(premises, name) for name in PremisesPart.__struct_fields__})


def _service(service: ServiceView) -> ServicePart:
    values = {str(kind): value for kind, value in service.resources.items()}
    return ServicePart(kind=str(service.kind), state=str(service.state), resources=values)


def _jobs_by(column: str, of: str = "id") -> Watch:
    """The watch for rows of a lower slice: their `of` is what the jobs name in `column`."""

    async def ids(tx: Transaction, changes: Sequence[Change]) -> Iterable[UUID]:
        return await queries.job_ids_where(tx, column, {getattr(change.row, of) for change in changes})

    return ids


async def _jobs_by_assignment(tx: Transaction, changes: Sequence[Change]) -> Iterable[UUID]:
    """A resource was given to a service or taken from it."""
    services = [await resources.service_view(tx, change.row.service_id) for change in changes]
    return await queries.job_ids_where(tx, "premises_id", {service.premises_id for service in services})


async def _both_jobs(_tx: Transaction, changes: Sequence[Change]) -> Iterable[UUID]:
    """The document of neither says who waits; but whoever plans reads by the feed what changed."""
    return {job_id for change in changes for job_id in (change.row.job_id, change.row.waits_for_id)}


async def _cards_of_jobs(tx: Transaction, changes: Sequence[Change]) -> Iterable[UUID]:
    return await review_queries.reviews_of_jobs(tx, {change.row_id for change in changes})


BESIDE_THE_WORK = frozenset({"account", "premises", "service", "resource_assignment"})

JOB = DocumentKind(
    kind="job",
    watches={
        "job": by_column("id"),
        "visit": by_column("job_id"),
        "job_wait": _both_jobs,
        **{record.__tablename__: by_column("job_id") for record in FieldRecord.__subclasses__()},
        "account": _jobs_by("account_id"),
        "premises": _jobs_by("premises_id"),
        "service": _jobs_by("premises_id", of="premises_id"),
        "resource_assignment": _jobs_by_assignment,
    },
    place=place_jobs,
    render=render_jobs,
    amend=amend_jobs,
)

REVIEW_CARD = DocumentKind(
    kind="review_card",
    watches={"review_card": by_column("id"), "job": _cards_of_jobs},
    place=place_reviews,
    render=render_reviews,
)

DOCUMENTS = (JOB, REVIEW_CARD)
