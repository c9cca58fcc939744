"""All tables of the product in one place: importing this module completes `Table.metadata`."""

from importlib import import_module
from pathlib import Path

from sqlalchemy import MetaData

from backend.kernel.tables import Table

SLICES = Path(__file__).parent.parent


def all_tables() -> MetaData:
    """The metadata with the tables of the kernel and of every slice."""
    for models in sorted(SLICES.glob("*/models.py")):
        import_module(f"backend.{models.parent.name}.models")
    return Table.metadata
