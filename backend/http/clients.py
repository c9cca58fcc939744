"""The built web clients as static files. How long a browser may keep them stands in `headers`."""

from pathlib import Path

from litestar import get
from litestar.response import Redirect
from litestar.router import Router
from litestar.static_files import create_static_files_router

WEB = Path(__file__).parent.parent / "web"
CLIENTS = ("technician", "dispatcher", "tracking")


@get("/", include_in_schema=False)
async def home() -> Redirect:
    return Redirect("/dispatcher/")


def client_routers() -> list[Router]:
    """A router for each client that was built."""
    return [_client(name) for name in CLIENTS if (WEB / name).is_dir()]


def _client(name: str) -> Router:
    return create_static_files_router(
        path=f"/{name}", directories=[WEB / name], html_mode=True, include_in_schema=False, opt={"public": True}
    )
