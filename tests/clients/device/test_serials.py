"""A serial is judged on the device, without a network, and asked about once."""

import pytest

from clients.device.advice import advice
from clients.device.device import Device
from clients.device.errors import DoubtfulSerial
from clients.device.serials import check_serial, judged
from sync.operations import CaptureMethod, Note, SerialInstalled, SerialRecovered, SerialSwapped
from sync.serials import SerialVerdict
from tests.clients.device.conftest import JOB
from tests.clients.device.twin import SCOPE, Twin

OTHER_JOB = "01900000-0000-7000-8000-000000000002"
FETCHING_JOB = "01900000-0000-7000-8000-000000000003"
GRAMMARS = [
    {"model": "ONT-G1", "pattern": "^LWON[0-9A-F]{8}$", "check": None},
    {"model": "LTE-1", "pattern": "^[0-9]{15}$", "check": "luhn"},
]
UNITS = {"LWON12345678": "available", "LWON0000AAAA": "reserved", "LWON0000BBBB": "recovered"}
SCAN = CaptureMethod.SCAN


@pytest.fixture
def phone(device: Device, twin: Twin) -> Device:
    """In the basement: a van with two ONTs to put in and one that was taken out, and a job that wants an ONT.

    There are modems, too, but none in this van.
    """
    know_models(twin)
    for number, (serial, state) in enumerate(UNITS.items()):
        unit = {"serial": serial, "state": state, "model": "ONT-G1"}
        twin.server.put("serial_unit", f"01900000-0000-7000-8000-0000000000f{number}", unit, {SCOPE})
    twin.server.put("job", JOB, {"number": "J-1", "state": "started", "parts": {"ONT-G1": 1}}, {SCOPE})
    installed = {"number": "J-2", "serials": [{"serial": "LWON0000CCCC", "model": "ONT-G1"}], "parts": {"MESH-W6": 1}}
    twin.server.put("job", OTHER_JOB, installed, {SCOPE})
    fetching = {"number": "J-3", "to_recover": [{"serial": "HG6000000012", "model": "GW-6"}]}
    twin.server.put("job", FETCHING_JOB, fetching, {SCOPE})
    device.pull()
    device.is_online = False
    return device


def know_models(twin: Twin) -> None:
    twin.server.put("serial_grammars", "00000000-0000-0000-0000-000000000000", {"grammars": GRAMMARS}, {SCOPE})


@pytest.mark.parametrize(
    ("read", "verdict"),
    [
        ("LWON12345678", SerialVerdict.OK),
        ("lwon 0000 aaaa", SerialVerdict.OK),
        ("LWON12435678", SerialVerdict.LOOKS_LIKE),
        ("LWON0000BBBB", SerialVerdict.NOT_IN_VAN),
        ("LWON0000CCCC", SerialVerdict.NOT_IN_VAN),
        ("LWON99999999", SerialVerdict.UNKNOWN),
        ("HELLO", SerialVerdict.MALFORMED),
        ("490154203237518", SerialVerdict.WRONG_MODEL),  # of a model of which this van has none
        ("490154203273518", SerialVerdict.MALFORMED),  # the same, transposed
    ],
)
def test_what_is_read_is_judged_by_the_van_and_the_jobs(phone: Device, read: str, verdict: SerialVerdict):
    assert check_serial(phone, JOB, read).verdict is verdict


def test_a_unit_that_the_job_does_not_ask_for_is_of_the_wrong_model(phone: Device):
    assert check_serial(phone, OTHER_JOB, "LWON12345678").verdict is SerialVerdict.WRONG_MODEL


def test_a_slip_is_asked_about_with_what_could_be_meant_and_then_confirmed(phone: Device):
    slip = SerialInstalled(serial="LWON12435678", method=SCAN)
    with pytest.raises(DoubtfulSerial) as asked:
        judged(phone, JOB, slip)

    confirmed = judged(phone, JOB, SerialInstalled(serial="LWON12435678", method=SCAN, is_confirmed=True))

    assert "looks like LWON12345678 (ONT-G1)" in advice(asked.value)
    assert "is_confirmed=true" in advice(asked.value)
    assert confirmed == SerialInstalled(serial="LWON12435678", method=SCAN, is_confirmed=True)


def test_a_unit_that_was_put_in_a_moment_ago_cannot_be_put_in_again(phone: Device):
    phone.do(OTHER_JOB, SerialInstalled(serial="LWON12345678", method=SCAN, is_confirmed=True))

    with pytest.raises(DoubtfulSerial, match="installed or taken out already"):
        judged(phone, JOB, SerialInstalled(serial="LWON12345678", method=SCAN))


def test_small_letters_are_recorded_as_the_label_has_them(phone: Device):
    swap = SerialSwapped(recovered="lwon 0000 dddd", installed="lwon12345678", method=SCAN)

    assert judged(phone, JOB, swap) == SerialSwapped(recovered="LWON0000DDDD", installed="LWON12345678", method=SCAN)
    out = SerialRecovered(serial="lwon0000dddd", method=SCAN)
    assert judged(phone, JOB, out) == SerialRecovered(serial="LWON0000DDDD", method=SCAN)


def test_a_device_that_knows_no_stock_asks_nothing(device: Device, twin: Twin):
    know_models(twin)
    device.pull()
    operation = SerialInstalled(serial="HELLO", method=SCAN)

    assert judged(device, JOB, operation) == operation
    assert judged(device, JOB, Note(text="no serial")) == Note(text="no serial")


def test_what_is_taken_out_is_held_against_the_units_that_the_job_is_to_bring_back(phone: Device):
    right = judged(phone, FETCHING_JOB, SerialRecovered(serial="hg6 000000012", method=SCAN))
    with pytest.raises(DoubtfulSerial, match=r"not among the units .* it looks like HG6000000012 \(GW-6\)"):
        judged(phone, FETCHING_JOB, SerialRecovered(serial="HG6000000021", method=SCAN))
    with pytest.raises(DoubtfulSerial, match="not among the units"):
        judged(phone, FETCHING_JOB, SerialRecovered(serial="LWON12345678", method=SCAN))
    confirmed = judged(phone, FETCHING_JOB, SerialRecovered(serial="LWON12345678", method=SCAN, is_confirmed=True))

    assert right == SerialRecovered(serial="HG6000000012", method=SCAN)
    assert confirmed == SerialRecovered(serial="LWON12345678", method=SCAN, is_confirmed=True)
