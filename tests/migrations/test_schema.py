"""The schema that migrations make is the one that the models mean, on both databases."""

from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect, text

from backend.migrations.run import SCRIPTS, revisions, sync_engine, upgrade
from backend.migrations.tables import all_tables


def with_connection(url: str, look: Any) -> Any:
    engine = sync_engine(url)
    with engine.connect() as connection:
        found = look(connection)
    engine.dispose()
    return found


def test_the_migrations_make_what_the_models_mean(database_url: str) -> None:
    def differences(connection: Connection) -> list[Any]:
        return compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), all_tables())

    assert with_connection(database_url, differences) == []


def test_a_new_database_is_at_the_newest_revision(database_url: str) -> None:
    present, wanted = revisions(database_url)

    assert present == wanted


def test_migrating_again_changes_nothing(database_url: str) -> None:
    def contents(connection: Connection) -> Any:
        tables = inspect(connection).get_table_names()
        return {name: connection.execute(text(f'SELECT count(*) FROM "{name}"')).scalar() for name in tables}  # noqa: S608

    before = with_connection(database_url, contents), with_connection(database_url, epoch)

    upgrade(database_url)

    assert (with_connection(database_url, contents), with_connection(database_url, epoch)) == before


def epoch(connection: Connection) -> Any:
    return connection.execute(text("SELECT epoch FROM feed_epoch")).scalar_one()


def test_two_databases_have_two_epochs(tmp_path: Path) -> None:
    """A cursor of one must not be taken for a cursor of the other."""
    urls = [f"sqlite:///{tmp_path / name}" for name in ("one.db", "two.db")]
    for url in urls:
        upgrade(url)

    assert len({with_connection(url, epoch) for url in urls}) == 2


def test_the_migrations_can_be_read_as_sql(capsys: pytest.CaptureFixture[str]) -> None:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))

    command.upgrade(config, "head", sql=True)

    said = capsys.readouterr().out
    assert said.count("CREATE TABLE") == len(all_tables().tables) + 1  # and alembic's own
    assert "EXCLUDE USING gist" in said
