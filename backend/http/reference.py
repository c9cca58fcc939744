"""The API's description as a page: plain HTML from the OpenAPI document, without a script and without the outside."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

import msgspec
from litestar import Request
from litestar.openapi.plugins import OpenAPIRenderPlugin

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
details { border: 1px solid #ccd; border-radius: 6px; margin: .5rem 0; padding: .5rem 1rem; }
summary { cursor: pointer; min-height: 2rem; }
pre { overflow-x: auto; background: #f4f5f8; padding: .75rem; border-radius: 6px; }
code { font-weight: 600; }
"""


class ReferencePage(OpenAPIRenderPlugin):
    """Every operation by tag, then every shape that they take or give."""

    def __init__(self) -> None:
        super().__init__(path="/reference")

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        title = escape(f"{openapi_schema['info']['title']} {openapi_schema['info']['version']}")
        shapes = openapi_schema.get("components", {}).get("schemas", {})
        document = escape(self.get_openapi_json_route(request))
        page = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>{STYLE}</style></head><body>
<h1>{title}</h1><p>The same as <a href="{document}">OpenAPI, for programs</a>.</p>
{"".join(_sections(openapi_schema.get("paths", {})))}
<h2>Shapes</h2>{"".join(_shape(name, shape) for name, shape in sorted(shapes.items()))}
</body></html>"""
        return page.encode()


def _sections(paths: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    by_tag: dict[str, list[str]] = {}
    for path, methods in sorted(paths.items()):
        for method, operation in methods.items():
            if isinstance(operation, dict):
                tag = (operation.get("tags") or ["other"])[0]
                by_tag.setdefault(tag, []).append(_operation(method, path, operation))
    for tag, operations in sorted(by_tag.items()):
        yield f"<h2>{escape(tag)}</h2>{''.join(operations)}"


def _operation(method: str, path: str, operation: Mapping[str, Any]) -> str:
    named = f"<code>{method.upper()} {escape(path)}</code> {escape(operation.get('summary', ''))}"
    details = {name: operation[name] for name in ("parameters", "requestBody", "responses") if operation.get(name)}
    said = escape(operation.get("description", ""))
    return f"<details><summary>{named}</summary><p>{said}</p>{_data(details)}</details>"


def _shape(name: str, shape: Mapping[str, Any]) -> str:
    return f'<details id="{escape(name)}"><summary><code>{escape(name)}</code></summary>{_data(shape)}</details>'


def _data(value: Any) -> str:
    return f"<pre>{escape(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())}</pre>"  # defaults are structs
