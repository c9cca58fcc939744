"""Too much too often is refused at the door: after the caller is known, before a byte of the body is read."""

from litestar.types import ASGIApp, Receive, Scope, Send

from backend.identity.principal import NOBODY, Principal
from backend.offline.pressure import Pressure


class Pacing:
    """Holds the routes with the option `paced` to the pace of each credential. Who shows none is refused elsewhere."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller: Principal = scope.get("user") or NOBODY
        if caller is not NOBODY and scope["route_handler"].opt.get("paced"):
            pressure: Pressure = scope["litestar_app"].state.pressure
            pressure.admit(caller.actor)
        await self.app(scope, receive, send)
