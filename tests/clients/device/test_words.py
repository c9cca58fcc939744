"""What is typed becomes an operation, or a sentence that says what to type."""

import hashlib
from pathlib import Path

import pytest

from clients.device.words import BadWords, operation_of, usage
from sync.operations import ChecklistAnswer, Complete, Measure, Note, Operation, Outcome, Photo, SerialInstalled, Start

PICTURE = b"\x89PNG a box on a wall"


@pytest.mark.parametrize(
    ("typed", "operation"),
    [
        ("start", Start()),
        ("measure name=light_level value=-18.5 unit=dBm", Measure(name="light_level", value=-18.5, unit="dBm")),
        ("checklist_answer item=drop_intact value=true", ChecklistAnswer(item="drop_intact", value=True)),
        ("checklist_answer item=colour value=grey", ChecklistAnswer(item="colour", value="grey")),
        ("checklist_answer item=colour value=null", ChecklistAnswer(item="colour", value=None)),
        ("note text=1977", Note(text="1977")),
        ("note text=a=b", Note(text="a=b")),
        ("serial_installed serial=0042 method=scan", SerialInstalled(serial="0042", method="scan")),  # type: ignore[arg-type]
        ("complete outcome=partial undone=MESH-6,GW-6", Complete(outcome=Outcome.PARTIAL, undone=("MESH-6", "GW-6"))),
    ],
)
def test_words_are_read_as_the_argument_wants_them(typed: str, operation: Operation):
    name, *words = typed.split()

    assert operation_of(name, words) == (operation, None)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("fly_drone", "no operation is called fly_drone; there are: acknowledge, en_route"),
        ("note", "required field `text`"),
        ("note sentence=x", "'sentence=x' is not an argument of note; write: do note JOB text=…"),
        ("note hello", "'hello' is not an argument of note"),
        ("measure name=light_level value=dark unit=dBm", "$.args.value"),
        ("complete outcome=full undone=GW-6", "partial names what was left undone"),
    ],
)
def test_other_words_are_told_with_what_to_write(typed: str, told: str):
    name, *words = typed.split()

    with pytest.raises(BadWords) as caught:
        operation_of(name, words)

    assert told in str(caught.value)


def test_a_picture_is_described_by_its_file(tmp_path: Path):
    file = tmp_path / "box.png"
    file.write_bytes(PICTURE)

    operation, body = operation_of("photo", [], file=file)

    sha256 = hashlib.sha256(PICTURE).hexdigest()
    assert (operation, body) == (Photo(sha256=sha256, media_type="image/png", bytes=len(PICTURE)), PICTURE)


def test_work_without_a_picture_takes_none(tmp_path: Path):
    (tmp_path / "box.png").write_bytes(PICTURE)

    with pytest.raises(BadWords, match="takes no --file"):
        operation_of("note", ["text=x"], file=tmp_path / "box.png")


def test_how_to_write_it_names_what_may_be_left_out():
    assert usage("serial_recovered") == "write: do serial_recovered JOB serial=… method=… [model=…] [is_confirmed=…]"
