"""The receiver as a process: real sockets, a real file, and a real SIGKILL between effect and acknowledgement."""

import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import msgspec
import pytest

from clients.billing.messages import Acknowledgement
from clients.billing.signatures import read_signing_key, read_verifying_key, sign, verify, write_key_pair
from tests.clients.billing.triggers import body_of, trigger

TRUCKROLL_PRIVATE, TRUCKROLL_PUBLIC = write_key_pair(bytes(range(32)))
RECEIVER_PRIVATE, RECEIVER_PUBLIC = write_key_pair(bytes(range(1, 33)))
ENVIRONMENT = os.environ | {"BILLING_SIGN": RECEIVER_PRIVATE, "BILLING_KEY_ID": "billing-1"}
LONG_ENOUGH_SECONDS = 20


def command(*, port: str, ledger: Path, truckroll: str) -> list[str]:
    options = ["--port", port, "--ledger", str(ledger), "--truckroll", truckroll, "--verify", TRUCKROLL_PUBLIC]
    return [sys.executable, "-m", "clients.billing", *options]


@pytest.fixture
def truckroll():
    """The other side on a loopback port; yields its address and the queue of (headers, body) that it was sent."""
    taken: queue.Queue = queue.Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            self.send_response(204)
            self.end_headers()
            taken.put((self.headers, body))

        def log_message(self, format, *args):
            """Keep the tests' output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", taken
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def start(tmp_path, truckroll):
    """A function that starts the receiver and returns the process and its address once it says it is ready."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    started = []

    def start_receiver(*options: str) -> tuple[subprocess.Popen, str]:
        told = [*command(port=str(port), ledger=tmp_path / "ledger.db", truckroll=truckroll[0]), *options]
        process = subprocess.Popen(told, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == f"billing receiver ready on http://127.0.0.1:{port}\n"
        return process, f"http://127.0.0.1:{port}"

    yield start_receiver
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def deliver(address: str) -> httpx.Response:
    one = trigger(1)
    body = body_of(one)
    keys = [read_signing_key(TRUCKROLL_PRIVATE)]
    headers = sign(message_id=str(one.trigger_id), sent_at=datetime.now(UTC), body=body, keys=keys)
    headers["content-type"] = "application/json"
    return httpx.post(
        f"{address}/webhooks", content=body, headers=headers, trust_env=False, timeout=LONG_ENOUGH_SECONDS
    )


def next_outcome(taken: queue.Queue):
    headers, body = taken.get(timeout=LONG_ENOUGH_SECONDS)
    verify(headers, body, keys=[read_verifying_key(RECEIVER_PUBLIC)], now=datetime.now(UTC))
    return msgspec.json.decode(body, type=Acknowledgement).data


def health(address: str) -> dict:
    return httpx.get(f"{address}/health", trust_env=False, timeout=LONG_ENOUGH_SECONDS).json()


def test_a_callback_is_entered_and_acknowledged_and_the_process_ends_cleanly(start, truckroll):
    process, address = start()

    assert deliver(address).status_code == 202

    assert next_outcome(truckroll[1]).ledger_entry_id == "entry-1"
    assert health(address)["entries"] == 1
    process.send_signal(signal.SIGTERM)
    assert process.wait(LONG_ENOUGH_SECONDS) == 0


@pytest.mark.drill
def test_killed_between_effect_and_acknowledgement_it_acknowledges_after_the_restart_and_enters_once(
    start, truckroll, tmp_path
):
    drill = ("--crash-after-apply", str(tmp_path / "crashed"))
    process, address = start(*drill)

    with pytest.raises(httpx.HTTPError):
        deliver(address)
    assert process.wait(LONG_ENOUGH_SECONDS) == -signal.SIGKILL
    assert truckroll[1].empty()
    _, address = start(*drill)
    outcome = next_outcome(truckroll[1])
    redelivered = deliver(address)

    assert (outcome.status, outcome.ledger_entry_id) == ("applied", "entry-1")
    assert redelivered.json()["duplicate"] is True
    assert health(address)["entries"] == 1


def test_it_does_not_start_on_a_port_that_another_receiver_listens_on(tmp_path):
    with socket.socket() as other:
        # Granian listens like this; without a look beforehand both would get a part of the callbacks.
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])

        second = subprocess.run(
            command(port=port, ledger=tmp_path / "other.db", truckroll="http://127.0.0.1:9"),
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
            timeout=LONG_ENOUGH_SECONDS,
            check=False,
        )

    assert second.returncode == 2
    assert "Address already in use" in second.stderr
