"""What a new deployment needs before anybody can work with it."""

import asyncio
from typing import Annotated

import typer

from backend.terminal import Database, console, refuse, settings_of


def migrate(database: Database = "") -> None:
    """Bring the database up to date."""
    from backend.migrations.run import revisions, upgrade

    settings = settings_of(database)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    before, _ = revisions(settings.database_url)
    upgrade(settings.database_url)
    after, _ = revisions(settings.database_url)
    console.print(f"database at [bold]{after}[/] (was {before or 'empty'})")


def administrator(
    email: Annotated[str, typer.Argument(help="Who administers this deployment.")],
    name: Annotated[str, typer.Option(prompt="Name")],
    password: Annotated[str, typer.Option(prompt="Password", hide_input=True, confirmation_prompt=True)],
    database: Database = "",
) -> None:
    """Make the first people's account: a new deployment has none, and no default password."""
    from backend.deployment import add_administrator

    asyncio.run(add_administrator(settings_of(database), email=email, name=name, password=password))
    console.print(f"{email} may log in as administrator")


def password(
    email: Annotated[str, typer.Argument(help="Somebody of the office.")],
    password: Annotated[str, typer.Option(prompt="Password", hide_input=True, confirmation_prompt=True)],
    database: Database = "",
) -> None:
    """Set the password with which somebody logs in: imported people have none."""
    from backend.deployment import set_password
    from backend.kernel.errors import DomainError

    try:
        asyncio.run(set_password(settings_of(database), email=email, password=password))
    except DomainError as error:
        refuse(str(error))
    console.print(f"{email} may log in")


def forget_second_factor(
    email: Annotated[str, typer.Argument(help="Somebody of the office who has lost device and recovery codes.")],
    database: Database = "",
) -> None:
    """Let somebody log in by the password alone, until they set up a second factor again."""
    from backend.deployment import forget_second_factor
    from backend.kernel.errors import DomainError

    try:
        asyncio.run(forget_second_factor(settings_of(database), email=email))
    except DomainError as error:
        refuse(str(error))
    console.print(f"{email} may log in by the password alone")


def seed(
    database: Database = "",
    jobs: Annotated[int, typer.Option(min=1, max=400, help="Jobs of each of the five days.")] = 120,
    number: Annotated[int, typer.Option("--seed", help="The same seed makes the same operator.")] = 1,
    billing_key: Annotated[str, typer.Option(help="Public key (whpk_…) with which billing signs.")] = "",
) -> None:
    """Fill an empty database with the demo operator (its passwords are known to everybody)."""
    from rich.progress import Progress

    from backend.demo.seed import Amount, NotEmpty
    from backend.demo.set_up import fill

    settings = settings_of(database)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    amount = Amount(jobs_a_day=jobs)
    with Progress(console=console) as bars:
        bar = bars.add_task("tables")
        try:
            fill(
                settings.database_url,
                billing_key,
                seed_number=number,
                amount=amount,
                progress=lambda what, done, total: bars.update(bar, description=what, completed=done, total=total),
            )
        except NotEmpty as error:
            refuse(str(error))
    console.print(f"seeded with seed {number}")
