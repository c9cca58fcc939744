"""A technician is never in two places: the database itself refuses it, whatever the code does.

PostgreSQL has exclusion constraints for that; SQLite gets triggers that refuse the same rows under the same name. The
statements run when the table is created, and migrations run the very same text.
"""

from sqlalchemy import DDL, Table, event

OVERLAP = "ex_technician_time_overlap"

# Ranges of numbers and of times both have GiST operators built in, so that no extension is needed.
POSTGRESQL_STATEMENTS = (
    f"ALTER TABLE technician_time ADD CONSTRAINT {OVERLAP} EXCLUDE USING gist ("
    "int8range(technician_number, technician_number, '[]') WITH &&, tstzrange(starts_at, ends_at) WITH &&"
    ") WHERE (released_at IS NULL)",
)

_REFUSAL = (
    f"SELECT RAISE(ABORT, '{OVERLAP}') FROM technician_time AS other"  # noqa: S608 - constants
    " WHERE NEW.released_at IS NULL AND other.released_at IS NULL AND other.id <> NEW.id"
    " AND other.technician_number = NEW.technician_number"
    " AND other.starts_at < NEW.ends_at AND NEW.starts_at < other.ends_at;"
)

SQLITE_STATEMENTS = tuple(
    f"CREATE TRIGGER {OVERLAP}_{moment.lower()} BEFORE {moment} ON technician_time BEGIN {_REFUSAL} END"
    for moment in ("INSERT", "UPDATE")
)

STATEMENTS = {"postgresql": POSTGRESQL_STATEMENTS, "sqlite": SQLITE_STATEMENTS}


def attach(table: Table) -> None:
    """Run the statements of the database's dialect whenever the table is created."""
    for dialect, statements in STATEMENTS.items():
        for statement in statements:
            event.listen(table, "after_create", DDL(statement).execute_if(dialect=dialect))
