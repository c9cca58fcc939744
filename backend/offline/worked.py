"""The documents that a batch works on: read at once, locked in one order, and watched while it is decided."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from backend.identity.principal import Principal
from backend.jobs import service as jobs
from backend.jobs.service import Job
from backend.kernel.db import Transaction
from backend.offline import queries
from sync.operations import Operation
from sync.protocol import Mutation, PushRequest


@dataclass(frozen=True, kw_only=True)
class Worked:
    """The jobs of one batch.

    around: what a document's version counts besides its job's (no operation changes that); own: the version that the
    sender's outbox itself last made of a document; given: when the sender first got a job.
    """

    jobs: Mapping[UUID, Job]
    around: Mapping[UUID, int]
    own: dict[str, int]
    given: Mapping[UUID, datetime]

    def job(self, mutation: Mutation) -> Job | None:
        """The job that the mutation is about, None when there is no such document."""
        id_ = _job_id(mutation)
        return self.jobs.get(id_) if id_ else None

    def version(self, mutation: Mutation) -> int | None:
        """The document's version now."""
        job = self.job(mutation)
        return job.version + self.around[job.id] if job else None

    def is_changed_by_others(self, mutation: Mutation) -> bool:
        """Whether the document is neither as the sender saw it nor as the sender's own work left it."""
        return self.version(mutation) not in (None, mutation.base, self.own.get(mutation.id))

    def since(self, mutation: Mutation) -> datetime | None:
        """The earliest time at which the sender can have worked on the document."""
        job = self.job(mutation)
        return self.given.get(job.id) if job else None

    def note(self, mutation: Mutation, version: int | None) -> None:
        """The sender's own work has made this version."""
        if version is not None:
            self.own[mutation.id] = version


async def read(tx: Transaction, principal: Principal, request: PushRequest) -> Worked:
    """What a batch works on. A job that the sender never had is none of its documents."""
    assert principal.technician_id is not None, f"{principal.actor} pushes but is no technician"
    named = await jobs.jobs_for_work(tx, {id_ for mutation in request.batch if (id_ := _job_id(mutation))})
    given = await jobs.first_given(tx, named, principal.technician_id)
NOTHING = Worked(jobs={}, versions={}, own={}, given={})


    found = {id_: job for id_, job in named.items() if id_ in given}
    versions = await jobs.document_versions(tx, found)
    return Worked(
        jobs=found,
        around={id_: versions[id_] - job.version for id_, job in found.items()},
        own=await queries.own_versions(tx, request.outbox, Operation.kind, [str(id_) for id_ in found]),
        given=given,
    )


def _job_id(mutation: Mutation) -> UUID | None:
    """The id in its one spelling: a replica knows documents by their text."""
    if mutation.kind != Operation.kind:
        return None
    try:
        id_ = UUID(mutation.id)
    except ValueError:
        return None
    return id_ if str(id_) == mutation.id else None
