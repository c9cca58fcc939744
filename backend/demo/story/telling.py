"""`truckroll story`: a site for the story, one or many tellings on it, and a line for each step."""

import tempfile
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from backend.demo.seed import Amount
from backend.demo.set_up import set_up
from backend.demo.site import Site, free_port
from backend.demo.story.office import Clerk
from backend.demo.story.play import STEPS, Told, Visits, play
from backend.demo.story.scene import Unproven
from backend.demo.story.settlement import balance
from backend.demo.story.steps import Step
from backend.demo.story.variants.table import EVERY, VARIANTS

# Enough that a day is a real one, little enough to start soon; with a sixth day, five whole ones lie ahead at any hour.
AMOUNT = Amount(jobs_a_day=8, days=6)
KILLS = {"push": "push.committed", "activation": "activation.called", "billing": "billing.called", "receiver": ""}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What to tell. home: of a running site, None for one of its own; kill: where a drill kills a process.

    first: number of the first telling. variant: a name of `VARIANTS`, EVERY for all of them in turn, "" for the story itself.
    """

    home: Path | None = None
    database: str = ""
    count: int = 1
    first: int = 0
    webs: int = 1
    workers: int = 1
    seed: int = 1
    broken: str = ""
    kill: str = ""
    variant: str = ""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A running site for tellings. urls: of its web processes, which the tellings take in turn."""

    site: Site
    urls: list[str]


def tell(wanted: Wanted, console: Console) -> bool:
    """Tell the story as wanted; True when every telling held. Prints the seed, each step and its proof."""
    with staged(wanted, console) as stage:
        return tell_on(stage, wanted, console)


def tell_on(stage: Stage, wanted: Wanted, console: Console) -> bool:
    """The same on a site that runs already."""
    dialect = stage.site.database_url.partition("://")[0]
    console.print(f"story with seed {wanted.seed} on {dialect}, {wanted.count} at once")
    held = _tell_variants(stage, wanted, console) if wanted.variant else _tell_all(stage, wanted, console)
    return held and _is_even(stage, console) and _drill_happened(stage.site, wanted, console)


@contextmanager
def staged(wanted: Wanted, console: Console) -> Iterator[Stage]:
    """The running demo of `wanted.home`, else a site of its own that ends with the block."""
    with ExitStack() as stack:
        if wanted.home:
            site = Site.load(wanted.home)
            yield Stage(site=site, urls=[site.url])
            return
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="truckroll-story-")))
        site = Site(home=home, port=free_port(), billing_port=free_port(), database=wanted.database)
        stack.callback(site.stop)
        yield Stage(site=site, urls=_start(site, wanted, console))


def _start(site: Site, wanted: Wanted, console: Console) -> list[str]:
    with Progress(console=console, transient=True) as bars:
        bar = bars.add_task("setting up")

        def progress(what: str, done: int, total: int) -> None:
            bars.update(bar, description=what, completed=done, total=total)

        set_up(site, seed_number=wanted.seed, amount=AMOUNT, progress=progress)
    kill_at = f"{KILLS[wanted.kill]}:{_marker(site)}" if wanted.kill else ""
    site.start_receiver(*(["--crash-after-apply", str(_marker(site))] if wanted.kill == "receiver" else []))
    ports = [site.port, *(free_port() for _ in range(wanted.webs - 1))]
    for number, port in enumerate(ports):
        site.start_web(f"web{number}", port=port, kill_at=kill_at if wanted.kill == "push" else "")
    for number in range(wanted.workers):
        site.start_worker(f"worker{number}", kill_at=kill_at if wanted.kill in ("activation", "billing") else "")
    return [f"http://{site.host}:{port}" for port in ports]


def _tell_variants(stage: Stage, wanted: Wanted, console: Console) -> bool:
    """One after the other, each with a number of its own, so that they meet different people."""
    chosen = VARIANTS if wanted.variant == EVERY else {wanted.variant: VARIANTS[wanted.variant]}
    held: list[str] = []
    for number, name in enumerate(VARIANTS):
        if name in chosen:
            console.print(f"[bold]{name}[/]")
            told = _tell_all(stage, replace(wanted, first=number), console, steps=VARIANTS[name])
            held += [name] if told else []
    console.print(f"{len(held)} of {len(chosen)} variants held")
    return len(held) == len(chosen)


def _tell_all(stage: Stage, wanted: Wanted, console: Console, *, steps: Sequence[Step] = STEPS) -> bool:
    visits, lock = Visits(), threading.Lock()

    def listen(number: int, told: Told) -> None:
        mark = "[red]✗[/]" if told.problem else "[green]✓[/]"
        which = f"[dim]{number:>3}[/] " if wanted.count > 1 else ""
        with lock:
            line = f"{which}{mark} {told.step.number:>2} {told.step.title:<12} "
            console.print(line, end="")
            console.print(told.problem or told.proof, markup=False, highlight=False)

    def one(number: int) -> bool:
        url = stage.urls[number % len(stage.urls)]
        return play(
            stage.site,
            listen,
            steps=steps,
            number=number,
            seed=wanted.seed,
            broken=wanted.broken,
            url=url,
            visits=visits,
        )

    with ThreadPoolExecutor(wanted.count) as threads:
        held = list(threads.map(one, range(wanted.first, wanted.first + wanted.count)))
    verdict = "[green]held[/]" if all(held) else "[red]did not hold[/]"
    console.print(f"{sum(held)} of {wanted.count} {verdict}")
    return all(held)


def _is_even(stage: Stage, console: Console) -> bool:
    """Only when all tellings are over is everything that runs billed, too."""
    analyst = Clerk(stage.urls[0], "billing@northbank.example")
    try:
        console.print(f"[green]✓[/]    {'Balance':<12} {balance(analyst)}")
    except Unproven as problem:
        console.print(f"[red]✗[/]    {'Balance':<12} {problem}")
        return False
    finally:
        analyst.close()
    return True


def _drill_happened(site: Site, wanted: Wanted, console: Console) -> bool:
    """A drill that killed nothing has shown nothing."""
    if not wanted.kill:
        return True
    happened = _marker(site).exists()
    console.print(
        f"kill at {wanted.kill}: {'happened, and nothing was lost' if happened else '[red]never happened[/]'}"
    )
    return happened


def _marker(site: Site) -> Path:
    return site.home / "killed"
