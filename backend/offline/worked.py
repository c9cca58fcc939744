"""The documents that a batch works on: read at once, locked in one order, and watched while it is decided."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.identity.principal import Principal
from backend.jobs import service as jobs
from backend.jobs.service import Job
from backend.kernel import feed
from backend.kernel.db import Transaction
from backend.offline import queries
from sync.operations import Operation
from sync.protocol import Mutation, PushRequest


@dataclass(frozen=True, kw_only=True)
class Worked:
    """The jobs of one batch, by id as a replica writes it.

    versions: of the jobs' documents before the batch; own: the version that the sender's outbox itself last made of a
    document; given: when the sender first got a job.
    """

    jobs: Mapping[str, Job]
    versions: Mapping[str, int]
    own: dict[str, int]
    given: Mapping[str, datetime]

    def job(self, mutation: Mutation) -> Job | None:
        """The job that the mutation is about, None when there is no such document."""
        return self.jobs.get(mutation.id) if mutation.kind == Operation.kind else None

    def version(self, mutation: Mutation) -> int | None:
        """The version that the batch makes of the document, one for all its work."""
        return self.versions[mutation.id] + 1 if self.job(mutation) else None

    def is_changed_by_others(self, mutation: Mutation) -> bool:
        """Whether the document is neither as the sender saw it nor as the sender's own work left it."""
        if self.job(mutation) is None:
            return False
        before = self.versions[mutation.id]
        return before != mutation.base and self.own.get(mutation.id, -1) < before

    def since(self, mutation: Mutation) -> datetime | None:
        """The earliest time at which the sender can have worked on the document."""
        return self.given[mutation.id] if self.job(mutation) else None

    def note(self, mutation: Mutation, version: int | None) -> None:
        """The sender's own work has made this version."""
        if version is not None:
            self.own[mutation.id] = version


NOTHING = Worked(jobs={}, versions={}, own={}, given={})


async def read(tx: Transaction, principal: Principal, request: PushRequest) -> Worked:
    """What a batch works on. A job that the sender never had is none of its documents."""
    assert principal.technician_id is not None, f"{principal.actor} pushes but is no technician"
    named = await jobs.jobs_for_work(
        tx, {id_ for mutation in request.batch if (id_ := job_id_of(mutation.kind, mutation.id))}
    )
    given = await jobs.first_given(tx, named, principal.technician_id)
    present = dict.fromkeys(given, 0) | await feed.versions(tx, Operation.kind, given)
    versions = {str(id_): version for id_, version in present.items()}
    # Most work is on what the sender has just seen: then nobody needs to know what its own work made of it before.
    changed = {one.id for one in request.batch if one.id in versions and one.base != versions[one.id]}
    return Worked(
        jobs={str(id_): named[id_] for id_ in given},
        versions=versions,
        own=await queries.own_versions(tx, request.outbox, Operation.kind, changed) if changed else {},
        given={str(id_): at for id_, at in given.items()},
    )


def job_id_of(kind: str, document_id: str) -> UUID | None:
    """The id in its one spelling: a replica knows documents by their text. None for what is no job."""
    if kind != Operation.kind:
        return None
    try:
        id_ = UUID(document_id)
    except ValueError:
        return None
    return id_ if str(id_) == document_id else None
