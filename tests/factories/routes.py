"""The routes of the application, as it is put together: what tests over all of them go through."""

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from backend.identity.access import Route


def guarded(app: Litestar) -> list[tuple[Route, HTTPRouteHandler]]:
    """Every method and path with its handler, but for public pages and files and the answers to OPTIONS."""
    return [
        ((str(method), route.path), handler)
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in sorted(handler.http_methods - {"OPTIONS"})
        if not handler.opt.get("public")
    ]


def row_of(route: Route) -> Route:
    """HEAD is GET without a body, and has the row of GET."""
    return route[0].replace("HEAD", "GET"), route[1]
