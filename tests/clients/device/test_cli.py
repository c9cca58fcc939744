"""`truckroll device`: what a technician types, and what the screen says."""

from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from clients.device import cli
from sync import MemoryServer
from tests.clients.device.twin import SCOPE, Twin, request_lost, says

JOB = "01900000-0000-7000-8000-000000000001"
VAN = "01900000-0000-7000-8000-0000000000b1"
UNIT = "01900000-0000-7000-8000-0000000000c1"


class Phone:
    """One store, and the command that works on it."""

    def __init__(self, store: Path) -> None:
        self.store = store

    def says(self, words: str, *, fails: bool = False) -> str:
        """What the command prints, of its error when it must fail."""
        told = CliRunner().invoke(cli.app, ["--store", str(self.store), *words.split(" ")])
        assert told.exit_code == (cli.FAILED if fails else 0), (words, told.output, told.exception)
        return told.stderr if fails else told.stdout


@pytest.fixture
def twin() -> Twin:
    server = MemoryServer("e1")
    document = {"id": JOB, "number": "J-1", "state": "pending", "premises": {"street": "Mikonkatu 7"}}
    server.put("job", JOB, document, {SCOPE})
    coming = [{"serial": "LWON0000AAAA", "model": "ONT-G1"}, {"serial": "LWON0000BBBB", "model": "ONT-G1"}]
    transfer = {"id": "t1", "from_name": "Depot", "state": "shipped", "units": coming, "parts": {"SC-APC": 10}}
    levels = {"SC-APC": {"minimum": 8, "maximum": 20}}
    van = {"id": VAN, "name": "Van 7", "parts": {"SC-APC": 4}, "levels": levels, "transfers": [transfer]}
    server.put("van", VAN, van, {SCOPE})
    unit = {"serial": "LWON0000CCCC", "model": "ONT-G1", "state": "available"}
    server.put("serial_unit", UNIT, unit, {SCOPE})
    return Twin(server)


@pytest.fixture
def phone(tmp_path: Path, twin: Twin, monkeypatch: pytest.MonkeyPatch) -> Phone:
    """A phone that nobody knows yet, whose network leads to the twin."""
    monkeypatch.setenv("COLUMNS", "200")
    transport = httpx.MockTransport(twin)
    monkeypatch.setattr(cli, "line_to", lambda server: httpx.Client(transport=transport, base_url=server))
    return Phone(tmp_path / "phone.db")


@pytest.fixture
def enrolled(phone: Phone) -> Phone:
    phone.says("--server http://server enrol CODE")
    return phone


def test_who_enrols_sees_the_day(phone: Phone):
    said = phone.says("--server http://server enrol CODE")

    assert "enrolled as Eero Virtanen" in said
    assert "Mikonkatu 7" in said


def test_the_server_is_remembered(enrolled: Phone):
    assert "http://server" in enrolled.says("status")


def test_offline_is_remembered_until_it_is_switched_back(enrolled: Phone):
    enrolled.says("offline")
    enrolled.says("do start J-1")
    refused = enrolled.says("sync", fails=True)
    enrolled.says("online")

    assert "truckroll device online" in refused
    assert "1 answered, 0 to send" in enrolled.says("sync")


def test_work_is_shown_before_it_is_sent(enrolled: Phone):
    said = enrolled.says("do measure J-1 name=light_level value=-18.5 unit=dBm")

    assert "saved here as number 1: measure; 1 to send" in said
    shown = enrolled.says("show J-1")
    assert "name light_level, value -18.5, unit dBm" in shown
    assert "queued" in shown


def test_each_piece_of_work_is_told_what_became_of_it(enrolled: Phone, twin: Twin):
    twin.server.remove("job", JOB)
    enrolled.says("do start J-1")

    assert "quarantined" in enrolled.says("push")
    assert "not_found" in enrolled.says("status")


def test_a_photo_is_taken_from_its_file(enrolled: Phone, twin: Twin, tmp_path: Path):
    (tmp_path / "box.png").write_bytes(b"a box")

    enrolled.says(f"do photo J-1 --file {tmp_path / 'box.png'}")
    enrolled.says("sync")

    assert list(twin.files.values()) == [b"a box"]


def test_the_outbox_goes_to_another_phone(enrolled: Phone, phone: Phone, twin: Twin, tmp_path: Path):
    enrolled.says("do start J-1")
    exported = enrolled.says(f"export {tmp_path / 'outbox.db'}")
    other = Phone(tmp_path / "other.db")
    other.says("--server http://server enrol ANOTHER")
    other.says(f"import {tmp_path / 'outbox.db'}")

    assert "1 pieces of work" in exported
    assert "applied" in other.says("sync")
    assert len(twin.server.effects) == 1


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        ("do start J-2", "there are: J-1"),
        ("show J-2", "there are: J-1"),
        ("do fly_drone J-1", "there are: acknowledge"),
        ("do photo J-1 --file nowhere.png", "nowhere.png"),
        ("import nowhere.db", "there is no file nowhere.db"),
    ],
)
def test_a_wrong_word_is_answered_with_what_there_is(enrolled: Phone, words: str, advice: str):
    assert advice in enrolled.says(words, fails=True)


@pytest.mark.parametrize("words", ["sync", "show", "do start J-1", "export x.db", "status"])
def test_a_phone_that_is_not_enrolled_is_told_how(phone: Phone, words: str):
    assert "enrol CODE" in phone.says(words, fails=True)


def test_every_refusal_says_what_to_do(enrolled: Phone, twin: Twin):
    twin.faults = [request_lost]
    assert "the work waits here" in enrolled.says("pull", fails=True)
    twin.faults = [says(503, '{"code": "busy"}')]
    assert "try again in a minute" in enrolled.says("pull", fails=True)
    twin.faults = [says(403, '{"code": "device_revoked"}')]
    assert "truckroll device export FILE" in enrolled.says("pull", fails=True)
    assert "enrol this device again" in enrolled.says("status")


def test_the_van_is_worked_with_without_a_network(enrolled: Phone, twin: Twin):
    enrolled.says("offline")
    before = enrolled.says("van")
    enrolled.says('do transfer_received van transfer=t1 serials=lwon0000aaaa parts={"SC-APC":10}')
    enrolled.says("do handed_over van to=Depot serials=LWON0000CCCC")
    enrolled.says("do unit_faulty van serial=LWON0000AAAA method=scan reason=dark")
    enrolled.says("do stock_counted van model=SC-APC quantity=13")
    enrolled.says("do parts_requested van model=ONT-G1 quantity=2")
    after = enrolled.says("van")
    enrolled.says("online")

    assert "SC-APC 4 8 20 low" in " ".join(before.split())
    assert "SC-APC 13 8 20 on its way" in " ".join(after.split())
    assert "from Depot: LWON0000BBBB" in after
    assert "to be returned: LWON0000AAAA (quarantined)" in after
    assert "5 answered, 0 to send" in enrolled.says("push")
    stored = twin.server.document("van", VAN)
    assert stored is not None
    assert stored.body["handed_over"] == ["LWON0000CCCC"]


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        ("handed_over van to=Depot serials=LWON0000CCDC", "it looks like LWON0000CCCC (ONT-G1)"),
        ("handed_over van to=Depot serials=HELLO", "is no serial of any model"),
        ("transfer_received van transfer=t1 serials=LWON0000CCCC", "LWON0000CCCC is not on its way to you"),
        ("unit_faulty van serial=LWON0000AAAA method=scan reason=dark", "is not in your van"),
    ],
)
def test_a_doubtful_serial_in_the_van_is_asked_about_once(enrolled: Phone, words: str, advice: str):
    asked = enrolled.says(f"do {words}", fails=True)

    assert advice in asked
    assert "--sure" in asked
    assert "saved here as number 1" in enrolled.says(f"do --sure {words}")
