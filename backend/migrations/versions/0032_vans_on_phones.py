"""The vans that are there already, in the feed of their technicians.

With their bodies: the code before this one knows no such document and could not render it.
"""

import json
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

KIND = "van"
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def _table(name: str, ids: str, texts: str, **others: sa.types.TypeEngine[Any]) -> sa.TableClause:
    columns = [sa.column(one, sa.Uuid()) for one in ids.split()] + [
        sa.column(one, sa.String()) for one in texts.split()
    ]
    return sa.table(name, *columns, *(sa.column(one, kind) for one, kind in others.items()))


NUMBER, INSTANT = sa.BigInteger(), sa.DateTime(timezone=True)
PLACE = _table("stock_location", "id technician_id", "kind name")
MODEL = _table("cpe_model", "", "code", is_serialised=sa.Boolean())
LINE = _table("stock_move", "from_location_id to_location_id", "model", quantity=NUMBER)
LEVEL = _table("stock_level", "location_id", "model", minimum=NUMBER, maximum=NUMBER)
COUNT = _table("stock_count", "location_id", "model", at=INSTANT)
UNIT = _table("serial_unit", "", "serial model")
SENT = dict.fromkeys(("serials", "parts", "received_serials", "received_parts"), JSON)
TRANSFER = _table("transfer_order", "id from_location_id to_location_id", "state", shipped_at=INSTANT, **SENT)
SCOPE = _table("feed_scope", "", "scope", seq=NUMBER, floor=NUMBER, mismatches=NUMBER)
ENTRY = _table("feed_entry", "id", "scope kind op", seq=NUMBER, version=NUMBER)
BODY = _table("feed_body", "id", "kind", version=NUMBER, body=sa.LargeBinary())


def upgrade() -> None:
    if not op.get_context().as_sql:  # what is only read has no rows to take over
        _tell_of_vans(op.get_bind())


def downgrade() -> None:
    op.execute(sa.delete(BODY).where(BODY.c.kind == KIND))
    op.execute(sa.delete(ENTRY).where(ENTRY.c.kind == KIND))


def _tell_of_vans(connection: sa.Connection) -> None:
    vans = connection.execute(sa.select(PLACE).where(PLACE.c.technician_id.is_not(None)).order_by(PLACE.c.id)).all()
    balances, levels, counts = _balances(connection), _levels(connection), _counts(connection)
    parts = _rows(connection, sa.select(MODEL.c.code).where(sa.not_(MODEL.c.is_serialised)).order_by(MODEL.c.code))
    places = _places(connection)
    for van in vans:
        told = {
            "id": str(van.id),
            "name": van.name,
            "parts": {model: balances[van.id, model] for (model,) in parts},
            "levels": levels[van.id],
            "counted": counts[van.id],
            "transfers": _transfers(connection, van.id),
            "places": places,
        }
        _put(connection, f"technician:{van.technician_id}", van.id, told)


def _put(connection: sa.Connection, scope: str, id_: UUID, told: dict[str, Any]) -> None:
    further = sa.update(SCOPE).where(SCOPE.c.scope == scope).values(seq=SCOPE.c.seq + 1)
    if connection.execute(further).rowcount == 0:
        connection.execute(sa.insert(SCOPE).values(scope=scope, seq=1, floor=0, mismatches=0))
    seq = connection.execute(sa.select(SCOPE.c.seq).where(SCOPE.c.scope == scope)).scalar_one()
    document = {"id": id_, "kind": KIND, "version": 1}
    connection.execute(sa.insert(ENTRY).values(**document, scope=scope, op="put", seq=seq))
    connection.execute(sa.insert(BODY).values(**document, body=json.dumps(told, separators=(",", ":")).encode()))


def _balances(connection: sa.Connection) -> dict[tuple[UUID, str], int]:
    """(place, model) → the sum of the ledger."""
    sums: dict[tuple[UUID, str], int] = defaultdict(int)
    for end, sign in ((LINE.c.to_location_id, 1), (LINE.c.from_location_id, -1)):
        total = sa.select(end, LINE.c.model, sa.func.sum(LINE.c.quantity))
        driven = sa.select(PLACE.c.id).where(PLACE.c.technician_id.is_not(None))
        for place, model, quantity in _rows(connection, total.where(end.in_(driven)).group_by(end, LINE.c.model)):
            sums[place, model] += sign * int(quantity)
    return sums


def _levels(connection: sa.Connection) -> dict[UUID, dict[str, Any]]:
    levels: dict[UUID, dict[str, Any]] = defaultdict(dict)
    for row in _rows(connection, sa.select(LEVEL).order_by(LEVEL.c.model)):
        levels[row.location_id][row.model] = {"minimum": row.minimum, "maximum": row.maximum}
    return levels


def _counts(connection: sa.Connection) -> dict[UUID, dict[str, str]]:
    counts: dict[UUID, dict[str, str]] = defaultdict(dict)
    last = sa.select(COUNT.c.location_id, COUNT.c.model, sa.func.max(COUNT.c.at))
    for place, model, at in _rows(connection, last.group_by(COUNT.c.location_id, COUNT.c.model)):
        counts[place][model] = _told(at)
    return counts


def _places(connection: sa.Connection) -> list[dict[str, str]]:
    query = sa.select(PLACE).where(PLACE.c.kind.in_(["depot", "returns"])).order_by(PLACE.c.name, PLACE.c.id)
    return [{"id": str(row.id), "name": row.name, "kind": row.kind} for row in _rows(connection, query)]


def _transfers(connection: sa.Connection, van_id: UUID) -> list[dict[str, Any]]:
    query = sa.select(TRANSFER, PLACE.c.name.label("from_name")).join(PLACE, PLACE.c.id == TRANSFER.c.from_location_id)
    coming = query.where(TRANSFER.c.to_location_id == van_id, TRANSFER.c.state.in_(["shipped", "short"]))
    return [_transfer(connection, row) for row in _rows(connection, coming.order_by(TRANSFER.c.id).limit(20))]


def _transfer(connection: sa.Connection, row: Any) -> dict[str, Any]:
    serials = [serial for serial in row.serials if serial not in row.received_serials]
    units = _rows(connection, sa.select(UNIT.c.serial, UNIT.c.model).where(UNIT.c.serial.in_(serials)))
    models = {unit.serial: unit.model for unit in units}
    left = {model: count - row.received_parts.get(model, 0) for model, count in row.parts.items()}
    return {
        "id": str(row.id),
        "from_name": row.from_name,
        "state": row.state,
        "shipped_at": _told(row.shipped_at),
        "units": [{"serial": serial, "model": models[serial]} for serial in serials],
        "parts": {model: count for model, count in left.items() if count},
    }


def _rows(connection: sa.Connection, query: Any) -> list[Any]:
    return list(connection.execute(query).all())


def _told(at: datetime | str) -> str:
    """An instant as documents write it; SQLite knows no zones, and a maximum there is a text."""
    known = datetime.fromisoformat(at) if isinstance(at, str) else at
    aware = known.replace(tzinfo=UTC) if known.tzinfo is None else known
    return aware.astimezone(UTC).isoformat().replace("+00:00", "Z")
