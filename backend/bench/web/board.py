"""The dispatcher's board under measurement: 60 technicians with 400 jobs, in a browser as wide as a desk."""

import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backend.bench.figures import Figure, median_of
from backend.bench.web.browsers import desk, packed_kb
from backend.bench.web.crowd import JOBS, TECHNICIANS, make_crowd
from backend.bench.web.lighthouse import lighthouse
from backend.demo.people import PASSWORD
from backend.demo.site import Site, free_port
from backend.demo.story.office import Clerk
from backend.http.clients import WEB

if TYPE_CHECKING:
    from playwright.sync_api import Page

SIZE = f"{TECHNICIANS} technicians, {JOBS} jobs"
SETTLE_SECONDS = 5.0  # what the worker does at its start is over
DRAG_STEPS = 240
DISPATCHER = "dispatcher@northbank.example"

# Everything has been pulled, and a click on a job opens it: who sees that can work.
SHOWN = """() => {
  const counts = document.querySelector('footer')?.textContent?.match(/(\\d+) jobs? planned\\s*(\\d+) in the backlog/) ?? []
  return Number(counts[1]) + Number(counts[2])
}"""
OPENS = f"""expected => {{
  const shown = ({SHOWN})()
  const bar = document.querySelector('[role=gridcell]')
  if (!(shown >= expected) || !bar) return false
  if (bar.getAttribute('aria-selected') === 'true') return performance.now()
  bar.click()
  return false
}}"""
COUNT_FRAMES = """() => {
  window.frames_seen = 0
  const tick = () => { window.frames_seen++; window.counting = requestAnimationFrame(tick) }
  tick()
}"""


def prepared(home: Path) -> Site:
    """The site to be measured, not yet started. home: an empty folder."""
    return make_crowd(home)


def measure(site: Site, chromium: str, *, repetitions: int) -> list[Figure]:
    """site: as prepared, started; chromium: the program."""
    time.sleep(SETTLE_SECONDS)
    clerk = Clerk(site.url, DISPATCHER)
    day = clerk.get("/api/v1/jobs", page_size=200)["items"]
    profile, debugging = site.home / "desk", free_port()
    with closing(clerk), desk(chromium, profile, base_url=site.url, debugging=debugging) as context:
        page = context.pages[0]
        planned = _log_in(page)
        reloads = [_interactive_ms(page, planned) for _ in range(repetitions)]
        frames = [_drag_frames_per_s(page) for _ in range(repetitions)]
        changes = [_change_visible_ms(page, clerk, job) for job in _locked_in_turn(day, page, repetitions)]
        verdicts = lighthouse(f"{site.url}/dispatcher/", debugging, at_a_desk=True)
    return [
        median_of(
            "board_interactive_ms",
            reloads,
            unit="ms",
            must=2000,
            detail=f"from reload until a click opens a job, {SIZE}",
        ),
        median_of(
            "board_drag_frames_per_s",
            frames,
            unit="1/s",
            better="higher",
            must=30,
            detail=f"a job dragged across the timeline, {SIZE}",
        ),
        median_of(
            "board_change_visible_ms",
            changes,
            unit="ms",
            must=1000,
            detail=f"from a colleague's request to the bar on the screen, {SIZE}",
        ),
        Figure(name="board_js_kb", value=_script_kb(), unit="kB", must=150, detail="gzip, everything but the map"),
        verdicts.accessible("board"),
    ]


def _log_in(page: "Page") -> int:
    """Open the board of everything; how many jobs its day has."""
    page.goto("/dispatcher/")
    page.locator("input[type=email], input[autocomplete=username]").first.fill(DISPATCHER)
    page.locator("input[type=password]").fill(PASSWORD)
    page.locator("form button").click()
    page.locator("[role=gridcell]").first.wait_for()
    page.wait_for_timeout(SETTLE_SECONDS * 1000)
    shown = page.evaluate(SHOWN)
    assert shown, "the board says how many jobs it shows"
    return shown


def _interactive_ms(page: "Page", planned: int) -> float:
    page.keyboard.press("Escape")
    page.reload(wait_until="commit")
    return page.wait_for_function(OPENS, arg=planned, polling="raf").json_value()


def _drag_frames_per_s(page: "Page") -> float:
    page.keyboard.press("Escape")
    box = page.locator("[role=gridcell]").nth(2).bounding_box()
    assert box is not None, "a bar is on the screen"
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    page.evaluate(COUNT_FRAMES)
    began = time.perf_counter()
    for step in range(DRAG_STEPS):
        page.mouse.move(300 + 3 * (step % 200), 150 + 2 * step)
    seconds = time.perf_counter() - began
    seen = page.evaluate("() => { cancelAnimationFrame(window.counting); return window.frames_seen }")
    page.keyboard.press("Escape")
    page.mouse.up()
    return seen / seconds


def _locked_in_turn(day: list[dict[str, Any]], page: "Page", count: int) -> list[dict[str, Any]]:
    """Planned jobs that are on the screen."""
    seen = set(page.eval_on_selector_all("[role=gridcell]", "bars => bars.map(bar => bar.dataset.job)"))
    found = [job for job in day if job["id"] in seen][:count]
    assert len(found) == count, "enough planned jobs are on the screen"
    return found


def _change_visible_ms(page: "Page", clerk: Clerk, job: dict[str, Any]) -> float:
    """A colleague locks a job; the bar says so."""
    began = time.perf_counter()
    clerk.put(f"/api/v1/jobs/{job['id']}/lock", {"lock": "both"})
    locked = "id => document.querySelector(`[role=gridcell][data-job=\"${id}\"]`)?.ariaLabel.includes('locked')"
    page.wait_for_function(locked, arg=job["id"], polling="raf")
    return (time.perf_counter() - began) * 1000


def _script_kb() -> float:
    """Every script of the board; what is only loaded with the map has its name."""
    scripts = [path for path in (WEB / "dispatcher/assets").glob("*.js") if "map" not in path.name.lower()]
    return packed_kb(scripts)
