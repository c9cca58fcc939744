"""HTTP of notifications: what a phone's browser needs to subscribe, and where it is reached from then on."""

from litestar import delete, get, put
from litestar.di import NamedDependency
from litestar.params import JSONBody

from backend.identity.principal import Principal
from backend.kernel.db import Transaction
from backend.notifications import service
from backend.notifications.keys import PushKeys
from backend.notifications.schemas import NoPush, PushKeyView, Subscribe
from backend.settings import Settings


@get("/api/v1/push-key", tags=["notifications"], summary="The key for which a browser subscribes")
async def see_push_key(push_keys: NamedDependency[PushKeys | None]) -> PushKeyView:
    return PushKeyView(public_key=(await _required(push_keys).current()).public_key)


@put("/api/v1/push-subscription", status_code=204, tags=["notifications"], summary="Notify the calling phone")
async def subscribe_phone(
    tx: NamedDependency[Transaction],
    principal: NamedDependency[Principal],
    settings: NamedDependency[Settings],
    push_keys: NamedDependency[PushKeys | None],
    data: JSONBody[Subscribe],
) -> None:
    _required(push_keys)
    await service.subscribe(tx, principal, data, private_hosts=settings.allowed_hosts)


@delete(
    "/api/v1/push-subscription", status_code=204, tags=["notifications"], summary="Notify the calling phone no more"
)
async def unsubscribe_phone(tx: NamedDependency[Transaction], principal: NamedDependency[Principal]) -> None:
    assert principal.device_id is not None, "only phones may call this"
    await service.forget_phone(tx, principal.device_id)


def _required(push_keys: PushKeys | None) -> PushKeys:
    if push_keys is None:
        raise NoPush()
    return push_keys


ROUTES = [see_push_key, subscribe_phone, unsubscribe_phone]
