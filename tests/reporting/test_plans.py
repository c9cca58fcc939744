"""How the database reads what a report counts: by an index of the days, never through the whole of a table that grows."""

import re
from typing import Any

import pytest
from sqlalchemy import Executable, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ClauseElement

from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.reporting.counting import Counted
from backend.reporting.reports import REPORTS, Report
from tests.fakes import MONDAY
from tests.reporting.attended import day

pytestmark = pytest.mark.anyio

COUNTED = Counted(
    first_day=day(0),
    last_day=day(91),
    within_days=30,
    zones=frozenset({"Europe/Helsinki"}),
    office_zone="Europe/Helsinki",
    now=MONDAY,
)
# What is read whole is as small as a territory or a day of the period; `anon_…` was made by the query itself.
SMALL = {"local_day", "territory"}
SCAN = re.compile(r"^SCAN (?!\d+ CONSTANT)(\S+)")


class Explained(Executable, ClauseElement):
    """The plan of a statement instead of its rows."""

    inherit_cache = False

    def __init__(self, statement: Any) -> None:
        self.statement = statement


@compiles(Explained, "sqlite")
def _explained(element: Explained, compiler: SQLCompiler, **given: Any) -> str:
    return "EXPLAIN QUERY PLAN " + compiler.process(element.statement, **given)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("report", [one for one in REPORTS.values() if one.count], ids=lambda one: one.name)
async def test_no_table_that_grows_is_read_whole(database: Database, report: Report):
    assert report.count is not None
    query = select(report.count(COUNTED).subquery())
    async with database.snapshot(SYSTEM, "test") as tx:
        plan = [row[-1] for row in await tx.session.execute(Explained(query))]

    scanned = {found[1] for line in plan if (found := SCAN.match(line))}
    assert {name for name in scanned - SMALL if not name.startswith("anon_")} == set(), "\n".join(plan)
    assert any("SEARCH" in line for line in plan)
