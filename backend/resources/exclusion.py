"""No address is in two blocks, whatever their sizes: the database itself refuses it.

A block is kept by its first and last address as 32 hexadecimal digits, IPv4 where IPv6 has it (::ffff:0:0/96, RFC 4291,
2.5.5.2), so that texts compare as addresses do. PostgreSQL has an exclusion constraint over ranges of such texts; SQLite
triggers refuse the same rows under the same name. Migrations run the very same statements.
"""

from ipaddress import IPv4Network, IPv6Network

from sqlalchemy import DDL, Table, event

from backend.catalogue.schemas import PoolKind

OVERLAP = "ex_address_block_overlap"
IPV4_IN_IPV6 = 0xFFFF << 32

POSTGRESQL_STATEMENTS = (
    'CREATE TYPE address_span AS RANGE (subtype = text, collation = "C")',
    f"ALTER TABLE address_block ADD CONSTRAINT {OVERLAP} EXCLUDE USING gist "
    "(address_span(first_address, last_address, '[]') WITH &&)",
)

_REFUSAL = (
    f"SELECT RAISE(ABORT, '{OVERLAP}') FROM address_block AS other WHERE other.id <> NEW.id"  # noqa: S608 - constants
    " AND other.first_address <= NEW.last_address AND NEW.first_address <= other.last_address;"
)

SQLITE_STATEMENTS = tuple(
    f"CREATE TRIGGER {OVERLAP}_{moment.lower()} BEFORE {moment} ON address_block BEGIN {_REFUSAL} END"
    for moment in ("INSERT", "UPDATE")
)

STATEMENTS = {"postgresql": POSTGRESQL_STATEMENTS, "sqlite": SQLITE_STATEMENTS}


def span(kind: PoolKind, block: str) -> tuple[str, str] | None:
    """First and last address of a block as it was typed (see `ranges`); None for what has no addresses."""
    outer = block.partition(" as ")[0].strip()
    if kind is PoolKind.IPV4:
        network = IPv4Network(outer)
        return _digits(IPV4_IN_IPV6 + int(network[0])), _digits(IPV4_IN_IPV6 + int(network[-1]))
    if kind is PoolKind.IPV6:
        wide = IPv6Network(outer)
        return _digits(int(wide[0])), _digits(int(wide[-1]))
    return None


def attach(table: Table) -> None:
    """Run the statements of the database's dialect whenever the table is created."""
    for dialect, statements in STATEMENTS.items():
        for statement in statements:
            event.listen(table, "after_create", DDL(statement).execute_if(dialect=dialect))


def _digits(address: int) -> str:
    return f"{address:032x}"
