"""The documents that a batch works on: read at once, locked in one order, and watched while it is decided."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from backend.identity.principal import Principal
from backend.inventory import service as inventory
from backend.inventory.schemas import LocationView
from backend.jobs import service as jobs
from backend.jobs.service import Job, Subject
from backend.kernel import feed
from backend.kernel.db import Transaction
from backend.offline import queries
from sync.operations import Operation
from sync.protocol import Mutation, PushRequest
from sync.vanwork import VanOperation


@dataclass(frozen=True, kw_only=True)
class Worked:
    """The jobs of one batch, by id as a replica writes it, and the sender's van when the batch works on that, too.

    versions: of the documents before the batch; own: the version that the sender's outbox itself last made of a
    document; given: when the sender first got a job.
    """

    jobs: Mapping[str, Job]
    vans: Mapping[str, LocationView]
    versions: Mapping[str, int]
    own: dict[str, int]
    given: Mapping[str, datetime]

    def job(self, mutation: Mutation) -> Job | None:
        """The job that the mutation is about, None when there is no such document."""
        return self.jobs.get(mutation.id) if mutation.kind == Operation.kind else None

    def subject(self, mutation: Mutation) -> Subject | None:
        """What the mutation is about, None when the sender has no such document."""
        return self.vans.get(mutation.id) if mutation.kind == VanOperation.kind else self.job(mutation)

    def version(self, mutation: Mutation) -> int | None:
        """The version that the batch makes of the document, one for all its work."""
        return self.versions[mutation.id] + 1 if self.subject(mutation) else None

    def is_changed_by_others(self, mutation: Mutation) -> bool:
        """Whether the document is neither as the sender saw it nor as the sender's own work left it."""
        if self.subject(mutation) is None:
            return False
        before = self.versions[mutation.id]
        return before != mutation.base and self.own.get(mutation.id, -1) < before

    def since(self, mutation: Mutation) -> datetime | None:
        """The earliest time at which the sender can have worked on the document."""
        return self.given.get(mutation.id) if self.job(mutation) else None

    def note(self, mutation: Mutation, version: int | None) -> None:
        """The sender's own work has made this version."""
        if version is not None:
            self.own[mutation.id] = version


NOTHING = Worked(jobs={}, vans={}, versions={}, own={}, given={})


async def read(tx: Transaction, principal: Principal, request: PushRequest) -> Worked:
    """What a batch works on. A job that the sender never had is none of its documents, nor is another's van."""
    assert principal.technician_id is not None, f"{principal.actor} pushes but is no technician"
    named = await jobs.jobs_for_work(
        tx, {id_ for mutation in request.batch if (id_ := job_id_of(mutation.kind, mutation.id))}
    )
    given = await jobs.first_given(tx, named, principal.technician_id)
    of_jobs = await _Versions.read(tx, request, Operation.kind, given)
    is_about_van = any(mutation.kind == VanOperation.kind for mutation in request.batch)
    van = await inventory.van_of(tx, principal.technician_id) if is_about_van else None
    of_van = await _Versions.read(tx, request, VanOperation.kind, [van.id]) if van else _Versions({}, {})
    return Worked(
        jobs={str(id_): named[id_] for id_ in given},
        vans={str(van.id): van} if van else {},
        versions=of_jobs.present | of_van.present,
        own=of_jobs.own | of_van.own,
        given={str(id_): at for id_, at in given.items()},
    )


class _Versions(NamedTuple):
    """Of documents of one kind, by id: the present ones, and those that the sender's own work made."""

    present: dict[str, int]
    own: dict[str, int]

    @classmethod
    async def read(cls, tx: Transaction, request: PushRequest, kind: str, ids: Iterable[UUID]) -> "_Versions":
        found = dict.fromkeys(ids, 0)
        found |= await feed.versions(tx, kind, found)
        present = {str(id_): version for id_, version in found.items()}
        # Most work is on what the sender has just seen: then nobody needs to know what its own work made of it before.
        changed = {one.id for one in request.batch if one.id in present and one.base != present[one.id]}
        return cls(present, await queries.own_versions(tx, request.outbox, kind, changed) if changed else {})


def job_id_of(kind: str, document_id: str) -> UUID | None:
    """The id in its one spelling: a replica knows documents by their text. None for what is no job."""
    if kind != Operation.kind:
        return None
    try:
        id_ = UUID(document_id)
    except ValueError:
        return None
    return id_ if str(id_) == document_id else None
