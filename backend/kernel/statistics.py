"""What SQLite's planner knows of the tables: counted anew from time to time, as PostgreSQL does by itself."""

from datetime import timedelta

from sqlalchemy import text

from backend.kernel.audit import SYSTEM
from backend.kernel.chores import Chore
from backend.kernel.db import Database

ROWS_AT_MOST = 1000  # of each index: enough for the planner (SQLite's own advice), milliseconds for any table


async def count_anew(database: Database) -> None:
    """See above; nothing on PostgreSQL. Connections that are open go by what they knew, until SQLite reads its schema again.

    Source: SQLite, "The ANALYZE command", section 3, approximate analysis.
    """
    if database.dialect != "sqlite":
        return
    async with database.transaction(SYSTEM, "statistics") as tx:
        await tx.session.execute(text(f"PRAGMA analysis_limit={ROWS_AT_MOST}"))
        await tx.session.execute(text("ANALYZE"))


CHORES = {"statistics": Chore(every=timedelta(hours=1), perform=count_anew)}
