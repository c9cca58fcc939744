"""The tables and hooks of the product, for the tests' databases."""

from importlib import import_module
from pathlib import Path

from backend.kernel.audit import write_audit
from backend.kernel.feed import Feed
from backend.migrations.run import upgrade
from backend.migrations.tables import all_tables

ROOT = Path(__file__).parent.parent / "backend"
DOCUMENTS = [import_module(f"backend.{d.parent.name}.documents") for d in sorted(ROOT.glob("*/documents.py"))]
FEED = (write_audit, Feed.of(*(kind for module in DOCUMENTS for kind in module.DOCUMENTS)).write)

all_tables()  # relations between slices' tables are known by name: all must be there before the first query


def prepare(url: str) -> None:
    """Make every table in an empty database, as an operator does."""
    upgrade(url)
