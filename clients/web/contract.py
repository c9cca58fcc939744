"""What the web clients take from the backend as data: the lifecycles, and the OpenAPI document for their types.

`npm run contract` writes shared/lifecycles.json and shared/api/schema.d.ts anew; both are committed. It calls
`python -m clients.web.contract lifecycles` and `… openapi FILE`.
"""

import json
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any, cast

from litestar.serialization import encode_json

LIFECYCLES_JSON = Path(__file__).parent / "shared" / "lifecycles.json"


def lifecycles() -> str:
    """The state tables of jobs, by name: {name: {initial, moves: {state: {command: next state}}}}; and their reasons."""
    from backend.jobs import reasons
    from backend.jobs.lifecycle import LIFECYCLES

    tables = {table.pop("name"): table for table in (lifecycle.as_data() for lifecycle in LIFECYCLES)}
    return json.dumps(tables | {"reasons": reasons.as_data()}, indent=2) + "\n"


def openapi() -> bytes:
    """The OpenAPI document, with the shapes that travel by sync beside those of the routes."""
    from backend.app import create_app

    app = create_app(cast(Any, nullcontext))
    document = app.openapi_schema.to_schema()
    # The description's own pages are no part of the contract. A route of two paths has them in an order of its process.
    document["paths"] = {
        path: document["paths"][path] for path in sorted(document["paths"]) if not path.startswith("/schema")
    }
    document["components"]["schemas"] |= _documents()
    return encode_json(document)


def _documents() -> dict[str, Any]:
    """The shapes of documents that no route answers with."""
    import msgspec

    from backend.booking.schemas import AppointmentDocument
    from backend.dispatch.schemas import PresenceDocument
    from backend.inventory.schemas import SerialGrammarsDocument, SerialUnitDocument
    from backend.inventory.van_schemas import VanDocument
    from backend.jobs.schemas import JobDocument, ReviewCardView
    from backend.workforce.schemas import TechnicianDocument

    units = (SerialUnitDocument, SerialGrammarsDocument, VanDocument)
    shapes = [AppointmentDocument, *units, JobDocument, PresenceDocument, ReviewCardView, TechnicianDocument]
    return msgspec.json.schema_components(shapes, ref_template="#/components/schemas/{name}")[1]


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["lifecycles"]:
            LIFECYCLES_JSON.write_text(lifecycles())
        case ["openapi", target]:
            Path(target).parent.mkdir(exist_ok=True)
            Path(target).write_bytes(openapi())
        case _:
            sys.exit(__doc__)
