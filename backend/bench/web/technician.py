"""The technician's app under measurement, on the demo operator.

The phone is as wide as a phone and its processor is slowed down four times; its store is filled as after a month of
work.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random

from backend.bench.figures import Figure, percentile
from backend.bench.web import browsers
from backend.bench.web import phone as phones
from backend.bench.web.labels import code_128, show
from backend.bench.web.lighthouse import lighthouse
from backend.demo.seed import Amount
from backend.demo.set_up import set_up
from backend.demo.site import Site, free_port
from backend.demo.story import ordering
from backend.demo.story.office import Clerk
from backend.demo.story.scene import Scene
from backend.http.clients import WEB

SEED = 1
JOBS, PHOTOS = 40, 200
SIZE = f"seed {SEED}, {JOBS} jobs and {PHOTOS} photos on the phone"
PATIENCE_SECONDS = 40.0
TURNED_DEGREES = 9


def prepared(home: Path) -> Site:
    """The site to be measured, not yet started. home: an empty folder."""
    site = Site(home=home, port=free_port(), billing_port=free_port())
    set_up(site, seed_number=SEED, amount=Amount(jobs_a_day=32, days=2), progress=lambda *_: None)
    return site


def measure(site: Site, chromium: str, *, repetitions: int) -> list[Figure]:
    """site: as prepared, started; chromium: the program. Raises NotInstalled."""
    camera, debugging = site.home / "seen.y4m", free_port()
    with _scene(site) as scene:
        serial = scene.facts["serials"]["ONT-G1"][0]
        show(camera, code_128(serial), degrees=TURNED_DEGREES)
        with browsers.phone(chromium, site.home / "profile", camera=camera, debugging=debugging) as context:
            page = context.pages[0]
            phones.enrol(page, scene)
            scans = [phones.scan_ms(page, scene, serial) for _ in range(repetitions)]
            verdicts = lighthouse(f"{scene.url}/technician/", debugging)
            phones.fill(page, jobs=JOBS, photos=PHOTOS)
            reloads = [phones.offline_reload_ms(page, JOBS) for _ in range(repetitions)]
    slowed = f"median of {repetitions}, processor slowed {phones.SLOWED} times"
    return [
        Figure(
            name="technician_offline_reload_ms",
            value=percentile(reloads, 0.5),
            unit="ms",
            must=1000,
            detail=f"until the day is drawn, {slowed}; {JOBS} jobs, {PHOTOS} photos",
        ),
        Figure(
            name="technician_js_kb", value=_script_kb(), unit="kB", must=120, detail="gzip, before the first screen"
        ),
        Figure(
            name="technician_scan_ms",
            value=percentile(scans, 0.5),
            unit="ms",
            must=2000,
            detail=f"from the tap to the read Code 128, turned by {TURNED_DEGREES} degrees, {slowed}",
        ),
        *(
            Figure(
                name=f"technician_{name}", value=score, unit="points", better="higher", must=must, detail="Lighthouse"
            )
            for name, score, must in zip(("performance", "accessibility"), verdicts, (90, 100), strict=True)
        ),
    ]


def _script_kb() -> float:
    """What a phone fetches of scripts before it shows anything, as the page names it."""
    folder = WEB / "technician"
    named = re.findall(r'(?:src|href)="/technician/([^"]+\.js)"', (folder / "index.html").read_text(encoding="utf-8"))
    assert named, "the page names its scripts"
    return browsers.packed_kb(folder / name for name in named)


@contextmanager
def _scene(site: Site) -> Iterator[Scene]:
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
