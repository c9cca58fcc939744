"""`truckroll demo`: the demo operator, from nothing to four addresses."""

import signal
import threading
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from backend.demo.people import PASSWORD
from backend.demo.seed import Amount, NotEmpty
from backend.demo.site import Site
from backend.demo.site_set_up import set_up

LOOK_EVERY_SECONDS = 0.5


def demo(home: Path, *, port: int, billing_port: int, host: str, seed: int, amount: Amount, console: Console) -> int:
    """Start the demo and keep it running until it is interrupted; the exit code."""
    site = Site(home=home, port=port, billing_port=billing_port, host=host)
    site.save()
    _prepare(site, seed, amount, console)
    try:
        site.start_receiver()
        site.start_web()
        site.start_worker()
        _say(site, console)
        _wait_for_the_end(site)
    finally:
        site.stop()
    return 0


def _prepare(site: Site, seed: int, amount: Amount, console: Console) -> None:
    with Progress(console=console) as bars:
        bar = bars.add_task("tables")

        def progress(what: str, done: int, total: int) -> None:
            bars.update(bar, description=what, completed=done, total=total)

        try:
            set_up(site, seed_number=seed, amount=amount, progress=progress)
        except NotEmpty:
            console.print(f"going on with what is in {site.home}")
        else:
            console.print(f"seeded with seed {seed}")


def _say(site: Site, console: Console) -> None:
    table = Table(
        title=f"{site.operator_name}: a demo, the password of everybody is {PASSWORD!r}", title_justify="left"
    )
    table.add_column("who")
    table.add_column("where")
    table.add_column("as")
    table.add_row("Dispatcher", f"{site.url}/dispatcher/", "dispatcher@northbank.example")
    table.add_row("Technician", f"{site.url}/technician/", "with a code that the dispatcher makes")
    table.add_row("Customer", f"{site.url}/tracking/", f"with the link of a letter in {site.home / 'mail'}")
    table.add_row("Billing", f"{site.billing_url}/", "the reference receiver's ledger")
    table.add_row("API", f"{site.url}/schema", "")
    console.print(table)
    console.print("Ctrl+C ends it; the data stays.")


def _wait_for_the_end(site: Site) -> None:
    """Until a signal comes, or a process of the site ended by itself."""
    end = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: end.set())
    while not end.wait(LOOK_EVERY_SECONDS):
        ended = [name for name in site.processes if not site.running(name)]
        if ended:
            raise SystemExit(f"{', '.join(ended)} ended by itself; its log is {site.log(ended[0])}")
