"""The part of FreeRADIUS's SQL schema that we use, and how a subscriber's profile stands in it.

One subscriber is one user name: the service's id. What we write is all that the user name has, so that what is read
back shows every row that somebody else put there.
Source: FreeRADIUS 3.2, mods-config/sql/main/{postgresql,sqlite}/schema.sql; its rlm_sql documentation for operators.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import Column, DateTime, Dialect, Integer, MetaData, String, Table, TypeDecorator, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

SET = ":="
SUBSCRIBERS, SUSPENDED = "subscribers", "suspended"  # groups, to which an operator may add replies of its own
ENABLED = "enabled"

# Profile attribute → RADIUS attribute, and bits per second for each unit of a rate (ours are in kilobits).
# Sources: RFC 2865 5.8, RFC 4818 3, Wi-Fi Alliance "Best Current Practices for WISP Roaming" 1.0, appendix.
REPLIES = {
    "ipv4": ("Framed-IP-Address", 0),
    "ipv6": ("Delegated-IPv6-Prefix", 0),
    "downstream_kbps": ("WISPr-Bandwidth-Max-Down", 1000),
    "upstream_kbps": ("WISPr-Bandwidth-Max-Up", 1000),
}
NAMES = {attribute: (name, factor) for name, (attribute, factor) in REPLIES.items()}


class Moment(TypeDecorator[datetime]):
    """An instant as FreeRADIUS writes it: a timestamp with its zone on PostgreSQL, seconds since 1970 on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(cast(Any, Integer() if dialect.name == "sqlite" else self.impl))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        return int(value.timestamp()) if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return datetime.fromtimestamp(value, UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


SCHEMA = MetaData()
CHECK = Table(
    "radcheck",
    SCHEMA,
    Column("id", Integer, primary_key=True),
    *(Column(name, String) for name in ("username", "attribute", "op", "value")),
)
REPLY = Table(
    "radreply",
    SCHEMA,
    Column("id", Integer, primary_key=True),
    *(Column(name, String) for name in ("username", "attribute", "op", "value")),
)
GROUP = Table(
    "radusergroup",
    SCHEMA,
    Column("id", Integer, primary_key=True),
    Column("username", String),
    Column("groupname", String),
    Column("priority", Integer),
)
SESSION = Table(
    "radacct",
    SCHEMA,
    Column("radacctid", Integer, primary_key=True),
    *(Column(name, String) for name in ("acctsessionid", "acctuniqueid", "username", "nasportid", "callingstationid")),
    Column("nasipaddress", String),
    Column("acctstarttime", Moment),
    Column("acctstoptime", Moment),
)
NAS = Table("nas", SCHEMA, Column("id", Integer, primary_key=True), Column("nasname", String), Column("secret", String))


@dataclass(frozen=True)
class Rows:
    """What the three tables say of one user name. check, reply: {(attribute, operator, value)}."""

    check: frozenset[tuple[str, str, str]]
    reply: frozenset[tuple[str, str, str]]
    groups: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.check or self.reply or self.groups)


NONE = Rows(frozenset(), frozenset(), frozenset())


def rows_of(attributes: Mapping[str, str], password: str) -> Rows:
    """The rows that stand for this profile. Raises ValueError for an attribute that RADIUS has no place for."""
    if unknown := sorted(attributes.keys() - REPLIES.keys() - {"status"}):
        raise ValueError(f"RADIUS has no place for {', '.join(unknown)}")
    is_enabled = attributes.get("status") == ENABLED
    check = {("Cleartext-Password", SET, password)}
    if not is_enabled:
        check.add(("Auth-Type", SET, "Reject"))
    reply = {
        (attribute, SET, str(int(attributes[name]) * factor) if factor else attributes[name])
        for name, (attribute, factor) in REPLIES.items()
        if name in attributes
    }
    return Rows(frozenset(check), frozenset(reply), frozenset({SUBSCRIBERS if is_enabled else SUSPENDED}))


def attributes_of(rows: Rows, password: str) -> dict[str, str]:
    """The profile that these rows stand for. Rows that we would not have written show under their own names."""
    found = dict(_attribute(*reply) for reply in rows.reply)
    for status in (ENABLED, SUSPENDED):
        ours = rows_of({"status": status}, password)
        if (rows.check, rows.groups) == (ours.check, ours.groups):
            return found | {"status": status}
    others = {attribute: value for attribute, _, value in rows.check if attribute != "Cleartext-Password"}
    return found | others | {"status": "not as we write it"}


def _attribute(attribute: str, operator: str, value: str) -> tuple[str, str]:
    name, factor = NAMES.get(attribute, (attribute, 0))
    if operator != SET or (factor and int(value) % factor):
        return attribute, f"{operator} {value}"
    return name, str(int(value) // factor) if factor else value


async def write(connection: AsyncConnection, username: str, rows: Rows) -> None:
    """Make these the only rows of the user name."""
    for table in (CHECK, REPLY, GROUP):
        await connection.execute(delete(table).where(table.c.username == username))
    for table, entries in ((CHECK, rows.check), (REPLY, rows.reply)):
        values = [
            {"username": username, "attribute": attribute, "op": operator, "value": value}
            for attribute, operator, value in sorted(entries)
        ]
        if values:
            await connection.execute(table.insert(), values)
    if rows.groups:
        groups = [{"username": username, "groupname": name, "priority": 1} for name in sorted(rows.groups)]
        await connection.execute(GROUP.insert(), groups)


async def read(connection: AsyncConnection, username: str) -> Rows:
    """All rows of the user name."""

    async def entries(table: Table) -> frozenset[tuple[str, str, str]]:
        query = select(table.c.attribute, table.c.op, table.c.value).where(table.c.username == username)
        return frozenset((a, op, value) for a, op, value in await connection.execute(query))

    groups = await connection.scalars(select(GROUP.c.groupname).where(GROUP.c.username == username))
    return Rows(await entries(CHECK), await entries(REPLY), frozenset(groups))
