"""The environment is read strictly, and what is wrong is named as it was written."""

from pathlib import Path

import pytest

from backend.settings import BadSetting, Settings, read_settings


def test_an_empty_environment_is_a_deployment_without_surprises() -> None:
    settings = read_settings({})

    assert settings == Settings()
    assert not settings.demo
    assert settings.database_url == f"sqlite:///{Path('var') / 'truckroll.db'}"


def test_values_are_read_as_what_they_are() -> None:
    settings = read_settings(
        {"TRUCKROLL_DATA_DIR": "/srv/truckroll", "TRUCKROLL_DEMO": "true", "TRUCKROLL_SMTP_PORT": "2525", "HOME": "/"}
    )

    assert (settings.data_dir, settings.demo, settings.smtp_port) == (Path("/srv/truckroll"), True, 2525)


def test_a_named_database_wins() -> None:
    assert read_settings({"TRUCKROLL_DATABASE": "postgresql://db/t"}).database_url == "postgresql://db/t"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TRUCKROLL_SMTP_PORT", "smtp"),
        ("TRUCKROLL_DEMO", "maybe"),
        ("TRUCKROLL_SMTP_PORT", "2.5"),
        ("TRUCKROLL_PUSH_KEY", "guessed in an afternoon"),
    ],
)
def test_a_value_of_the_wrong_kind_is_named(variable: str, value: str) -> None:
    with pytest.raises(BadSetting, match=rf"{variable}='{value}'"):
        read_settings({variable: value})
