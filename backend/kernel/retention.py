"""Rows that are forgotten some time after an instant of theirs: one chore for each kind of them, a little at a time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import SQLColumnExpression, inspect, select
from sqlalchemy.orm import InstrumentedAttribute, load_only

from backend.kernel.audit import SYSTEM
from backend.kernel.chores import Chore
from backend.kernel.db import Database
from backend.kernel.tables import Table

AT_ONCE = 200  # a transaction of milliseconds: who writes meanwhile hardly waits


@dataclass(frozen=True, kw_only=True)
class Kept:
    """after: the column from whose instant on a row of `table` is kept for `period`; every: how often is looked."""

    table: type[Table]
    after: SQLColumnExpression[datetime]
    period: timedelta
    every: timedelta = timedelta(hours=6)


def chore(kept: Kept) -> dict[str, Chore]:
    """The chore that forgets what was kept long enough."""
    name = f"forget {kept.table.__tablename__}"
    return {name: Chore(every=kept.every, perform=partial(forget, kept=kept))}


async def forget(database: Database, *, kept: Kept) -> None:
    """Delete the rows whose time is over. What is audited leaves an audit row behind, as with any deletion."""
    table = kept.table
    key: list[InstrumentedAttribute[Any]] = [getattr(table, str(column.key)) for column in inspect(table).primary_key]
    gone = AT_ONCE
    while gone == AT_ONCE:
        async with database.transaction(SYSTEM, f"forget {table.__tablename__}") as tx:
            old = select(table).where(kept.after < tx.now - kept.period).order_by(kept.after, *key).limit(AT_ONCE)
            rows = list(await tx.session.scalars(old.options(load_only(*key)).with_for_update(skip_locked=True)))
            for row in rows:
                await tx.session.delete(row)
            gone = len(rows)
