"""A catalogue as a file, from the command line: tried, taken in with every fault in a file of its own, and written out."""

import csv
import json
from pathlib import Path

import msgspec
import pytest
from typer.testing import CliRunner, Result

from backend.catalogue.draft_schemas import Catalogue
from backend.cli import app
from backend.demo.offers import CATALOGUE

FILE = Path("backend/demo/catalogue.json")


@pytest.fixture
def url(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    monkeypatch.setenv("TRUCKROLL_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")
    return database_url


def run(url: str, *words: str) -> Result:
    return CliRunner().invoke(app, [*words, "--database", url])


def exported(url: str, directory: Path, *words: str) -> Catalogue:
    file = directory / "exported.json"
    assert run(url, "export-catalogue", str(file), *words).exit_code == 0
    return msgspec.json.decode(file.read_bytes(), type=Catalogue)


def test_a_file_is_tried_then_taken_in_and_written_out_as_it_was(url: str, tmp_path: Path):
    tried = run(url, "import-catalogue", str(FILE), "--dry-run")
    before = exported(url, tmp_path)
    taken = run(url, "import-catalogue", str(FILE))
    after = exported(url, tmp_path)

    assert (tried.exit_code, taken.exit_code) == (0, 0)
    assert "21 changes" in tried.output
    assert before == Catalogue()
    assert {one.code: one for one in after.offerings} == {one.code: one for one in CATALOGUE.offerings}
    assert {one.code: one for one in after.models} == {one.code: one for one in CATALOGUE.models}
    assert {one.code: one for one in after.work} == {one.code: one for one in CATALOGUE.work}


def test_rows_at_fault_stand_in_a_file_and_nothing_is_taken_in(url: str, tmp_path: Path):
    rows = json.loads(FILE.read_text())
    rows["models"][1]["serial_length"] = "twelve"
    rows["offerings"][2]["prices"]["F2"]["amount_minor"] = 89.0
    file = tmp_path / "wrong.json"
    file.write_text(json.dumps(rows))

    refused = run(url, "import-catalogue", str(file))

    with (tmp_path / "wrong.errors.csv").open() as errors:
        faults = [(row["section"], row["row"], row["reason"]) for row in csv.DictReader(errors)]
    assert refused.exit_code == 1
    assert faults == [("models", "2", "malformed_row"), ("offerings", "3", "malformed_row")]
    assert exported(url, tmp_path) == Catalogue()


def test_a_catalogue_by_date_is_not_sold_before(url: str, tmp_path: Path):
    run(url, "import-catalogue", str(FILE), "--from", "2999-01-01")

    assert exported(url, tmp_path).offerings == []
    assert len(exported(url, tmp_path, "--at", "2999-01-01").offerings) == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "bad_document"),
        ("[]", "bad_document"),
        ('{"offers": []}', "no section offers; there are models, work, offerings, withdrawn"),
    ],
)
def test_what_is_no_catalogue_is_refused_in_a_sentence(url: str, tmp_path: Path, text: str, said: str):
    file = tmp_path / "wrong.json"
    file.write_text(text)

    refused = run(url, "import-catalogue", str(file))

    assert refused.exit_code != 0
    assert said in refused.output
