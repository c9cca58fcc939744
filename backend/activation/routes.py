"""HTTP of activation, for the network desk and for the network itself."""

from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from backend.activation import service
from backend.activation.lifecycle import ActivationState, Purpose
from backend.activation.schemas import (
    ActivationDetail,
    ActivationView,
    ChangeService,
    ContactView,
    Decide,
    FalloutCount,
    MoveService,
    Reason,
    ReportContact,
    Retried,
    RetryFallouts,
)
from backend.identity.principal import Principal
from backend.kernel.db import Transaction
from backend.kernel.page_size import PageSize
from backend.kernel.paging import Page
from backend.kernel.repeats import Once


# The framework keeps the argument name `state` for itself, hence `in_state`.
@get("/api/v1/activations", tags=["activation"], summary="Activations, by state, reason or service")
async def list_activations(
    tx: NamedDependency[Transaction],
    in_state: Annotated[ActivationState | None, QueryParameter(name="state")] = None,
    reason: FromQuery[Reason | None] = None,
    service_id: FromQuery[UUID | None] = None,
    page_size: PageSize = 50,
    cursor: FromQuery[str | None] = None,
) -> Page[ActivationView]:
    return await service.activations(
        tx, state=in_state, reason=reason, service_id=service_id, page_size=page_size, cursor=cursor
    )


@get("/api/v1/activations/{activation_id:uuid}", tags=["activation"], summary="One activation and its steps")
async def see_activation(tx: NamedDependency[Transaction], activation_id: FromPath[UUID]) -> ActivationDetail:
    return await service.activation(tx, activation_id)


@get("/api/v1/activation-fallouts", tags=["activation"], summary="What waits for a person, by reason")
async def count_fallouts(tx: NamedDependency[Transaction], principal: NamedDependency[Principal]) -> list[FalloutCount]:
    return await service.fallout_counts(tx, principal)


@post("/api/v1/activation-fallouts/retries", status_code=200, tags=["activation"], summary="Try fallouts again")
async def retry_fallouts(
    tx: NamedDependency[Transaction], once: NamedDependency[Once], data: JSONBody[RetryFallouts]
) -> Retried:
    return await once(Retried, lambda: service.retry_all(tx, data))


@post("/api/v1/activations/{activation_id:uuid}/retry", status_code=200, tags=["activation"], summary="Try again")
async def retry_activation(
    tx: NamedDependency[Transaction], once: NamedDependency[Once], activation_id: FromPath[UUID]
) -> ActivationDetail:
    return await once(ActivationDetail, lambda: service.retry(tx, activation_id))


@post(
    "/api/v1/activations/{activation_id:uuid}/override",
    status_code=200,
    tags=["activation"],
    summary="Vouch for the step that fell out",
)
async def override_activation(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    activation_id: FromPath[UUID],
    data: JSONBody[Decide],
) -> ActivationDetail:
    return await once(ActivationDetail, lambda: service.override(tx, activation_id, data))


@post(
    "/api/v1/activations/{activation_id:uuid}/rollback",
    status_code=200,
    tags=["activation"],
    summary="Take back what was written",
)
async def roll_back_activation(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    activation_id: FromPath[UUID],
    data: JSONBody[Decide],
) -> ActivationDetail:
    return await once(ActivationDetail, lambda: service.roll_back(tx, activation_id, data))


@post(
    "/api/v1/activations/{activation_id:uuid}/abandonment",
    status_code=200,
    tags=["activation"],
    summary="Give it up and leave the network as it is",
)
async def abandon_activation(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    activation_id: FromPath[UUID],
    data: JSONBody[Decide],
) -> ActivationDetail:
    return await once(ActivationDetail, lambda: service.abandon(tx, activation_id, data))


@post("/api/v1/services/{service_id:uuid}/suspension", status_code=202, tags=["activation"], summary="Suspend it")
async def suspend_service(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    service_id: FromPath[UUID],
    data: JSONBody[MoveService],
) -> ActivationDetail:
    return await once(ActivationDetail, lambda: service.move_service(tx, service_id, Purpose.SUSPEND, data))


@post("/api/v1/services/{service_id:uuid}/resumption", status_code=202, tags=["activation"], summary="Resume it")
async def resume_service(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    service_id: FromPath[UUID],
    data: JSONBody[MoveService],
) -> ActivationDetail:
    return await once(ActivationDetail, lambda: service.move_service(tx, service_id, Purpose.RESUME, data))


@post("/api/v1/services/{service_id:uuid}/termination", status_code=202, tags=["activation"], summary="End it")
async def terminate_service(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    service_id: FromPath[UUID],
    data: JSONBody[MoveService],
) -> ActivationDetail:
    return await once(ActivationDetail, lambda: service.move_service(tx, service_id, Purpose.TERMINATE, data))


@post("/api/v1/services/{service_id:uuid}/change", status_code=202, tags=["activation"], summary="Change what it has")
async def change_service(
    tx: NamedDependency[Transaction],
    once: NamedDependency[Once],
    service_id: FromPath[UUID],
    data: JSONBody[ChangeService],
) -> ActivationDetail:
    return await once(ActivationDetail, lambda: service.change_service(tx, service_id, data))


@post("/api/v1/network/contacts", status_code=200, tags=["activation"], summary="Equipment came up on the network")
async def hear_contact(
    tx: NamedDependency[Transaction], once: NamedDependency[Once], data: JSONBody[ReportContact]
) -> ContactView:
    return await once(ContactView, lambda: service.hear(tx, data))


ROUTES = [
    list_activations,
    see_activation,
    count_fallouts,
    retry_fallouts,
    retry_activation,
    override_activation,
    roll_back_activation,
    abandon_activation,
    suspend_service,
    resume_service,
    terminate_service,
    change_service,
    hear_contact,
]
