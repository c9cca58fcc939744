"""A small operator whose story is played until its day is on the phones: what a phone and a customer are measured on."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random

from backend.demo.seed import Amount
from backend.demo.set_up import set_up
from backend.demo.site import Site, free_port
from backend.demo.story import ordering
from backend.demo.story.office import Clerk
from backend.demo.story.scene import Scene

SEED = 1
PATIENCE_SECONDS = 40.0


def small_site(home: Path) -> Site:
    """Its data; nothing is started. home: an empty folder."""
    site = Site(home=home, port=free_port(), billing_port=free_port())
    set_up(site, seed_number=SEED, amount=Amount(jobs_a_day=32, days=2), progress=lambda *_: None)
    return site


@contextmanager
def played(site: Site) -> Iterator[Scene]:
    """The story until the day is on the phones."""
    with ExitStack() as stack:

        def clerk(name: str) -> Clerk:
            found = Clerk(site.url, f"{name}@northbank.example")
            stack.callback(found.close)
            return found

        scene = Scene(
            site=site,
            url=site.url,
            number=0,
            random=Random("bench web"),
            broken="",
            patience_seconds=PATIENCE_SECONDS,
            agent=clerk("agent"),
            dispatcher=clerk("dispatcher"),
            warehouse=clerk("warehouse"),
            supervisor=clerk("supervisor"),
            analyst=clerk("billing"),
        )
        for step in (ordering.order, ordering.decompose, ordering.appointment, ordering.schedule):
            step(scene)
        yield scene
