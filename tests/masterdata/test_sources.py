"""The table of sources of truth names what there is, and its document says the same."""

from pathlib import Path

import backend.masterdata.sources as module
from backend.masterdata.sources import SOURCES, as_table
from backend.migrations.tables import all_tables

DOCUMENT = Path(module.__file__).parent / "SOURCES.md"


def test_every_field_is_a_column():
    tables = all_tables().tables

    missing = [f"{one.table}.{one.field}" for one in SOURCES if one.field not in tables[one.table].columns]
    assert missing == []


def test_every_field_has_one_source():
    named = [(one.table, one.field) for one in SOURCES]

    assert len(set(named)) == len(named)


def test_the_document_is_the_table():
    assert as_table() in DOCUMENT.read_text(encoding="utf-8")
