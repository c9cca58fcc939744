"""The processes of a deployment, and the demo, which is a deployment by itself."""

import asyncio
import signal
import socket
from pathlib import Path
from typing import Annotated

import typer

from backend.terminal import console, refuse, settings_of


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

    settings = settings_of()
    if workers > 1 and settings.database_url.startswith("sqlite"):
        refuse("SQLite serves one web process; set TRUCKROLL_DATABASE to a PostgreSQL address for more.")
    if (tls_cert is None) != (tls_key is None):
        refuse("TLS needs both --tls-cert and --tls-key.")
    if _is_taken(host, port):
        refuse(f"something listens on {host}:{port} already; choose another --port.")
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


def worker() -> None:
    """Deliver events, activate services, call billing, solve routes: whatever is due."""
    from backend.parts import open_parts
    from backend.worker import run

    async def work() -> None:
        stop = asyncio.Event()
        for sign in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(sign, stop.set)
        async with open_parts(settings_of()) as parts:
            await run(parts, stop)

    asyncio.run(work())


def demo(
    home: Annotated[Path, typer.Option(help="Directory of the demo's data.")] = Path("var/demo"),
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port of the product.")] = 8000,
    billing_port: Annotated[int, typer.Option(help="Port of the billing receiver.")] = 8001,
    jobs: Annotated[int, typer.Option(min=1, max=400, help="Jobs of each of the five days.")] = 120,
    seed: Annotated[int, typer.Option(help="The same seed makes the same operator.")] = 1,
) -> None:
    """Run the demo operator on SQLite: web, worker and billing receiver."""
    from backend.demo.run import demo as run_demo
    from backend.demo.seed import PAST_DAYS, Amount

    amount = Amount(jobs_a_day=jobs, truths=True, past_days=PAST_DAYS)
    raise typer.Exit(
        run_demo(home, port=port, billing_port=billing_port, host=host, seed=seed, amount=amount, console=console)
    )


def _is_taken(host: str, port: int) -> bool:
    """Whether somebody answers there: the server shares ports, so that it would not notice by itself."""
    with socket.socket() as probe:
        return probe.connect_ex((host, port)) == 0
