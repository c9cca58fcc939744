"""How alembic runs here: one transaction for each migration, locks that are given up soon and tried again.

The address comes from the caller (`upgrade` in `run`), or from TRUCKROLL_DATABASE on alembic's own command line.
"""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection, text

from backend.kernel.tables import StructJson, UtcDateTime
from backend.migrations.run import sync_engine
from backend.migrations.tables import all_tables
from backend.settings import read_settings

LOCK_TIMEOUT = "200ms"  # an ALTER that waits behind a reader stalls all readers after it; rather try again


def migrate(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET lock_timeout = '{LOCK_TIMEOUT}'"))
    context.configure(
        connection=connection,
        target_metadata=all_tables(),
        render_as_batch=connection.dialect.name == "sqlite",  # SQLite alters a table by copying it
        transaction_per_migration=True,
        render_item=render,
    )
    with context.begin_transaction():
        context.run_migrations()


def render(kind: str, item: Any, _autogen: Any) -> str | Literal[False]:
    """How our column types stand in a migration: as what the database stores, free of our classes."""
    if kind == "type" and isinstance(item, StructJson):
        return 'sa.JSON().with_variant(postgresql.JSONB(), "postgresql")'
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def online() -> None:
    given: Connection | None = context.config.attributes.get("connection")
    if given is not None:
        migrate(given)
        return
    with sync_engine(read_settings().database_url).connect() as connection:
        migrate(connection)


def offline() -> None:
    """Only the SQL, for reading and for checkers: `alembic upgrade --sql head`."""
    context.configure(dialect_name="postgresql", target_metadata=all_tables(), literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    offline()
else:
    online()
