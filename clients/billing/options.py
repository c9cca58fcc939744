"""What the receiver is told at its start: options, or the environment where an option is not given."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

from clients.billing import signatures

HOST = "127.0.0.1"
"""Loopback only: in front of it belongs whatever terminates TLS and asks people who they are."""

FETCH_SECONDS = (0.1, 86_400)
"""Shortest and longest pause of the feed: ten looks a second besiege nobody, and a bill may be a day late."""


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the receiver is told at its start."""

    port: int
    ledger: Path
    truckroll: str
    trusted: tuple[signatures.VerifyingKey, ...]
    trusted_file: Path | None
    key: signatures.SigningKey
    key_id: str
    fetch_seconds: float | None
    crash_after_fetch: Path | None
    crash_after_apply: Path | None
    never_end: frozenset[UUID] = frozenset()


def option_parser(environment: Mapping[str, str]) -> argparse.ArgumentParser:
    """A parser whose defaults are the environment's BILLING_PORT, BILLING_LEDGER and so on."""
    parser = argparse.ArgumentParser(prog="python -m clients.billing", description="The reference billing receiver.")

    def option(name: str, text: str, **more: object) -> None:
        variable = "BILLING_" + name.upper().replace("-", "_")
        default: str | Sequence[str] | None = environment.get(variable)
        if more.get("nargs"):
            default = (default or "").split()
        parser.add_argument(f"--{name}", default=default, help=f"{text} [{variable}]", **more)  # pyright: ignore[reportArgumentType]

    option("port", f"port on {HOST}", metavar="PORT")
    option("ledger", "SQLite file of the ledger, on a local disk", metavar="FILE")
    option("truckroll", "where truckroll is, such as http://127.0.0.1:8000", metavar="URL")
    option("verify", "public keys of truckroll, two while they rotate", metavar="whpk_…", nargs="+")
    option("verify-file", "more public keys, one on a line, read again when the file changes", metavar="FILE")
    option("sign", "private key for acknowledgements", metavar="whsk_…")
    option("key-id", "the name under which truckroll knows that key", metavar="ID")
    option("fetch", "read truckroll's feed, again after so many seconds", metavar="SECONDS")
    option(
        "crash-after-fetch",
        "fault drill: SIGKILL once between a page and its intake, so marked in FILE",
        metavar="FILE",
    )
    option("crash-after-apply", "fault drill: SIGKILL once after the first entry, so marked in FILE", metavar="FILE")
    option("never-end", "fault drill: bill on what ended, of the services in FILE, one a line", metavar="FILE")
    parser.add_argument("--new-keys", action="store_true", help="print a new private and public key, and end")
    return parser


def read_options(arguments: argparse.Namespace) -> Options:
    """Check what was given. Raises ValueError or KeyMalformed with the name of the option."""
    missing = [
        f"--{name.replace('_', '-')}"
        for name in ("port", "ledger", "truckroll", "sign", "key_id")
        if not getattr(arguments, name)
    ]
    if not arguments.verify and not arguments.verify_file:
        missing.append("--verify or --verify-file")
    if missing:
        raise ValueError(f"missing: {', '.join(missing)}")
    address = urlsplit(arguments.truckroll)
    if address.scheme not in ("http", "https") or not address.hostname:
        raise ValueError("--truckroll takes an address like http://127.0.0.1:8000")
    return Options(
        port=_port(arguments.port),
        ledger=Path(arguments.ledger),
        truckroll=arguments.truckroll.rstrip("/"),
        trusted_file=Path(arguments.verify_file) if arguments.verify_file else None,
        trusted=tuple(signatures.read_verifying_key(text) for text in arguments.verify or ()),
        key=signatures.read_signing_key(arguments.sign),
        key_id=arguments.key_id,
        fetch_seconds=_seconds(arguments.fetch) if arguments.fetch else None,
        crash_after_fetch=Path(arguments.crash_after_fetch) if arguments.crash_after_fetch else None,
        crash_after_apply=Path(arguments.crash_after_apply) if arguments.crash_after_apply else None,
        never_end=_services(arguments.never_end),
    )


def _services(file: str | None) -> frozenset[UUID]:
    return frozenset() if not file else frozenset(map(UUID, Path(file).read_text(encoding="ascii").split()))


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not FETCH_SECONDS[0] <= seconds <= FETCH_SECONDS[1]:
        raise ValueError(f"--fetch takes {FETCH_SECONDS[0]} to {FETCH_SECONDS[1]} seconds")
    return seconds


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= 65535):
        raise ValueError("--port takes 1 to 65535")
    return int(text)
