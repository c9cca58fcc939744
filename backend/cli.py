"""The `truckroll` command: each subcommand in a few lines, the work elsewhere."""

import asyncio
import signal
import socket
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, cast

import typer

from backend.bench.commands import bench, simulate
from backend.imports.commands import add_imports
from backend.terminal import Database, console, refuse, settings_of

app = typer.Typer(
    name="truckroll",
    help="A field technician and truck-roll backend: from an order to a bill, through one technician's visit.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_show_locals=False,
)


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


@app.command()
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


@app.command()
def migrate(database: Database = "") -> None:
    """Bring the database up to date."""
    from backend.migrations.run import revisions, upgrade

    settings = settings_of(database)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    before, _ = revisions(settings.database_url)
    upgrade(settings.database_url)
    after, _ = revisions(settings.database_url)
    console.print(f"database at [bold]{after}[/] (was {before or 'empty'})")


@app.command()
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
    from backend.demo.seed import Amount

    amount = Amount(jobs_a_day=jobs, truths=True)
    raise typer.Exit(
        run_demo(home, port=port, billing_port=billing_port, host=host, seed=seed, amount=amount, console=console)
    )


@app.command()
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


@app.command()
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


@app.command()
def trust(
    key_id: Annotated[str, typer.Argument(help="The id that billing sends with its signatures.")],
    public_key: Annotated[str, typer.Argument(help="Its public key: whpk_…")],
    database: Database = "",
) -> None:
    """Trust the key with which the billing system signs its acknowledgements; the same id again replaces it."""
    from backend.deployment import trust_billing
    from clients.billing.signatures import KeyMalformed

    try:
        asyncio.run(trust_billing(settings_of(database), key_id=key_id, public_key=public_key))
    except KeyMalformed as error:
        refuse(str(error))
    console.print(f"billing's key {key_id} is trusted")


@app.command("billing-keys")
def billing_keys(
    database: Database = "",
    publish: Annotated[Path | None, typer.Option(help="Write all that ever signed to this file, as JSON.")] = None,
) -> None:
    """Show the public keys by which billing can tell that a message is ours, or publish those of old bundles, too."""
    from backend import deployment
    from clients.evidence.keys import write_published

    if publish is not None:
        found = asyncio.run(deployment.published_keys(settings_of(database)))
        write_published(found, publish)
        console.print(f"{len(found.keys)} public keys written to {publish}")
        return
    for key in asyncio.run(deployment.billing_keys(settings_of(database))):
        until = "signs until further notice" if key.valid_until is None else f"signs until {key.valid_until:%F %T} UTC"
        console.print(f"{key.public_key or 'the shared secret of the settings'}  {until}")


@app.command("rotate-billing-key")
def rotate_billing_key(
    overlap_hours: Annotated[float, typer.Option(help="How long the present key signs beside the new one.")] = 168.0,
    database: Database = "",
) -> None:
    """Make a new key for what we tell billing; give its public key to billing before the overlap is over."""
    from backend.billing.schemas import OverlapTooShort
    from backend.deployment import rotate_billing_key as rotate
    from clients.billing.signatures import KeyMalformed

    try:
        key = asyncio.run(rotate(settings_of(database), overlap=timedelta(hours=overlap_hours)))
    except OverlapTooShort as error:
        refuse(f"the overlap takes at least {error.params['shortest_seconds']} seconds.")
    except KeyMalformed as error:
        refuse(f"TRUCKROLL_BILLING_SIGNING_KEY: {error}")
    console.print(key.public_key, soft_wrap=True)


@app.command()
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


@app.command()
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


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True}, add_help_option=False)
def device(context: typer.Context) -> None:
    """A technician's phone on the command line: pull the day, work without a network, push when it is back."""
    from clients.device.cli import app as phone

    phone(args=context.args, prog_name="truckroll device")


@app.command()
def openapi(
    output: Annotated[Path | None, typer.Option(help="File to write; default: the terminal.")] = None,
) -> None:
    """The API's description as JSON."""
    import msgspec

    from backend.app import serve as application

    text = msgspec.json.format(msgspec.json.encode(application().openapi_schema.to_schema())).decode() + "\n"
    if output:
        output.write_text(text, encoding="utf-8")
    else:
        typer.echo(text, nl=False)


@app.command()
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


@app.command()
def restored(database: Database = "") -> None:
    """After a backup was put back: begin a new epoch, so that phones send again what the backup did not hold."""
    from backend.backups import restored as begin

    console.print(f"epoch [bold]{asyncio.run(begin(settings_of(database)))}[/] begins")


@app.command()
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


@app.command("verify-bundle")
def verify_bundle(
    file: Annotated[Path, typer.Argument(help="An evidence bundle (.jsonl).", exists=True, dir_okay=False)],
    key: Annotated[list[str], typer.Option(help="A public key (whpk_…) that you trust; may be given again.")] = [],  # noqa: B006
    keys: Annotated[Path | None, typer.Option(help="A file of keys as published.", exists=True, dir_okay=False)] = None,
) -> None:
    """Verify an evidence bundle, without a server: exit code 0 only when nothing was changed and a trusted key sealed it."""
    from clients.evidence.command import verify_with

    raise typer.Exit(verify_with(file, key, keys, console))


@app.command()
def doctor(database: Database = "") -> None:
    """Look whether this deployment is complete: database, migrations, roads, network, billing, mail."""
    from backend.doctor import examine

    findings = asyncio.run(examine(settings_of(database)))
    for finding in findings:
        console.print(f"{'[green]✓[/]' if finding.is_well else '[red]✗[/]'} {finding.what}: {finding.found}")
    raise typer.Exit(0 if all(finding.is_well for finding in findings) else 1)


@app.command()
def plan(
    file: Annotated[Path, typer.Argument(help="The problem as JSON (scheduling/README.md tells the form).")],
    seconds: Annotated[float, typer.Option(min=0.1, max=86_400, help="How long to search.")] = 10.0,
    iterations: Annotated[int, typer.Option(min=0, help="Search so many steps instead: the same plan every time.")] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Another seed finds another plan.")] = 1,
    policy: Annotated[Path | None, typer.Option(help="What things cost, as JSON; without it the standard.")] = None,
    out: Annotated[Path | None, typer.Option(help="The folder to write to; without it, beside the problem.")] = None,
) -> None:
    """Plan a problem of a file, without a database: writes FILE.plan.json, FILE.gantt.png and FILE.map.png."""
    from backend.plan_files import plan_file

    plan_file(file, seconds=seconds, iterations=iterations, seed=seed, policy_file=policy, folder=out)


app.command()(bench)
app.command()(simulate)
add_imports(app)


def _is_taken(host: str, port: int) -> bool:
    """Whether somebody answers there: the server shares ports, so that it would not notice by itself."""
    with socket.socket() as probe:
        return probe.connect_ex((host, port)) == 0


def main() -> None:
    """The entry point of the `truckroll` script."""
    app(prog_name="truckroll")


if __name__ == "__main__":
    sys.exit(main())
