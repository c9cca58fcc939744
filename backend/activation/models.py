"""Tables of activation."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.activation.lifecycle import ACTIVATION, ActivationState, StepName
from backend.kernel.facts import FactRow, Stateful
from backend.kernel.tables import StructJson, Versioned
from backend.kernel.tasks import WorkRow


class ActivationFact(FactRow):
    __tablename__ = "activation_fact"


class Activation(WorkRow, Stateful, Versioned):
    """The saga that makes one service run; a service has one.

    effective_at: when the service came up, by the completion of the job. equipment: the serials that were handed over
    with it. round: counts from 1; each retry by a person does every step anew. reason, detail: of a fallout.
    """

    __tablename__ = "activation"
    lifecycle = ACTIVATION
    facts = ActivationFact

    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"), unique=True)
    order_id: Mapped[UUID] = mapped_column(index=True)
    job_id: Mapped[UUID] = mapped_column(index=True)
    effective_at: Mapped[datetime]
    equipment: Mapped[list[str]] = mapped_column(StructJson(list[str]))
    state: Mapped[ActivationState] = mapped_column(index=True)
    round: Mapped[int] = mapped_column(default=1)
    reason: Mapped[str | None]
    detail: Mapped[dict[str, Any] | None] = mapped_column(StructJson(dict[str, Any]))


class ActivationStep(Versioned):
    """One step of one round. attempts: counted and committed before each call; done_at: when the network confirmed it.

    evidence: what it answered: a reference, or measurements by name.
    """

    __tablename__ = "activation_step"
    __table_args__ = (UniqueConstraint("activation_id", "round", "position"),)

    activation_id: Mapped[UUID] = mapped_column(ForeignKey("activation.id"))
    round: Mapped[int]
    position: Mapped[int]
    name: Mapped[StepName]
    attempts: Mapped[int] = mapped_column(default=0)
    called_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    evidence: Mapped[dict[str, Any] | None] = mapped_column(StructJson(dict[str, Any]))
