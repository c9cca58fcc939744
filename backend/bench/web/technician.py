"""The technician's app under measurement, on the demo operator.

The phone is as wide as a phone and its processor is slowed down four times; its store is filled as after a month of
work.
"""

from pathlib import Path

from backend.bench.figures import Figure, median_of
from backend.bench.web import browsers
from backend.bench.web import phone as phones
from backend.bench.web.labels import code_128, show
from backend.bench.web.lighthouse import lighthouse
from backend.bench.web.scenes import SEED, played, small_site
from backend.demo.site import Site, free_port

JOBS, PHOTOS = 40, 200
SIZE = f"seed {SEED}, {JOBS} jobs and {PHOTOS} photos on the phone"
TURNED_DEGREES = 9


def prepared(home: Path) -> Site:
    """The site to be measured, not yet started. home: an empty folder."""
    return small_site(home)


def measure(site: Site, chromium: str, *, repetitions: int) -> list[Figure]:
    """site: as prepared, started; chromium: the program. Raises NotInstalled."""
    camera, debugging = site.home / "seen.y4m", free_port()
    with played(site) as scene:
        serial = scene.facts["serials"]["ONT-G1"][0]
        show(camera, code_128(serial), degrees=TURNED_DEGREES)
        with browsers.phone(chromium, site.home / "profile", camera=camera, debugging=debugging) as context:
            page = context.pages[0]
            phones.enrol(page, scene)
            scans = [phones.scan_ms(page, scene, serial) for _ in range(repetitions)]
            verdicts = lighthouse(f"{scene.url}/technician/", debugging)
            phones.fill(page, jobs=JOBS, photos=PHOTOS)
            reloads = [phones.offline_reload_ms(page, JOBS) for _ in range(repetitions)]
    slowed = f"processor slowed {phones.SLOWED} times"
    return [
        median_of(
            "technician_offline_reload_ms",
            reloads,
            unit="ms",
            must=1000,
            detail=f"until the day is drawn, {slowed}; {JOBS} jobs, {PHOTOS} photos",
        ),
        Figure(
            name="technician_js_kb",
            value=browsers.first_scripts_kb("technician"),
            unit="kB",
            must=120,
            detail="gzip, before the first screen",
        ),
        median_of(
            "technician_scan_ms",
            scans,
            unit="ms",
            must=2000,
            detail=f"from the tap to the read Code 128, turned by {TURNED_DEGREES} degrees, {slowed}",
        ),
        *verdicts.figures("technician", performance=90),
    ]
