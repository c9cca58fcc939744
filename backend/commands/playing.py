"""The acceptance story, and a phone on the command line."""

from pathlib import Path
from typing import Annotated

import typer

from backend.terminal import console, refuse


def story(  # noqa: PLR0913 - each is an option of the command
    home: Annotated[Path | None, typer.Option(help="Play it on the running demo of this directory.")] = None,
    database: Annotated[str, typer.Option(help="postgresql://… for the story's own site; default SQLite.")] = "",
    count: Annotated[int, typer.Option(min=1, max=20, help="How many at once.")] = 1,
    webs: Annotated[int, typer.Option(min=1, max=8, help="Web processes (PostgreSQL for more than one).")] = 1,
    workers: Annotated[int, typer.Option(min=1, max=8, help="Workers (PostgreSQL for more than one).")] = 1,
    seed: Annotated[int, typer.Option(help="The same seed tells the same story.")] = 1,
    broken: Annotated[str, typer.Option("--break", help="Sabotage this step; its check must fail.")] = "",
    kill: Annotated[str, typer.Option(help="Kill a process at: push, activation, billing, receiver.")] = "",
    variant: Annotated[str, typer.Option(help="Another way that it can go, by name; all for each of them.")] = "",
) -> None:
    """Play the acceptance story, from an order to a bill; exit code 0 only when every check held."""
    from backend.demo.story.play import BREAKABLE
    from backend.demo.story.telling import KILLS, Wanted, tell
    from backend.demo.story.variants.table import EVERY, VARIANTS

    if variant and variant not in {EVERY, *VARIANTS}:
        refuse(f"--variant takes one of: {EVERY}, {', '.join(VARIANTS)}")
    if variant and broken:
        refuse("--break sabotages the steps of the story itself, not of a variant")

    if broken and broken not in BREAKABLE:
        refuse(f"--break takes one of: {', '.join(BREAKABLE)}")
    if kill and kill not in KILLS:
        refuse(f"--kill takes one of: {', '.join(KILLS)}")
    if (webs > 1 or workers > 1) and not database.startswith("postgresql"):
        refuse("more than one web process or worker needs --database postgresql://…")
    wanted = Wanted(
        home=home,
        database=database,
        count=count,
        webs=webs,
        workers=workers,
        seed=seed,
        broken=broken,
        kill=kill,
        variant=variant,
    )
    raise typer.Exit(0 if tell(wanted, console) else 1)


def device(context: typer.Context) -> None:
    """A technician's phone on the command line: pull the day, work without a network, push when it is back."""
    from clients.device.cli import app as phone

    phone(args=context.args, prog_name="truckroll device")
