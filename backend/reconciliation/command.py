"""`truckroll reconcile`: a run on the spot, with a progress bar and a table of what was found."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.table import Table

from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.kernel.errors import DomainError, Invalid
from backend.ports import Billing
from backend.reconciliation import queries, tasks
from backend.reconciliation.comparing import Progress
from backend.reconciliation.extract import Form
from backend.reconciliation.lifecycle import RunState
from backend.reconciliation.schemas import RunView

IN_BALANCE, DIFFERS, FAILED = 0, 1, 2  # exit codes
FORMS: dict[str, Form] = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl"}


class CannotCompare(Invalid):
    """There is nothing to compare with. params: reason."""

    code = "cannot_compare"


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What the command was asked. file: None asks billing; as_of: when it was written, None for the date of the file."""

    file: Path | None
    as_of: datetime | None


async def reconcile(database: Database, billing: Billing | None, wanted: Wanted, console: Console) -> int:
    """The exit code. Prints how far it is, then what was found, or what is wrong with the extract."""
    try:
        with _bars(console) as progress:
            run = await _run(database, billing, wanted, progress)
    except (DomainError, OSError) as error:
        console.print(f"[red]{error}[/]")
        return FAILED
    if run.state is RunState.FAILED:
        _show_failure(run, console)
        return FAILED
    console.print(
        f"{run.services_compared} services and {run.units_compared} units held against {run.items_compared} billed items: "
        f"{run.breaks_found} differ, {run.breaks_opened} of them new, {run.breaks_closed} are gone"
    )
    return await _show_breaks(database, console)


async def _run(database: Database, billing: Billing | None, wanted: Wanted, progress: Progress) -> RunView:
    if wanted.file is None:
        if billing is None:
            raise CannotCompare(reason="no billing system is set (TRUCKROLL_BILLING_URL): name a file")
        return await tasks.run_now(database, billing, progress=progress)
    form = FORMS.get(wanted.file.suffix)
    if form is None:
        raise CannotCompare(reason=f"{wanted.file.name} is none of {', '.join(FORMS)}")
    as_of = wanted.as_of or datetime.fromtimestamp(wanted.file.stat().st_mtime, UTC)
    return await tasks.run_file(database, wanted.file, form, as_of=as_of, progress=progress)


@contextmanager
def _bars(console: Console) -> Iterator[Progress]:
    """One bar for each stage. A stage whose size is not known yet moves to and fro."""
    with Bars(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    ) as bars:
        known: dict[str, TaskID] = {}

        def show(stage: str, done: int, total: int) -> None:
            if stage not in known:
                known[stage] = bars.add_task(stage, total=None)
            bars.update(known[stage], completed=done, total=total or None)

        yield show


def _show_failure(run: RunView, console: Console) -> None:
    console.print(f"[red]nothing was compared: {run.failure}[/]")
    for error in run.errors:
        console.print(f"row {error.row}: {error.column or 'the row'}: {error.code} {error.value}", markup=False)


async def _show_breaks(database: Database, console: Console) -> int:
    async with database.snapshot(SYSTEM, "reconcile") as tx:
        tallies = await queries.tallies(tx)
    if not tallies:
        return IN_BALANCE
    table = Table("kind", "state", "breaks", "at risk a day", "since")
    for one in tallies:
        table.add_row(
            one.kind,
            one.state,
            str(one.break_count),
            f"{one.risk_minor_per_day} {one.currency}",
            f"{one.oldest_since:%F}",
        )
    console.print(table)
    return DIFFERS
