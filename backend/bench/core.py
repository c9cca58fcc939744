"""`truckroll bench core`: how soon the server starts, what it takes at rest, how fast it answers on the demo's data.

One web process and one worker on SQLite over loopback, real authentication, scopes, feed and audit; requests one
after the other, as a quiet figure of the server itself. The number of answers is counted: a wrong one ends the run.
"""

import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from rich.console import Console

from backend.bench.figures import Figure, Report, percentile, report
from backend.demo.seed import Amount
from backend.demo.set_up import set_up
from backend.demo.site import Site, free_port
from backend.demo.story.office import Clerk
from clients.device.device import Device
from clients.device.store import DeviceStore
from sync.operations import Note

SEED = 1
REST_SECONDS = 3.0
WARM_UP = 5


def run(console: Console, *, quick: bool) -> Report:
    """Measure on a site of its own. quick: fewer requests and a smaller operator."""
    requests = 60 if quick else 300
    with tempfile.TemporaryDirectory(prefix="truckroll-bench-") as home:
        site = Site(home=Path(home), port=free_port(), billing_port=free_port())
        amount = Amount(jobs_a_day=40 if quick else 120)
        set_up(site, seed_number=SEED, amount=amount, progress=lambda *_: None)
        console.print(f"seed {SEED}, {amount.jobs_a_day} jobs a day over {amount.days} days, {requests} requests each")
        try:
            return report("core", _measure(site, requests))
        finally:
            site.stop()


def _measure(site: Site, requests: int) -> list[Figure]:
    first_start_s = _start_seconds(site)  # a new site prepares its streets
    site.stop("web")
    start_s = _start_seconds(site)
    site.start_worker()
    time.sleep(REST_SECONDS)
    figures = [
        Figure(name="first_start_s", value=first_start_s, unit="s", detail="the same on a new site: streets prepared"),
        Figure(name="start_s", value=start_s, unit="s", must=2.0, detail="spawn to first answer of /health"),
        Figure(name="web_rss_mb", value=_tree_rss_mb(site, "web"), unit="MB", detail="at rest, all its processes"),
        Figure(
            name="worker_rss_mb", value=_tree_rss_mb(site, "worker"), unit="MB", detail="at rest, all its processes"
        ),
    ]
    clerk = Clerk(site.url, "supervisor@northbank.example")
    jobs = clerk.get("/api/v1/jobs", page_size=50)["items"]
    pending = next(job for job in jobs if job["state"] == "pending" and job["window"] is None)
    figures += _timed("jobs_list", requests, lambda: _listed(clerk))
    figures += _timed("slot_search", requests, lambda: _searched(clerk, pending["id"]))
    phone, job_id = _phone(site, clerk, pending)
    figures += _timed("pull", requests, phone.pull)
    figures += _timed("push", requests, lambda: _pushed(phone, job_id))
    clerk.close()
    return figures


def _start_seconds(site: Site) -> float:
    began = time.perf_counter()
    site.start_web()
    return time.perf_counter() - began


def _timed(name: str, requests: int, ask: Callable[[], None]) -> list[Figure]:
    for _ in range(WARM_UP):
        ask()
    taken = []
    for _ in range(requests):
        began = time.perf_counter()
        ask()
        taken.append(1000 * (time.perf_counter() - began))
    return [
        Figure(name=f"{name}_p50_ms", value=percentile(taken, 0.5), unit="ms", detail=f"{requests} requests"),
        Figure(name=f"{name}_p99_ms", value=percentile(taken, 0.99), unit="ms", detail=f"{requests} requests"),
    ]


def _listed(clerk: Clerk) -> None:
    items = clerk.get("/api/v1/jobs", page_size=50)["items"]
    assert len(items) == 50, f"a page of 50 jobs had {len(items)}"


def _searched(clerk: Clerk, job_id: str) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    offers = clerk.get(f"/api/v1/jobs/{job_id}/slots", **{"from": tomorrow, "days": 5})
    assert offers["slots"], "a slot search answered no window at all, open or closed"


def _phone(site: Site, clerk: Clerk, job: dict[str, str]) -> tuple[Device, str]:
    """A phone whose technician has one job on it."""
    territory = job["territory_id"]
    technician = next(t for t in _items(clerk, "/api/v1/technicians") if t["territory_id"] == territory)
    user = next(u for u in clerk.get("/api/v1/users") if u["technician_id"] == technician["id"])
    shift = _first_shift(clerk, technician["id"])
    clerk.post(f"/api/v1/jobs/{job['id']}/assignment", {"technician_id": technician["id"], "start": shift["starts_at"]})
    clerk.post(f"/api/v1/territories/{territory}/days/{shift['day']}/dispatch")
    code = clerk.post(f"/api/v1/users/{user['id']}/enrolment-codes")["code"]
    phone = Device(DeviceStore(site.home / "bench-device.db"), httpx.Client(base_url=site.url, timeout=30))
    phone.enrol(code, name="bench")
    phone.sync()
    assert phone.documents("job"), "the phone has no job to work on"
    return phone, job["id"]


def _pushed(phone: Device, job_id: str) -> None:
    """One operation: recorded on the device, sent, decided, answered."""
    phone.do(job_id, Note(text="A note of a technician, as long as such notes are."))
    assert phone.push() == 1, "one operation was to be sent"
    assert phone.unsent == 0, "the server did not decide the operation"


def _items(clerk: Clerk, path: str) -> list[dict[str, str]]:
    return clerk.get(path, page_size=200)["items"]


def _first_shift(clerk: Clerk, technician_id: str) -> dict[str, str]:
    """The next shift that has not begun yet: nobody is sent into the past."""
    now = datetime.now(UTC)
    for ahead in range(7):
        day = (now + timedelta(days=ahead)).date().isoformat()
        for shift in clerk.get("/api/v1/shifts", day=day):
            if shift["technician_id"] == technician_id and datetime.fromisoformat(shift["starts_at"]) > now:
                return shift
    raise AssertionError("the demo's technicians have shifts in the coming week")


def _tree_rss_mb(site: Site, name: str) -> float:
    """Resident memory of a process and its children, in MB of 10^6 bytes."""
    parent = site.processes[name].pid
    return sum(_pss_bytes(pid) for pid in (parent, *_children(parent))) / 1e6


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += [int(child), *_children(int(child))]
    return found


def _pss_bytes(pid: int) -> int:
    """Proportional set size: memory that processes share is divided among them."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    line = next(line for line in rollup.splitlines() if line.startswith("Pss:"))
    return int(line.split()[1]) * 1024
