"""`truckroll demo`: the demo operator, from nothing to four addresses."""

import signal
import threading
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, TaskID

from backend.demo.morning import Guests, begin_the_day, new_code
from backend.demo.people import PASSWORD
from backend.demo.qr_code import drawn
from backend.demo.seed import Amount, NotEmpty, demo_days
from backend.demo.seed import Progress as Report
from backend.demo.set_up import set_up
from backend.demo.site import Site
from backend.demo.truths.mishaps import before_the_start
from backend.demo.truths.planted import never_ended
from backend.kernel.clock import SystemClock

LOOK_EVERY_SECONDS = 0.5


def demo(home: Path, *, port: int, billing_port: int, host: str, seed: int, amount: Amount, console: Console) -> int:
    """Start the demo and keep it running until it is interrupted; the exit code."""
    site = Site(home=home, port=port, billing_port=billing_port, host=host)
    site.save()
    try:
        with Progress(console=console) as bars:
            guests = open_site(site, seed, amount, _reporting(bars))
        _say(site, guests, seed, console)
        _wait_for_the_end(site)
    finally:
        site.stop()
    return 0


def open_site(site: Site, seed: int, amount: Amount, progress: Report) -> Guests:
    """Data, processes and, on a new site, its first morning."""
    planted, is_new = None, True
    try:
        planted = set_up(site, seed_number=seed, amount=amount, progress=progress)
    except NotEmpty:
        is_new = False
    if planted is not None:
        before_the_start(site, planted)
    start(site)
    first_day = demo_days(SystemClock().now(), 1)[0].isoformat()
    return begin_the_day(site, first_day, progress, planted) if is_new else new_code(site)


def start(site: Site) -> None:
    """All processes; the receiver keeps the fault that was planted."""
    fault = never_ended(site.home)
    site.start_receiver(*(("--never-end", str(fault)) if fault.exists() else ()))
    site.start_web()
    site.start_worker()


def _reporting(bars: Progress) -> Report:
    """A bar for each thing that is being done."""
    tasks: dict[str, TaskID] = {}

    def report(what: str, done: int, total: int) -> None:
        key = what.split()[0]
        if key not in tasks:
            tasks[key] = bars.add_task(what, total=total)
        bars.update(tasks[key], description=what, completed=done, total=total)

    return report


def _say(site: Site, guests: Guests, seed: int, console: Console) -> None:
    phone_link = f"{site.url}/technician/#code={guests.code}"
    customer = guests.link or f"{site.url}/tracking/"
    lines = (
        ("Dispatcher", f"{site.url}/dispatcher/", "dispatcher@northbank.example"),
        ("Technician", phone_link, f"enrols as {guests.technician}, within 15 minutes"),
        ("Customer", customer, f"letters lie in {site.home / 'mail'}"),
        ("Billing", f"{site.billing_url}/", "the reference receiver's ledger"),
        ("API", f"{site.url}/schema", "log in with POST /api/v1/session"),
    )
    console.print(
        f"\n[bold]{site.operator_name}[/], a demo with seed {seed}; everybody's password is [bold]{PASSWORD}[/]"
    )
    for who, where, how in lines:  # plain lines: an address that a table cuts off cannot be followed
        console.print(f"  {who:<11}{where}\n{'':<13}[dim]{how}[/]", soft_wrap=True, highlight=False)
    console.print("  The technician's link, to be scanned:")
    console.print(drawn(phone_link))
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
