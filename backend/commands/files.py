"""The subcommands of `truckroll` that take files in and write them out."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from backend.terminal import Database, console, refuse, settings_of


def import_serials(
    file: Annotated[Path, typer.Argument(help="CSV with a heading: serial, model.", exists=True, dir_okay=False)],
    location: Annotated[str, typer.Option(help="Name or id of the place that the units are in.")],
    model: Annotated[str | None, typer.Option(help="The model of all rows, when the list does not say it.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only look what is at fault.")] = False,  # noqa: FBT002
    only_valid: Annotated[bool, typer.Option("--only-valid", help="Leave out the rows at fault.")] = False,  # noqa: FBT002
    errors: Annotated[Path | None, typer.Option(help="Where rows at fault go; default: FILE.errors.csv")] = None,
    database: Database = "",
) -> None:
    """Take a supplier's list of units into stock: a dry run first, then all rows or none."""
    from backend.imports import serials

    wanted = serials.SerialList(
        file=file, location=location, model=model, errors=errors or file.with_suffix(".errors.csv")
    )
    is_taken = serials.run(settings_of(database), wanted, is_trial=dry_run, only_valid=only_valid)
    raise typer.Exit(0 if is_taken else 1)


def import_catalogue(
    file: Annotated[
        Path, typer.Argument(help="JSON: models, work, offerings, withdrawn.", exists=True, dir_okay=False)
    ],
    effective_from: Annotated[
        datetime | None, typer.Option("--from", help="From when on it holds (UTC); default: now.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would change.")] = False,  # noqa: FBT002
    errors: Annotated[Path | None, typer.Option(help="Where rows at fault go; default: FILE.errors.csv")] = None,
    database: Database = "",
) -> None:
    """Publish a whole catalogue from a date on, all rows or none."""
    from backend.imports import catalogue

    wanted = catalogue.CatalogueFile(
        file=file,
        effective_from=effective_from and effective_from.replace(tzinfo=UTC),
        errors=errors or file.with_suffix(".errors.csv"),
    )
    raise typer.Exit(0 if catalogue.run(settings_of(database), wanted, is_trial=dry_run) else 1)


def export_catalogue(
    file: Annotated[Path, typer.Argument(help="JSON, as `import-catalogue` takes it.")],
    at: Annotated[datetime | None, typer.Option(help="As it holds then (UTC); default: now.")] = None,
    database: Database = "",
) -> None:
    """Write the whole catalogue of a date into one file."""
    from backend.imports import catalogue

    count = catalogue.export(settings_of(database), file, at and at.replace(tzinfo=UTC))
    console.print(f"{count} offerings in {file}")


def import_master_data(
    file: Annotated[
        Path, typer.Argument(help="JSON of all sections, or SECTION.csv of one.", exists=True, dir_okay=False)
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would change.")] = False,  # noqa: FBT002
    errors: Annotated[Path | None, typer.Option(help="Where rows at fault go; default: FILE.errors.csv")] = None,
    database: Database = "",
) -> None:
    """Take in organisations, territories, people, rosters, places of stock and pools, all rows or none."""
    from backend.imports import masterdata

    is_well = masterdata.run(settings_of(database), file, errors or file.with_suffix(".errors.csv"), is_trial=dry_run)
    raise typer.Exit(0 if is_well else 1)


def extract(
    tables: Annotated[list[str] | None, typer.Argument(help="Tables of facts; default: all of them.")] = None,
    into: Annotated[Path, typer.Option(help="The folder of the files, and of the note how far they are.")] = Path(
        "extracts"
    ),
    database: Database = "",
) -> None:
    """Write facts as CSV for reports of your own; again, and it goes on where the files end."""
    from backend.extraction import FilesDiffer
    from backend.extraction import extract as write
    from backend.kernel.errors import DomainError

    try:
        asyncio.run(write(settings_of(database), tables or [], into, console))
    except DomainError as error:
        refuse(f"{error}: {' '.join((error.__doc__ or '').split())}")
    except FilesDiffer as error:
        refuse(str(error))
