"""What every command of `truckroll` does alike: say something, refuse, and find the database that is meant."""

import os
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from backend.settings import BadSetting, Settings, read_settings

REFUSED = 2

console = Console()

Database = Annotated[str, typer.Option(help="sqlite:///FILE or postgresql://… ; default: TRUCKROLL_DATABASE.")]


def settings_of(database: str = "") -> Settings:
    """The settings of the environment, with another database when one is named. Refuses what they cannot be."""
    if database:
        os.environ["TRUCKROLL_DATABASE"] = database
    try:
        return read_settings()
    except BadSetting as error:
        refuse(str(error))


def refuse(reason: str) -> NoReturn:
    """End the command with a sentence on the error stream."""
    Console(stderr=True).print(f"[red]{reason}[/]", soft_wrap=True)  # a path that is cut in two cannot be copied
    raise typer.Exit(REFUSED)
