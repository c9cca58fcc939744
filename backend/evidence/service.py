"""Gathering the evidence of one earned obligation: hand-over, form answers, photos, signature, scans, tests, activation.

Nothing personal goes into it: of names and signatures only the hashes of the files, as a bundle leaves the house.
"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import msgspec

from backend.activation import queries as activations
from backend.activation import service as activation
from backend.billing import earning, keys
from backend.billing import service as billing
from backend.billing.keys import KeyRing
from backend.billing.schemas import EarnedView
from backend.evidence.schemas import NoSigningKey
from backend.jobs import documents
from backend.jobs import queries as jobs
from backend.jobs.schemas import JobDocument
from backend.kernel.db import Database, Transaction
from backend.orders import service as orders
from backend.resources import service as resources
from clients.billing.signatures import Ed25519Signer
from clients.evidence.bundle import write

Record = tuple[str, dict[str, Any]]


async def bundle(tx: Transaction, database: Database, earned_id: UUID, *, root: str) -> bytes:
    """The sealed file of one earned obligation. root: the signing key of the settings. Raises UnknownEarned, NoSigningKey."""
    earned = await earning.earned(tx, earned_id)
    signers = await _signers(database, root)
    return write(await gather(tx, earned), signers)


async def gather(tx: Transaction, earned: EarnedView) -> list[Record]:
    """All records, in the order of the story: what was sold, handed over, worked, activated and billed."""
    proof = earned.evidence
    records: list[Record] = [("earned", {**_plain(earned), "gathered_at": tx.now})]
    records.append(("charge_line", _plain(await orders.charge_line(tx, proof.charge_line_id))))
    if proof.handover_id is not None:
        handover = _plain(await orders.handover(tx, proof.handover_id))
        records.append(("handover", {name: value for name, value in handover.items() if name != "received_by"}))
    job_id = proof.job_id
    if proof.service_id is not None:
        records.append(("service", _plain(await resources.service_view(tx, proof.service_id))))
        done = (await activations.last_succeeded(tx, [proof.service_id])).get(proof.service_id)
        if done is not None:
            records += await _of_activation(tx, done.id)
            job_id = job_id or done.job_id
    if job_id is not None:
        records += await _of_job(tx, job_id)
    records.append(("billing_trigger", _plain(await billing.see_trigger(tx, earned.billing_trigger_id))))
    return records


async def _signers(database: Database, root: str) -> list[Ed25519Signer]:
    """The keys that sign what billing is told, newest first; shared secrets prove nothing to others."""
    found = await KeyRing(database, root).signing() if root else ()
    signers = [key for key in found if isinstance(key, Ed25519Signer)]
    if not signers:
        raise NoSigningKey()
    await keys.remember(database, root)
    return signers


async def _of_activation(tx: Transaction, activation_id: UUID) -> list[Record]:
    found = await activation.activation(tx, activation_id)
    steps: list[Record] = [("activation_step", _plain(step)) for step in found.steps]
    return [("activation", _plain(found.activation)), *steps]


async def _of_job(tx: Transaction, job_id: UUID) -> list[Record]:
    job = (await documents.render_jobs(tx, [job_id])).get(job_id)
    if job is None:
        return []
    facts: list[Record] = [
        (
            "job_fact",
            {
                "lifecycle": lifecycle,
                "command": fact.command,
                "to_state": fact.to_state,
                "occurred_at": fact.occurred_at,
                "recorded_at": fact.recorded_at,
                "actor_kind": fact.actor_kind,
                "actor_id": fact.actor_id,
            },
        )
        for lifecycle, fact in await jobs.facts_of(tx, job_id)
    ]
    return [*_of_document(job), *facts]


def _of_document(job: JobDocument) -> Iterator[Record]:
    yield (
        "job",
        {
            "id": job.id,
            "number": job.number,
            "work": job.work.code,
            "state": job.state,
            "outcome": job.outcome,
            "technician_id": job.technician_id,
            "undone": job.undone,
        },
    )
    yield "form", {"answers": job.checklist, "hazards_acknowledged": job.hazards_acknowledged}
    yield from (("photo", _plain(photo)) for photo in job.photos)
    yield from (("scan", _plain(serial)) for serial in job.serials)
    yield from (("measurement", _plain(one)) for one in job.measurements)
    if job.signature is not None:
        yield "signature", {"sha256": job.signature.sha256}


def _plain(struct: msgspec.Struct) -> dict[str, Any]:
    return msgspec.to_builtins(struct)
