"""The customer's page under measurement: a slow phone that opens the link of a message, before the visit."""

from pathlib import Path

from backend.bench.figures import Figure
from backend.bench.web import browsers
from backend.bench.web.labels import code_128, show
from backend.bench.web.lighthouse import lighthouse
from backend.bench.web.scenes import SEED, played, small_site
from backend.demo.site import Site, free_port

SIZE = f"seed {SEED}, one customer with an appointment"
MOST_KB = 40


def prepared(home: Path) -> Site:
    """The site to be measured, not yet started. home: an empty folder."""
    return small_site(home)


def measure(site: Site, chromium: str, *, repetitions: int) -> list[Figure]:
    """site: as prepared, started; chromium: the program; repetitions: Lighthouse runs once. Raises NotInstalled."""
    camera, debugging = site.home / "seen.y4m", free_port()
    show(camera, code_128("NOTHING"))
    with (
        played(site) as scene,
        browsers.phone(chromium, site.home / "profile", camera=camera, debugging=debugging),
    ):
        verdicts = lighthouse(f"{scene.url}/tracking/#{scene.facts['link']}", debugging)
    return [
        *verdicts.figures("tracking", performance=95),
        Figure(
            name="tracking_js_kb",
            value=browsers.first_scripts_kb("tracking"),
            unit="kB",
            must=MOST_KB,
            detail="gzip, before the first screen",
        ),
    ]
