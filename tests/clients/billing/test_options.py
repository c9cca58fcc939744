"""What the receiver is told at its start."""

from pathlib import Path

import pytest

from clients.billing.options import option_parser, read_options
from clients.billing.signatures import KeyMalformed, read_verifying_key, write_key_pair
from clients.billing.trust import TrustedKeys

PRIVATE, PUBLIC = write_key_pair(bytes(range(32)))
_, NEXT_PUBLIC = write_key_pair(bytes(32))
GIVEN = {
    "--port": "8090",
    "--ledger": "ledger.db",
    "--truckroll": "http://127.0.0.1:8000/",
    "--verify": PUBLIC,
    "--sign": PRIVATE,
    "--key-id": "billing-1",
}


def read(given: dict[str, str], environment: dict[str, str] | None = None):
    arguments = [word for pair in given.items() for word in pair]
    return read_options(option_parser(environment or {}).parse_args(arguments))


def test_options_are_read():
    options = read(GIVEN)

    assert (options.port, options.ledger, options.key_id) == (8090, Path("ledger.db"), "billing-1")
    assert options.truckroll == "http://127.0.0.1:8000"
    assert options.crash_after_apply is None
    assert (options.fetch_seconds, read(GIVEN | {"--fetch": "0.5"}).fetch_seconds) == (None, 0.5)


def test_the_environment_stands_in_for_every_option():
    environment = {"BILLING_" + name[2:].upper().replace("-", "_"): value for name, value in GIVEN.items()}
    environment["BILLING_VERIFY"] = f"{PUBLIC} {NEXT_PUBLIC}"

    options = read({}, environment)

    assert options.port == 8090
    assert len(options.trusted) == 2


@pytest.mark.parametrize("name", GIVEN)
def test_a_missing_option_is_named(name):
    given = {other: value for other, value in GIVEN.items() if other != name}

    with pytest.raises(ValueError, match=f"missing: {name}"):
        read(given)


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("--port", "0", ValueError),
        ("--port", "65536", ValueError),
        ("--port", "http", ValueError),
        ("--port", "9" * 5000, ValueError),
        ("--truckroll", "127.0.0.1:8000", ValueError),
        ("--truckroll", "file:///etc/passwd", ValueError),
        ("--verify", PRIVATE, KeyMalformed),
        ("--sign", PUBLIC, KeyMalformed),
        ("--fetch", "often", ValueError),
        ("--fetch", "nan", ValueError),
        ("--fetch", "0", ValueError),
        ("--fetch", "86401", ValueError),
    ],
)
def test_a_senseless_value_is_refused(name, value, error):
    with pytest.raises(error):
        read(GIVEN | {name: value})


def test_a_key_that_is_added_to_the_file_counts_without_a_restart(tmp_path):
    file, (_, first), (_, second) = tmp_path / "keys", write_key_pair(bytes(32)), write_key_pair(bytes(range(32)))
    file.write_text(f"{first}\n")
    trusted = TrustedKeys([], file)
    before = len(trusted())

    file.write_text(f"{first}\n{second}\n")

    assert (before, list(trusted())) == (1, [read_verifying_key(first), read_verifying_key(second)])
