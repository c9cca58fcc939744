"""The tables and hooks of the product, for the tests' databases."""

from importlib import import_module
from pathlib import Path

from sqlalchemy import create_engine, make_url
from sqlalchemy.orm import Session

from backend.kernel.audit import write_audit
from backend.kernel.feed import Feed, FeedEpoch
from backend.kernel.tables import Table
from tests.fakes import MONDAY, FixedClock, counted_ids

ROOT = Path(__file__).parent.parent / "backend"
for models in sorted(ROOT.glob("*/models.py")):
    import_module(f"backend.{models.parent.name}.models")
DOCUMENTS = [import_module(f"backend.{d.parent.name}.documents") for d in sorted(ROOT.glob("*/documents.py"))]
FEED = (write_audit, Feed.of(*(kind for module in DOCUMENTS for kind in module.DOCUMENTS)).write)


def prepare(url: str) -> None:
    """Create every table in an empty database, and its first epoch."""

    driver = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}[make_url(url).get_backend_name()]
    engine = create_engine(make_url(url).set(drivername=driver))
    Table.metadata.create_all(engine)
    with Session(engine) as session, session.begin():
        session.add(FeedEpoch(singleton=1, epoch=counted_ids(FixedClock(MONDAY))()))
    engine.dispose()
