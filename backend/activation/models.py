"""Tables of activation."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from backend.activation.lifecycle import ACTIVATION, LIVE, ActivationState, Purpose, StepName, Witness
from backend.activation.schemas import ContactVerdict, Profiles
from backend.kernel.facts import FactRow, Stateful
from backend.kernel.leases import WorkRow
from backend.kernel.tables import Row, StructJson, Versioned

IS_LIVE = text(f"state IN ({', '.join(repr(str(state)) for state in LIVE)})")


class ActivationFact(FactRow):
    __tablename__ = "activation_fact"


class Activation(WorkRow, Stateful, Versioned):
    """The saga that does one thing to one service on the network.

    order_id, job_id: None where nobody's visit is behind it. armed_at, expires_at: it waits between these for a
    witness, who says when it happened (effective_at). equipment: the serials that the service runs on. characteristics:
    the wanted ones of a change. because: why somebody asked for it. round: counts from 1; each new attempt by a person does every step anew. reason,
    detail: of a fallout. profiles: what the network holds since it succeeded.
    """

    __tablename__ = "activation"
    __table_args__ = (
        Index(
            "uq_activation_service_id_live", "service_id", unique=True, sqlite_where=IS_LIVE, postgresql_where=IS_LIVE
        ),
    )
    lifecycle = ACTIVATION
    facts = ActivationFact

    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"), index=True)
    purpose: Mapped[Purpose]
    order_id: Mapped[UUID | None] = mapped_column(index=True)
    job_id: Mapped[UUID | None] = mapped_column(index=True)
    armed_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    witness: Mapped[Witness | None]
    effective_at: Mapped[datetime | None]
    equipment: Mapped[list[str]] = mapped_column(StructJson(list[str]))
    characteristics: Mapped[dict[str, str] | None] = mapped_column(StructJson(dict[str, str]))
    because: Mapped[str | None]
    state: Mapped[ActivationState] = mapped_column(index=True)
    round: Mapped[int] = mapped_column(default=1)
    reason: Mapped[str | None]
    detail: Mapped[dict[str, Any] | None] = mapped_column(StructJson(dict[str, Any]))
    profiles: Mapped[Profiles | None] = mapped_column(StructJson(Profiles))


class ActivationStep(Row):
    """One step of one round, written by whoever has locked its activation; so nobody looks at its version, and the steps
    of many activations are written in one statement.

    attempts: counted and committed before each call, but of a step that only looks, when it follows another at once, with
    its answer; done_at: when the network confirmed it. undoes: it puts back what was there before. evidence: what the network answered: a reference, or measurements by
    name; or who vouched for the step instead of the network.
    """

    __tablename__ = "activation_step"
    __table_args__ = (UniqueConstraint("activation_id", "round", "position"),)

    version: Mapped[int] = mapped_column(default=1)  # of the released table, and counted by nobody
    activation_id: Mapped[UUID] = mapped_column(ForeignKey("activation.id"))
    round: Mapped[int]
    position: Mapped[int]
    name: Mapped[StepName]
    undoes: Mapped[bool] = mapped_column(default=False)
    attempts: Mapped[int] = mapped_column(default=0)
    called_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    evidence: Mapped[dict[str, Any] | None] = mapped_column(StructJson(dict[str, Any]))


class NetworkContact(Row):
    """Equipment that the network saw come up, and what followed from it. message_id: the network's own id of that."""

    __tablename__ = "network_contact"

    message_id: Mapped[str] = mapped_column(unique=True)
    service_id: Mapped[UUID | None] = mapped_column(ForeignKey("service.id"), index=True)
    serial: Mapped[str | None]
    port: Mapped[str | None]
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    verdict: Mapped[ContactVerdict]
