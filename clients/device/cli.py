"""`truckroll device`: a technician's phone on the command line. What it shows is in `screens`, the work in `device`."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import httpx
import typer
from rich.console import Console

from clients.device import screens, serials, transfer, van
from clients.device.advice import TROUBLES, advice
from clients.device.device import Device
from clients.device.store import DeviceStore
from clients.device.words import BadWords, operation_of
from sync.operations import OPERATIONS
from sync.protocol import JsonObject
from sync.vanwork import VanOperation

LOCAL_SERVER = "http://127.0.0.1:8000"
TIMEOUT_SECONDS = 20.0
FAILED = 1

app = typer.Typer(
    name="device",
    help="A technician's phone on the command line: pull the day, work without a network, push when it is back.",
    no_args_is_help=True,
    add_completion=False,
)


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A device, with the store that it works on."""

    device: Device
    store: DeviceStore
    console: Console


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """Which store, and which server when it is not the store's own."""

    store: Path
    server: str


@app.callback()
def choose(
    context: typer.Context,
    store: Annotated[Path, typer.Option(envvar="TRUCKROLL_DEVICE", help="The device's file.")] = Path(
        "truckroll-device.db"
    ),
    server: Annotated[
        str, typer.Option(envvar="TRUCKROLL_SERVER", help=f"Address of the server, kept for next time; {LOCAL_SERVER}.")
    ] = "",
) -> None:
    context.obj = Chosen(store=store, server=server)


@app.command()
def enrol(
    context: typer.Context,
    code: Annotated[str, typer.Argument(help="The one-time code that the dispatcher gave you.")],
    name: Annotated[str, typer.Option(help="What the dispatcher calls this device.")] = "command line",
) -> None:
    """Make this the phone of the technician whose code it is, and get the day."""
    with _opened(context) as here:
        tokens = here.device.enrol(code, name=name)
        here.console.print(f"enrolled as [bold]{tokens.technician_name}[/]")
        here.device.pull()
        screens.show_jobs(here.console, here.device)


@app.command()
def show(context: typer.Context, job: Annotated[str, typer.Argument(help="Number or id; none: all.")] = "") -> None:
    """The jobs of the day, or everything of one, as they are on this device."""
    with _opened(context) as here:
        if job:
            screens.show_job(here.console, here.device, _job_id(here.device, job))
        else:
            screens.show_jobs(here.console, here.device)


@app.command()
def do(
    context: typer.Context,
    operation: Annotated[str, typer.Argument(help=f"One of: {', '.join(OPERATIONS)}.")],
    subject: Annotated[str, typer.Argument(help="Number or id of the job; `van` for work in the van.")],
    arguments: Annotated[list[str] | None, typer.Argument(help="key=value …")] = None,
    file: Annotated[Path | None, typer.Option(help="The picture of a photo or a signature.")] = None,
    sure: Annotated[bool, typer.Option(help="The labels read so, odd as they look (for work in the van).")] = False,  # noqa: FBT002
) -> None:
    """Record something that was done. It is safe on this device at once, and needs no network."""
    with _opened(context) as here:
        done, picture = operation_of(operation, arguments or [], file=file)
        if isinstance(done, VanOperation):
            document_id = van.own(here.device)["id"]
            done = done if sure else van.looked_at(here.device, done)
        else:
            document_id = _job_id(here.device, subject)
            done = serials.judged(here.device, document_id, done)
        mutation = here.device.do(document_id, done, photo=picture)
        here.console.print(f"saved here as number {mutation.mid}: {operation}; {here.device.unsent} to send")


@app.command("van")
def show_van(context: typer.Context) -> None:
    """The van as it is on this device: parts, units, transfers on their way, what goes back."""
    with _opened(context) as here:
        screens.show_van(here.console, here.device, van.own(here.device))


@app.command()
def pull(
    context: typer.Context,
    check: Annotated[bool, typer.Option(help="Compare what is held, too, and get again what differs.")] = False,  # noqa: FBT002
) -> None:
    """Get what changed."""
    with _opened(context) as here:
        here.device.pull(with_digests=check)
        screens.show_jobs(here.console, here.device)


@app.command()
def push(context: typer.Context) -> None:
    """Send what waits, and tell what became of it."""
    with _opened(context) as here:
        answered = here.device.push()
        screens.show_verdicts(here.console, here.device, answered)


@app.command()
def sync(context: typer.Context) -> None:
    """Send what waits, get what changed, then let the photos follow."""
    with _opened(context) as here:
        answered = here.device.push()
        here.device.pull()
        here.device.send_photos()
        screens.show_verdicts(here.console, here.device, answered)
        screens.show_jobs(here.console, here.device)


@app.command()
def watch(context: typer.Context) -> None:
    """Sync, and again whenever the server says that something has changed. Ends with Ctrl-C."""
    with _opened(context) as here:
        while True:
            here.device.sync()
            screens.show_jobs(here.console, here.device)
            here.device.wait_for_news()


@app.command()
def offline(context: typer.Context) -> None:
    """Use no network from now on, as in a basement."""
    with _opened(context) as here:
        here.device.is_online = False
        here.console.print("offline until you say: truckroll device online")


@app.command()
def online(context: typer.Context) -> None:
    """Use the network again."""
    with _opened(context) as here:
        here.device.is_online = True
        here.console.print("online")


@app.command()
def status(context: typer.Context) -> None:
    """What waits, what was refused and why, and how far this clock is off."""
    with _opened(context) as here:
        screens.show_status(here.console, here.device, here.store)


@app.command("export")
def export_outbox(context: typer.Context, file: Annotated[Path, typer.Argument(help="File to make.")]) -> None:
    """Write the work of this device to a file, to be sent from another phone of the same technician."""
    with _opened(context) as here:
        carried = transfer.export_outbox(here.store, file)
        here.console.print(f"{carried.mutations} pieces of work and {carried.photos} photos are in {file}")


@app.command("import")
def import_outbox(context: typer.Context, file: Annotated[Path, typer.Argument(help="An exported file.")]) -> None:
    """Take over the work of another phone of the same technician; the next push sends it."""
    with _opened(context) as here:
        carried = transfer.import_outbox(here.store, file)
        here.console.print(f"{carried.mutations} pieces of work and {carried.photos} photos taken over")


def line_to(server: str) -> httpx.Client:
    """The network between this device and its server."""
    return httpx.Client(base_url=server, timeout=TIMEOUT_SECONDS)


@contextmanager
def _opened(context: typer.Context) -> Iterator[Opened]:
    """The chosen device; trouble is told with what to do about it, and ends the command."""
    chosen: Chosen = context.obj
    try:
        with ExitStack() as stack:
            store = DeviceStore(chosen.store)
            stack.callback(store.close)
            if chosen.server:
                store.save_server(chosen.server)
            line = stack.enter_context(line_to(store.server() or LOCAL_SERVER))
            yield Opened(device=Device(store, line), store=store, console=Console(file=sys.stdout))
    except TROUBLES as trouble:
        Console(stderr=True).print(advice(trouble), style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(FAILED) from trouble


def _job_id(device: Device, words: str) -> str:
    """The id of the job that is meant by its number or id. Raises BadWords."""
    jobs: list[JsonObject] = device.documents("job")
    found = [job["id"] for job in jobs if words.casefold() in (str(job.get("number")).casefold(), job["id"])]
    if not found:
        there = ", ".join(str(job.get("number")) for job in jobs) or "none; truckroll device pull"
        raise BadWords(f"no job {words} is on this device; there are: {there}")
    return found[0]
