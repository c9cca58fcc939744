"""All tables of the product in one place: calling `all_tables` completes `Table.metadata`."""

from importlib import import_module
from pathlib import Path

from sqlalchemy import MetaData

from backend.kernel.tables import Table

BACKEND = Path(__file__).parent.parent
KERNEL = (
    "audit",
    "audit_chain",
    "bodies",
    "chores",
    "feed",
    "inbox",
    "outbox",
    "repeats",
)  # its modules that have tables


def all_tables() -> MetaData:
    """The metadata with the tables of the kernel and of every slice."""
    for name in KERNEL:
        import_module(f"backend.kernel.{name}")
    for models in sorted(BACKEND.glob("*/models.py")):
        import_module(f"backend.{models.parent.name}.models")
    return Table.metadata
