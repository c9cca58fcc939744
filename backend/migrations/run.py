"""Bringing a database up to date, and telling whether it is."""

import time
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, make_url
from sqlalchemy.exc import OperationalError

SCRIPTS = Path(__file__).parent
TRIES = 25  # at LOCK_TIMEOUT and PAUSE_SECONDS each: ten seconds for a busy table to be free for a moment
PAUSE_SECONDS = 0.2
LOCK_NOT_AVAILABLE = "55P03"


def upgrade(url: str) -> None:
    """Run every migration that is missing. Raises OperationalError when the database cannot be reached or locked."""
    engine = sync_engine(url)
    for attempt in range(1, TRIES + 1):
        try:
            with engine.begin() as connection:
                config = _config()
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
            break
        except OperationalError as error:
            if getattr(error.orig, "sqlstate", None) != LOCK_NOT_AVAILABLE or attempt == TRIES:
                raise
            time.sleep(PAUSE_SECONDS)
    engine.dispose()


def revisions(url: str) -> tuple[str | None, str | None]:
    """The revision that the database is at, and the one it should be at."""
    engine = sync_engine(url)
    with engine.connect() as connection:
        present = MigrationContext.configure(connection).get_current_revision()
    engine.dispose()
    return present, ScriptDirectory.from_config(_config()).get_current_head()


def sync_engine(url: str) -> Engine:
    """A blocking engine for `url` (`sqlite:///…` or `postgresql://…`)."""
    parsed = make_url(url)
    driver = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}[parsed.get_backend_name()]
    return create_engine(parsed.set(drivername=driver))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    return config
