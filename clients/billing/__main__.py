"""Run the receiver as a process of its own: `python -m clients.billing --help`.

Each value may come from the environment instead (BILLING_PORT, BILLING_LEDGER, …); the private key should, because
every user of a machine can read the arguments of its processes.
"""

import asyncio
import logging
import os
import secrets
import signal
import socket
import sqlite3
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from uuid import uuid4

import httpx
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

from clients.billing import signatures
from clients.billing.calls import Caller
from clients.billing.fetcher import Fetcher
from clients.billing.intake import Receipt
from clients.billing.ledger import Ledger
from clients.billing.options import HOST, Options, option_parser, read_options
from clients.billing.receiver import Receiver, create_app
from clients.billing.sender import Sender
from clients.billing.storage import Storage, StorageUnsafe
from clients.billing.trust import TrustedKeys

START_SECONDS = 20
"""How long the server may take to listen; a start takes less than one."""

CONCURRENT_REQUESTS = 64
"""Requests in work at a time. The ledger writes one by one; more would only wait in memory."""


def main() -> None:
    """Read the options and serve until SIGTERM or SIGINT."""
    parser = option_parser(os.environ)
    arguments = parser.parse_args()
    if arguments.new_keys:
        print("\n".join(signatures.write_key_pair(secrets.token_bytes(signatures.KEY_BYTES))))  # noqa: T201  the answer
        return
    try:
        options = read_options(arguments)
        trusted = TrustedKeys(options.trusted, options.trusted_file)
        _check_port_is_free(options.port)
        storage = Storage(options.ledger)
    except (ValueError, OSError, sqlite3.Error, signatures.KeyMalformed, StorageUnsafe) as error:
        parser.error(str(error))
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    asyncio.run(serve(options, storage, trusted))
    storage.close()


async def serve(options: Options, storage: Storage, trusted: TrustedKeys) -> None:
    """Run app and sender in this process; print one line as soon as the port answers."""
    # The environment's proxies are for people; a redirect would carry a signed body to a place nobody named.
    async with httpx.AsyncClient(trust_env=False, follow_redirects=False) as client:
        caller = Caller(url=options.truckroll, key=options.key, key_id=options.key_id)
        sender = Sender(
            storage=storage,
            client=client,
            caller=caller,
            clock=_now,
            random=Random(),
            new_id=uuid4,
        )
        after_commit = _if_applied(_drill(options.crash_after_apply))
        ledger = Ledger(storage, new_id=uuid4, after_commit=after_commit, never_end=options.never_end)
        fetcher = None
        if options.fetch_seconds is not None:
            fetcher = Fetcher(
                ledger=ledger,
                client=client,
                caller=caller,
                every_seconds=options.fetch_seconds,
                clock=_now,
                new_id=uuid4,
                taken=sender.wake,
                after_fetch=_drill(options.crash_after_fetch),
            )
        receiver = Receiver(ledger=ledger, sender=sender, trusted=trusted, clock=_now, fetcher=fetcher)
        await _serve_app(receiver, options.port)


def _drill(mark: Path | None) -> Callable[[], None]:
    """The fault drill: kill this process with SIGKILL when it comes here, once; nothing without a mark.

    mark: a file that tells that the drill has happened, so that the next start goes on as usual.
    """

    def crash() -> None:
        if mark is not None and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)

    return crash


def _if_applied(crash: Callable[[], None]) -> Callable[[Receipt], None]:
    """Right after the first entry was committed.

    The acknowledgement is in the ledger's file then and cannot have been sent: the sender gets at the file only after
    this returns.
    """

    def after_commit(receipt: Receipt) -> None:
        if any(outcome.status == "applied" for outcome in receipt.outcomes):
            crash()

    return after_commit


async def _serve_app(receiver: Receiver, port: int) -> None:
    # Granian's embedded server keeps everything in one process: one sender, and a SIGKILL ends all of it at once.
    server = Server(
        create_app(receiver),
        address=HOST,
        port=port,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        websockets=False,
        backpressure=CONCURRENT_REQUESTS,
        log_level=LogLevels.error,
    )
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, server.stop)
    serving = asyncio.create_task(server.serve())
    await _wait_until_listening(port, serving)
    print(f"billing receiver ready on http://{HOST}:{port}", flush=True)  # noqa: T201  the line others wait for
    await serving
    if server.interrupt_children:
        sys.exit("the server ended unexpectedly; see the log above")


async def _wait_until_listening(port: int, serving: asyncio.Task[None]) -> None:
    async with asyncio.timeout(START_SECONDS):
        while not serving.done():
            try:
                _, writer = await asyncio.open_connection(HOST, port)
            except ConnectionError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                await writer.wait_closed()
                return
    sys.exit("the server did not start; see the log above")


def _check_port_is_free(port: int) -> None:
    # Granian opens its port for sharing: a second receiver would start, and take half of the callbacks.
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((HOST, port))


def _now() -> datetime:
    return datetime.now(UTC)


if __name__ == "__main__":
    main()
