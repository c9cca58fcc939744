"""A million running services of an operator, with their prices and their equipment, and billing's extract of them.

Rows are written by statements of PostgreSQL itself: with the product's own use cases it would take days. Ids count up,
as those of UUIDv7 do.
"""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, create_engine, insert, literal_column, select, text

from backend.catalogue.schemas import ChargeKind, EarnedPolicy, Period, PointOfNoReturn, ServiceKind
from backend.customers.models import Account, Premises
from backend.inventory.lifecycle import SerialState
from backend.inventory.models import LocationKind, SerialUnit, StockLocation
from backend.kernel.tables import Table
from backend.migrations.run import upgrade
from backend.orders.lifecycle import FulfilmentMethod, LineState, OrderState
from backend.orders.models import ChargeLine, OrderItem, ProductOrder
from backend.reconciliation.extract import COLUMNS
from backend.resources.lifecycle import ServiceState
from backend.resources.models import Service
from backend.workforce.models import Territory

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
AMOUNT_MINOR = 3990
CURRENCY = "EUR"
STRIDE = 7_368_787  # a prime: the extract names the services in another order than the database keeps them
SERVICES_PER_HOME = 2  # internet and voice; each home has one serialised unit

NUMBER = "n"
HOME = f"(n + {SERVICES_PER_HOME - 1}) / {SERVICES_PER_HOME}"


def fill(url: str, services: int) -> None:
    """Migrate the empty PostgreSQL database at `url`, and write running services in their homes. services: even."""
    with _loading(url) as connection:
        _homes(connection, services // SERVICES_PER_HOME, OrderState.COMPLETED, services=SERVICES_PER_HOME)
        _units(connection, services // SERVICES_PER_HOME)
        _services(connection, services)


def fill_homes(url: str, count: int) -> None:
    """Migrate the empty PostgreSQL database at `url`, and write homes whose orders wait for their one service."""
    with _loading(url) as connection:
        _homes(connection, count, OrderState.IN_PROGRESS, services=1)


@contextmanager
def _loading(url: str) -> Iterator[Connection]:
    upgrade(url)
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.begin() as connection:
        # Foreign keys are right by construction: checking six million of them would take longer than the measurement.
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        yield connection
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))  # what the server does by itself in the hours after such a load
    engine.dispose()


def write_extract(file: Path, services: int) -> None:
    """What billing bills for them, all of it right, as CSV in an order of its own."""
    with file.open("w", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(COLUMNS)
        writer.writerows(_row(1 + number * STRIDE % services) for number in range(services))


def _row(number: int) -> Iterator[Any]:
    service_id = UUID(int=number)
    home = UUID(int=(number + SERVICES_PER_HOME - 1) // SERVICES_PER_HOME)
    values: dict[str, Any] = {
        "service_id": service_id,
        "charge_line_id": service_id,
        "charge_code": "P1",
        "account_id": home,
        "kind": "subscription",
        "billed_since": SINCE.isoformat(),
        "quantity": 1,
        "amount_minor": AMOUNT_MINOR,
        "currency": CURRENCY,
        "entry_id": f"entry-{number}",
        "trigger_id": service_id,
    }
    return (values.get(name, "") for name in COLUMNS)


def _homes(connection: Connection, count: int, order_state: OrderState, *, services: int) -> None:
    """Per home: account, premises, and an order with its item, all with the home's number for their id.

    services: that the item comes to.
    """
    place = {"latitude": 60.17, "longitude": 24.94}
    territory = {"code": "T00", "name": "District", "zone": "Europe/Helsinki", **place}
    _write(connection, Territory, 1, {"id": NUMBER}, territory)
    _write(connection, Account, count, {"id": NUMBER}, {"name": "Aino Laine", "language": "fi"})
    address = {"street": "Fredrikinkatu 1", "postcode": "00120", "city": "Helsinki", "hazards": [], **place}
    _write(connection, Premises, count, {"id": NUMBER, "account_id": NUMBER, "territory_id": "1"}, address)
    order = {"id": NUMBER, "account_id": NUMBER, "premises_id": NUMBER, "territory_id": "1"}
    state = {"state": order_state}
    _write(connection, ProductOrder, count, order, {**state, "placed_at": SINCE}, number="'O-' || n")
    item = {"offering_code": "FIBRE-500", "quantity": 1, "goods": {}, "service_count": services, **state}
    item |= {"fulfilment": FulfilmentMethod.TECHNICIAN, "point_of_no_return": PointOfNoReturn.VISIT}
    _write(connection, OrderItem, count, {"id": NUMBER, "order_id": NUMBER}, item)


def _units(connection: Connection, count: int) -> None:
    """A unit on the wall of each home."""
    _write(
        connection,
        StockLocation,
        count,
        {"id": NUMBER, "premises_id": NUMBER},
        {"kind": LocationKind.PREMISES, "name": ""},
    )
    unit = {"model": "ONT-G1", "state": SerialState.INSTALLED}
    _write(connection, SerialUnit, count, {"id": NUMBER, "location_id": NUMBER}, unit, serial="'LW' || n")


def _services(connection: Connection, count: int) -> None:
    service = {"id": NUMBER, "account_id": HOME, "premises_id": HOME, "order_item_id": HOME}
    runs = {"kind": ServiceKind.INTERNET, "state": ServiceState.ACTIVE, "active_since": SINCE}
    runs |= {"characteristics": {}}
    _write(connection, Service, count, service, runs)
    line = {"id": NUMBER, "service_id": NUMBER, "order_id": HOME, "order_item_id": HOME}
    price = {"amount_minor": AMOUNT_MINOR, "currency": CURRENCY, "period": Period.MONTH, "quantity": 1}
    kind = {"code": "P1", "kind": ChargeKind.PROVISION, "description": "Fibre 500", "state": LineState.DONE}
    kind |= {"earned": EarnedPolicy.OVER_TIME}
    _write(connection, ChargeLine, count, line, price | kind)


def _write(
    connection: Connection,
    model: type[Table],
    count: int,
    ids: dict[str, str],
    same: dict[str, Any],
    **expressions: str,
) -> None:
    """`count` rows. ids: columns of ids, by an expression of the row's number n; same: what all rows have alike."""
    table: Any = model.__table__
    given: dict[str, Any] = {}
    for column in table.columns:
        if column.name in ids:
            given[column.name] = literal_column(f"lpad(to_hex({ids[column.name]}), 32, '0')::uuid")
        elif column.name in expressions:
            given[column.name] = literal_column(expressions[column.name])
        elif column.name in same:
            given[column.name] = bindparam(None, same[column.name], type_=column.type)
        elif column.default is not None and column.default.is_scalar:
            given[column.name] = bindparam(None, column.default.arg, type_=column.type)
        else:
            assert column.nullable or column.server_default, f"{table.name}.{column.name} needs a value here"
    rows = select(*given.values()).select_from(text(f"generate_series(1, {count}) n"))
    connection.execute(insert(table).from_select(list(given), rows))
