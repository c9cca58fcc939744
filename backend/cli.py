"""The `truckroll` command: each subcommand in a few lines, the work elsewhere."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from backend.settings import BadSetting, Settings, read_settings

app = typer.Typer(
    name="truckroll",
    help="A field technician and truck-roll backend: from an order to a bill, through one technician's visit.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_show_locals=False,
)
console = Console()

Database = Annotated[str, typer.Option(help="sqlite:///FILE or postgresql://… ; default: TRUCKROLL_DATABASE.")]


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, help="Web processes; more than one needs PostgreSQL.")] = 1,
    tls_cert: Annotated[Path | None, typer.Option(help="Certificate chain (PEM): phones need HTTPS.")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its private key (PEM).")] = None,
) -> None:
    """Serve the API and the web clients."""
    from granian.constants import Interfaces, Loops
    from granian.server import Server

    settings = _settings()
    if workers > 1 and settings.database_url.startswith("sqlite"):
        _refuse("SQLite serves one web process; set TRUCKROLL_DATABASE to a PostgreSQL address for more.")
    if (tls_cert is None) != (tls_key is None):
        _refuse("TLS needs both --tls-cert and --tls-key.")
    Server(
        "backend.app:serve",
        factory=True,
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        address=host,
        port=port,
        workers=workers,
        ssl_cert=tls_cert,
        ssl_key=tls_key,
        log_access=False,
        workers_kill_timeout=3,  # an open event stream would keep a stopping server for ever
    ).serve()


@app.command()
def worker() -> None:
    """Deliver events, activate services, call billing, solve routes: whatever is due."""
    from backend.parts import open_parts
    from backend.worker import run

    async def work() -> None:
        stop = asyncio.Event()
        for sign in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(sign, stop.set)
        async with open_parts(_settings()) as parts:
            await run(parts, stop)

    asyncio.run(work())


@app.command()
def migrate(database: Database = "") -> None:
    """Bring the database up to date."""
    from backend.migrations.run import revisions, upgrade

    settings = _settings(database)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    before, _ = revisions(settings.database_url)
    upgrade(settings.database_url)
    after, _ = revisions(settings.database_url)
    console.print(f"database at [bold]{after}[/] (was {before or 'empty'})")


def _settings(database: str = "") -> Settings:
    if database:
        os.environ["TRUCKROLL_DATABASE"] = database
    try:
        return read_settings()
    except BadSetting as error:
        _refuse(str(error))


def _refuse(reason: str) -> NoReturn:
    Console(stderr=True).print(f"[red]{reason}[/]")
    raise typer.Exit(2)


def main() -> None:
    """The entry point of the `truckroll` script."""
    app(prog_name="truckroll")


if __name__ == "__main__":
    sys.exit(main())
