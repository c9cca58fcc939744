"""Looking after a deployment: is it complete, is it copied, does it agree with billing."""

import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, cast

import typer

from backend.terminal import Database, console, refuse, settings_of


def doctor(
    database: Database = "",
    home: Annotated[Path | None, typer.Option(help="Look at the demo of this directory (var/demo).")] = None,
) -> None:
    """Look whether this deployment is complete: database, migrations, roads, network, billing, mail."""
    from backend.doctor import examine

    if home is not None:
        _go_to(home)
    findings = asyncio.run(examine(settings_of(database)))
    for finding in findings:
        console.print(
            f"{'[green]✓[/]' if finding.is_well else '[red]✗[/]'} {finding.what}: {finding.found}", soft_wrap=True
        )
    raise typer.Exit(0 if all(finding.is_well for finding in findings) else 1)


def _go_to(home: Path) -> None:
    """Take the settings of the demo in a directory; refuses one that has none."""
    from backend.demo.site import Site

    try:
        os.environ.update(Site.load(home).environment)
    except FileNotFoundError:
        refuse(f"no demo is in {home}: truckroll demo --home {home} makes one")


def backup(
    file: Annotated[Path | None, typer.Argument(help="Where to: a SQLite file, or an archive for pg_restore.")] = None,
    mark: Annotated[datetime | None, typer.Option(help="Instead: your own backup began then (UTC).")] = None,
    database: Database = "",
) -> None:
    """Copy the database while it is in use; phones let go of what a backup holds. Copy the blobs' folder afterwards."""
    from backend import backups

    if (file is None) == (mark is None):
        refuse("name a FILE to back up to, or --mark the time at which your own backup began.")
    settings = settings_of(database)
    try:
        made = (
            backups.back_up(settings, file)
            if file
            else backups.mark(settings, cast(datetime, mark).replace(tzinfo=UTC))
        )
        console.print(f"backed up; {asyncio.run(made)} pieces of phones' work came later and are in no backup")
    except backups.BackupFailed as error:
        refuse(str(error))


def restored(database: Database = "") -> None:
    """After a backup was put back: begin a new epoch, so that phones send again what the backup did not hold."""
    from backend.backups import restored as begin

    console.print(f"epoch [bold]{asyncio.run(begin(settings_of(database)))}[/] begins")


def reconcile(
    file: Annotated[
        Path | None, typer.Argument(help="Billing's extract (.csv or .jsonl); default: ask billing.")
    ] = None,
    as_of: Annotated[
        datetime | None, typer.Option(help="When billing wrote the file (UTC); default: its date.")
    ] = None,
    database: Database = "",
) -> None:
    """Hold what billing bills against what runs and what is installed; exit code 0 only when nothing differs."""
    from backend.parts import open_parts
    from backend.reconciliation import command

    wanted = command.Wanted(file=file, as_of=as_of and as_of.replace(tzinfo=UTC))

    async def compare() -> int:
        async with open_parts(settings_of(database)) as parts:
            return await command.reconcile(parts.database, parts.billing, wanted, console)

    raise typer.Exit(asyncio.run(compare()))


def verify_audit(
    head: Annotated[str, typer.Option(help="A head that was printed and noted earlier (NUMBER:DIGEST).")] = "",
    database: Database = "",
) -> None:
    """Verify the chain of the audit rows: exit code 0 only when none was changed, taken out or put in."""
    from backend.auditing import BadHead, verify

    try:
        raise typer.Exit(asyncio.run(verify(settings_of(database), head, console)))
    except BadHead as error:
        refuse(str(error))
