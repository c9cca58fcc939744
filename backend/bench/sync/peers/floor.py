"""The floor: the least that a server in our framework must do for a first pull, over our own tables.

One Litestar handler with asyncpg: who asks, where the scope stands, its documents as stored. No protocol, no limits, no
checks beyond the token; what we need above it is the price of all those.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from backend.bench.packages import environment
from backend.bench.sync.filling import Carrier
from backend.bench.sync.ours import OurPhone
from backend.bench.sync.processes import running
from backend.demo.site import free_port

REQUIREMENTS = ("litestar==2.25.0", "granian[uvloop]==2.8.7", "asyncpg==0.32.0")
HERE = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Floor:
    """The running handler. Its phones ask as ours do."""

    carriers: Sequence[Carrier]
    ports: Sequence[int]
    name: str = "floor"

    def phone(self, number: int) -> OurPhone:
        carrier = self.carriers[number]
        return OurPhone(carrier=carrier, outbox_id=str(carrier.outbox_id))

    colleague = phone


@contextmanager
def floor(url: str, carriers: Sequence[Carrier], *, home: Path, processes: int) -> Iterator[Floor]:
    """Serve what our database at `url` holds. Raises NotInstalled."""
    programs, port = environment("floor", REQUIREMENTS), free_port()
    words = [
        str(programs / "granian"),
        "floor_handler:app",
        "--interface",
        "asgi",
        "--loop",
        "uvloop",
        "--no-access-log",
    ]
    words += ["--host", "127.0.0.1", "--port", str(port), "--workers", str(processes), "--working-dir", str(HERE)]
    with running(words, port=port, log=home / "floor.log", environment={"FLOOR_DATABASE": url}):
        yield Floor(carriers=carriers, ports=(port,))
