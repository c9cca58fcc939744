"""`truckroll bench sync`: every contestant on the same work, one after the other in one run; ratios first."""

import tempfile
from pathlib import Path

from rich.console import Console

from backend.bench.figures import Report, report
from backend.bench.packages import HOME
from backend.bench.sync.comparison import Found, figures
from backend.bench.sync.contestants import Contestant
from backend.bench.sync.measures import Measures, empty_pull_bytes, first_pull_docs_s, measured, phones_with_documents
from backend.bench.sync.ours import ours
from backend.bench.sync.peers.floor import floor
from backend.bench.sync.peers.kinto import kinto
from backend.bench.sync.peers.pouchdb import pouchdb
from backend.bench.sync.postgres import empty_database, postgres
from backend.bench.sync.workload import FULL, QUICK, Size

PROCESSES = 2  # web processes over PostgreSQL, ours and the others'; SQLite serves one


def run(console: Console, *, quick: bool) -> Report:
    """Measure. quick: fewer phones and jobs. Raises WrongAnswer, NotInstalled, DidNotStart."""
    size = QUICK if quick else FULL
    console.print(f"{size.phones} phones, {size.documents} documents on them, {size.jobs} jobs in the table")
    HOME.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=HOME.absolute(), prefix="run-") as folder, postgres(HOME.absolute()) as server:
        return report("sync", figures(_found(console, size, Path(folder), server)))


def _found(console: Console, size: Size, home: Path, server: str) -> Found:
    with empty_database(server, "truckroll_bench") as url, ours(url, size, home=home, processes=PROCESSES) as us:
        phones = phones_with_documents(us, size)
        documents = [phone.documents for phone in phones]
        bytes_when_empty = empty_pull_bytes(us, phones)
        with floor(url, us.carriers, home=home, processes=PROCESSES) as bare:
            floor_docs_s = first_pull_docs_s(bare, size)
        on_postgres = _measured(us, size, console)
    with ours(f"sqlite:///{home / 'truckroll.db'}", size, home=home, processes=1) as us:
        on_sqlite = _measured(us, size, console)
    with empty_database(server, "truckroll_bench_kinto") as url, kinto(documents, url, home=home) as peer:
        of_kinto = _measured(peer, size, console)
    with pouchdb(documents, home=home) as peer:
        of_pouchdb = _measured(peer, size, console)
    return Found(
        ours=on_postgres,
        sqlite=on_sqlite,
        kinto=of_kinto,
        pouchdb=of_pouchdb,
        floor_docs_s=floor_docs_s,
        empty_pull_bytes=bytes_when_empty,
        document_bytes=sum(map(len, documents[0].values())) / len(documents[0]),
    )


def _measured(contestant: Contestant, size: Size, console: Console) -> Measures:
    console.print(f"measuring {contestant.name} …")
    return measured(contestant, size)
