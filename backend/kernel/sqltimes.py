"""Times in SQL, written alike for both databases: the seconds between two instants, one shifted, the earlier and the later one."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from backend.kernel.tables import UtcDateTime


class SecondsBetween(FunctionElement[int]):
    """Whole seconds from the first instant to the second, negative when that is the earlier one; NULL for a NULL."""

    name = "seconds_between"
    type = BigInteger()
    inherit_cache = True


class Shifted(FunctionElement[datetime]):
    """The instant so many seconds later, before when they are below zero: to compare columns with, by `>=` or `<`.

    On SQLite it ends with the milliseconds, and so stands just before the same instant with its microseconds.
    """

    name = "shifted"
    type = UtcDateTime()
    inherit_cache = True


class Earlier(FunctionElement[datetime]):
    """The earlier of two instants; neither may be NULL, which the databases take differently."""

    name = "earlier"
    type = UtcDateTime()
    inherit_cache = True


class Later(FunctionElement[datetime]):
    """The later of two instants; neither may be NULL."""

    name = "later"
    type = UtcDateTime()
    inherit_cache = True


@compiles(SecondsBetween, "sqlite")
def _seconds_on_sqlite(element: SecondsBetween, compiler: SQLCompiler, **given: Any) -> str:
    start, end = _both(element, compiler, given)
    return f"CAST(ROUND((julianday({end}) - julianday({start})) * 86400.0) AS INTEGER)"


@compiles(SecondsBetween, "postgresql")
def _seconds_on_postgresql(element: SecondsBetween, compiler: SQLCompiler, **given: Any) -> str:
    start, end = _both(element, compiler, given)
    return f"CAST(ROUND(EXTRACT(EPOCH FROM ({end} - {start}))) AS BIGINT)"


@compiles(Shifted, "sqlite")
def _shifted_on_sqlite(element: Shifted, compiler: SQLCompiler, **given: Any) -> str:
    instant, seconds = _both(element, compiler, given)
    return f"strftime('%Y-%m-%d %H:%M:%f', {instant}, ({seconds}) || ' seconds')"


@compiles(Shifted, "postgresql")
def _shifted_on_postgresql(element: Shifted, compiler: SQLCompiler, **given: Any) -> str:
    instant, seconds = _both(element, compiler, given)
    return f"({instant} + make_interval(secs => {seconds}))"


@compiles(Earlier, "sqlite")
def _earlier_on_sqlite(element: Earlier, compiler: SQLCompiler, **given: Any) -> str:
    return "min({}, {})".format(*_both(element, compiler, given))


@compiles(Earlier, "postgresql")
def _earlier_on_postgresql(element: Earlier, compiler: SQLCompiler, **given: Any) -> str:
    return "least({}, {})".format(*_both(element, compiler, given))


@compiles(Later, "sqlite")
def _later_on_sqlite(element: Later, compiler: SQLCompiler, **given: Any) -> str:
    return "max({}, {})".format(*_both(element, compiler, given))


@compiles(Later, "postgresql")
def _later_on_postgresql(element: Later, compiler: SQLCompiler, **given: Any) -> str:
    return "greatest({}, {})".format(*_both(element, compiler, given))


def _both(element: FunctionElement[Any], compiler: SQLCompiler, given: dict[str, Any]) -> tuple[str, str]:
    first, second = element.clauses
    return compiler.process(first, **given), compiler.process(second, **given)
