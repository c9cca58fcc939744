"""The device against the real server in a process of its own: a day's work, and a death at the worst moment."""

import hashlib
import re
import shlex
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select, update
from typer.testing import CliRunner

from backend.cli import app
from backend.demo.site import STOP_SECONDS, Site, free_port
from backend.identity.devices import revoke
from backend.identity.models import DeviceToken
from backend.identity.principal import Role
from backend.jobs import service as jobs
from backend.jobs.models import JobNote
from backend.kernel.db import Transaction
from backend.migrations.run import upgrade
from clients.device.device import Device, system_clock_ms
from clients.device.errors import Offline
from clients.device.store import DeviceStore
from sync import Refused
from sync.operations import Acknowledge, Arrive, EnRoute, Note, Photo, Start
from sync.protocol import ErrorCode
from tests.factories.catalogue import make_catalogue
from tests.factories.identity import make_code, make_user
from tests.factories.jobs import SUPERVISOR, make_dispatched_job
from tests.factories.sites import in_database
from tests.factories.workforce import make_technician, make_territory

PICTURE = b"\xff\xd8 the box on the wall"
README = Path(__file__).parents[3] / "clients/device/README.md"
TWO_YEARS_MS = 2 * 365 * 24 * 3600 * 1000


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """An operator with a catalogue, whose web process runs."""
    site = Site(home=tmp_path_factory.mktemp("site"), port=free_port(), billing_port=free_port())
    upgrade(site.database_url)
    in_database(site, make_catalogue)
    site.start_web()
    yield site
    site.stop()


@dataclass(kw_only=True)
class Day:
    """A technician's device, enrolled and with one job."""

    site: Site
    device: Device
    device_id: UUID
    job_id: str

    def notes(self) -> list[str]:
        """What the server has of the job's notes."""

        async def read(tx: Transaction) -> list[str]:
            query = select(JobNote.text).where(JobNote.job_id == UUID(self.job_id)).order_by(JobNote.id)
            return list(await tx.session.scalars(query))

        return in_database(self.site, read)

    def tokens_end(self) -> None:
        """All access tokens are over, as after a quarter of an hour."""

        async def end(tx: Transaction) -> None:
            over = update(DeviceToken).where(DeviceToken.is_refresh.is_(False)).values(expires_at=tx.now)
            await tx.session.execute(over)

        in_database(self.site, end)


@pytest.fixture
def open_day(site: Site, tmp_path: Path) -> Iterator[Callable[..., Day]]:
    """Opens a day of a new technician. ahead_ms: how far the device's clock is off."""
    opened_here = ExitStack()

    async def first_things(tx: Transaction) -> tuple[str, str]:
        territory = await make_territory(tx, code=f"T-{tx.new_id().hex[-8:]}")
        technician = await make_technician(tx, territory.id)
        user = await make_user(tx, Role.TECHNICIAN, technician_id=technician.id)
        job = await make_dispatched_job(tx, technician)
        return await make_code(tx, user), str(job.id)

    def opened(ahead_ms: int = 0) -> Day:
        code, job_id = in_database(site, first_things)
        store = opened_here.enter_context(closing(DeviceStore(tmp_path / "device.db")))
        client = opened_here.enter_context(httpx.Client(base_url=site.url, timeout=20))
        device = Device(store, client, clock_ms=lambda: system_clock_ms() + ahead_ms)
        tokens = device.enrol(code, name="phone")
        device.sync()
        return Day(site=site, device=device, device_id=UUID(tokens.device_id), job_id=job_id)

    with opened_here:
        yield opened


@pytest.fixture
def day(open_day: Callable[..., Day]) -> Day:
    return open_day()


def states(device: Device) -> list[str]:
    return [str(entry.state) for entry in device.replica.outbox.entries]


def test_a_day_without_a_network_arrives_when_it_is_back(day: Day):
    day.device.is_online = False
    photo = Photo(sha256=hashlib.sha256(PICTURE).hexdigest(), media_type="image/jpeg", bytes=len(PICTURE))
    for operation in (Acknowledge(), EnRoute(), Arrive(), Start(), Note(text="in the basement")):
        day.device.do(day.job_id, operation)
    day.device.do(day.job_id, photo, photo=PICTURE)
    day.device.is_online = True

    day.device.sync()

    document = day.device.document("job", day.job_id)
    assert states(day.device) == ["applied"] * 6
    assert (document["state"], document["assignment"], document["photos"][0]["sha256"]) == (
        "started",
        "acknowledged",
        photo.sha256,
    )
    assert (day.notes(), day.device.replica.last_mid) == (["in the basement"], 6)
    assert (day.site.home / "blobs").exists()


def test_a_job_that_the_office_cancels_leaves_the_device(day: Day):
    in_database(day.site, lambda tx: jobs.cancel(tx, SUPERVISOR, UUID(day.job_id), "customer_cancelled"))
    day.device.do(day.job_id, Start())

    day.device.sync()

    assert day.device.documents("job") == []
    assert day.device.refused == [("start", "conflict", "job_cancelled")]


def test_tokens_that_are_over_are_renewed_with_the_devices_key(day: Day):
    day.tokens_end()
    day.device.do(day.job_id, Note(text="late"))

    day.device.sync()

    assert day.notes() == ["late"]


@pytest.mark.parametrize("ahead_ms", [-TWO_YEARS_MS, TWO_YEARS_MS])
def test_a_device_whose_clock_is_years_wrong_works_all_the_same(open_day: Callable[..., Day], ahead_ms: int):
    day = open_day(ahead_ms)
    day.tokens_end()
    day.device.do(day.job_id, EnRoute())

    day.device.sync()

    (note,) = day.device.replica.outbox.entries
    assert states(day.device) == ["applied"]
    assert note.mutation.off is not None
    assert abs(note.mutation.at + note.mutation.off - system_clock_ms()) < 60_000


def test_a_revoked_device_is_told_to_wipe(day: Day):
    in_database(day.site, lambda tx: revoke(tx, SUPERVISOR, day.device_id))

    with pytest.raises(Refused) as caught:
        day.device.sync()

    assert (caught.value.refusal.code, day.device.documents("job")) == (ErrorCode.DEVICE_REVOKED, [])


def test_the_day_in_the_readme_happens_as_it_says(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Every command of the example, typed as it stands there, on a job and with a code of this site."""

    async def first_things(tx: Transaction) -> tuple[str, str]:
        technician = await make_technician(tx, (await make_territory(tx, code=f"T-{tx.new_id().hex[-8:]}")).id)
        job = await make_dispatched_job(tx, technician)
        return await make_code(tx, await make_user(tx, Role.TECHNICIAN, technician_id=technician.id)), job.number

    code, number = in_database(site, first_things)
    (example,) = re.findall(r"```sh\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    ours = example.replace("J-100001", number).replace("CODE", code).replace("http://127.0.0.1:8000", site.url)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "box.png").write_bytes(PICTURE)

    said = {words[2]: _typed(words) for words in (shlex.split(line, comments=True) for line in ours.splitlines())}

    assert "started" in said["show"]
    assert (said["sync"].count("applied"), said["status"].count("0 to send")) == (6, 1)


def _typed(words: list[str]) -> str:
    told = CliRunner().invoke(app, words[1:])
    assert told.exit_code == 0, (words, told.output)
    return told.stdout


@pytest.mark.drill
def test_work_survives_the_servers_death_between_commit_and_answer(day: Day):
    """The server is killed when the push is stored and nobody has heard of it."""
    site = day.site
    site.stop("web")
    site.start_web(kill_at=f"push.committed:{site.home / 'killed'}")
    day.device.do(day.job_id, Note(text="once"))
    with pytest.raises(Offline):
        day.device.sync()
    site.processes["web"].wait(STOP_SECONDS)
    assert day.device.unsent == 1
    site.revive()

    day.device.sync()

    assert (states(day.device), day.notes()) == (["applied"], ["once"])
