"""A real FreeRADIUS on loopback, with a configuration of the tests' own, over an SQL database of either kind."""

import fcntl
import os
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from tests.factories.listening import LOOPBACK

PACKAGES = ("freeradius", "freeradius-postgresql", "freeradius-utils")
PROGRAMS = ("freeradius", "radclient", "radtest")
SCHEMAS = Path("/etc/freeradius/3.0/mods-config/sql/main")
LOCK_SECONDS = "300"  # another run on the machine may be installing
START_SECONDS = 20
SECRET = "shared-by-tests"

CONFIGURATION = """
name = truckroll
prefix = /usr
logdir = {directory}
run_dir = {directory}
libdir = /usr/lib/freeradius
pidfile = {directory}/radius.pid
max_request_time = 5
max_requests = 1024
proxy_requests = no
security {{
    reject_delay = 0
    status_server = no
}}
instantiate {{
    expr
}}
thread pool {{
    start_servers = 1
    max_servers = 4
    min_spare_servers = 1
    max_spare_servers = 2
}}
client loopback {{
    ipaddr = {host}
    secret = {secret}
}}
modules {{
    expr {{
    }}
    pap {{
    }}
    sql {{
{database}
        read_groups = yes
        delete_stale_sessions = yes
        pool {{
            start = 1
            min = 1
            max = 4
            spare = 1
            uses = 0
        }}
        client_table = "nas"
        group_attribute = "SQL-Group"
        acct_table1 = "radacct"
        acct_table2 = "radacct"
        postauth_table = "radpostauth"
        authcheck_table = "radcheck"
        groupcheck_table = "radgroupcheck"
        authreply_table = "radreply"
        groupreply_table = "radgroupreply"
        usergroup_table = "radusergroup"
        $INCLUDE {schemas}/{dialect}/queries.conf
    }}
    linelog told {{
        filename = {directory}/told.log
        format = "%{{Packet-Type}} %{{Acct-Session-Id}} %{{WISPr-Bandwidth-Max-Down}}"
    }}
}}
server subscribers {{
    listen {{
        type = auth
        ipaddr = {host}
        port = {access_port}
    }}
    listen {{
        type = acct
        ipaddr = {host}
        port = {accounting_port}
    }}
    authorize {{
        sql
        pap
    }}
    authenticate {{
        Auth-Type PAP {{
            pap
        }}
    }}
    preacct {{
        update request {{
            &Acct-Unique-Session-Id := "%{{md5:%{{User-Name}} %{{Acct-Session-Id}} %{{NAS-IP-Address}}}}"
        }}
    }}
    accounting {{
        sql
    }}
}}
# The access server's side: what it is told about its sessions.
server nas {{
    listen {{
        type = coa
        ipaddr = {host}
        port = {change_port}
    }}
    recv-coa {{
        told
    }}
}}
"""
DATABASES = {
    "sqlite": '        dialect = "sqlite"\n        driver = "rlm_sql_sqlite"\n'
    '        sqlite {{\n            filename = "{address}"\n            busy_timeout = 2000\n        }}',
    "postgresql": '        dialect = "postgresql"\n        driver = "rlm_sql_postgresql"\n        radius_db = "{address}"',
}


@dataclass(frozen=True, kw_only=True)
class RunningRadius:
    """A started server. directory: with what its access server was told."""

    directory: Path
    access_port: int
    accounting_port: int
    change_port: int

    def login(self, username: str, password: str) -> str:
        """What `radtest` prints, as somebody who tries a password at a gateway."""
        asked = ["radtest", username, password, f"{LOOPBACK}:{self.access_port}", "0", SECRET]
        return subprocess.run(asked, check=False, capture_output=True, text=True, timeout=20).stdout

    def account(self, **attributes: str) -> str:
        """Send an Accounting-Request with these attributes, `-` written as `_`; what `radclient` prints."""
        packet = "\n".join(f"{name.replace('_', '-')} = {value}" for name, value in attributes.items())
        asked = ["radclient", "-x", f"{LOOPBACK}:{self.accounting_port}", "acct", SECRET]
        return subprocess.run(asked, input=packet, capture_output=True, text=True, timeout=20, check=True).stdout

    def told(self) -> list[str]:
        """What the access server was told: packet, session, rate."""
        log = self.directory / "told.log"
        return [line.strip() for line in log.read_text().splitlines()] if log.exists() else []


def require_freeradius() -> None:
    """Install the server where we may; skip the test, saying why, where we may not."""
    if (
        all(shutil.which(program) for program in PROGRAMS)
        and Path("/usr/lib/freeradius/rlm_sql_postgresql.so").exists()
    ):
        return
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        pytest.skip(f"FreeRADIUS is not here and cannot be installed: as root, apt-get install {' '.join(PACKAGES)}")
    with (Path(tempfile.gettempdir()) / "truckroll-freeradius.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # the other test process may be at it
        if all(shutil.which(program) for program in PROGRAMS):
            return
        apt = ["apt-get", "-qq", "-o", f"DPkg::Lock::Timeout={LOCK_SECONDS}", "-o", "Dpkg::Use-Pty=0"]
        quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run([*apt, "update"], env=quiet, check=True, capture_output=True)
        install = [*apt, "install", "--yes", "--no-install-recommends", *PACKAGES]
        subprocess.run(install, env=quiet, check=True, capture_output=True)


def make_schema(url: str) -> None:
    """FreeRADIUS's own tables in an empty database. url: `sqlite:///path` or `postgresql://…`."""
    dialect = make_url(url).get_backend_name()
    statements = (SCHEMAS / dialect / "schema.sql").read_text()
    if dialect == "sqlite":
        with closing(sqlite3.connect(str(make_url(url).database))) as connection:
            connection.executescript(statements)
        return
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statements.encode())


@contextmanager
def freeradius(directory: Path, url: str) -> Iterator[RunningRadius]:
    """A server over the database at `url`, until the block ends."""
    access, accounting, change = free_udp_ports(3)
    dialect = make_url(url).get_backend_name()
    configuration = CONFIGURATION.format(
        directory=directory,
        host=LOOPBACK,
        secret=SECRET,
        database=DATABASES[dialect].format(address=_address(url)),
        dialect=dialect,
        schemas=SCHEMAS,
        access_port=access,
        accounting_port=accounting,
        change_port=change,
    )
    (directory / "radiusd.conf").write_text(configuration)
    (directory / "dictionary").write_text("")
    with _process(directory):
        yield RunningRadius(directory=directory, access_port=access, accounting_port=accounting, change_port=change)


@contextmanager
def _process(directory: Path) -> Iterator[None]:
    command = ["freeradius", "-f", "-l", "stdout", "-d", str(directory)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    spoken: list[str] = []
    late = threading.Timer(START_SECONDS, process.kill)
    late.start()
    try:
        for line in process.stdout:
            spoken.append(line)
            if "Ready to process requests" in line:
                break
        else:
            pytest.fail("FreeRADIUS did not start:\n" + "".join(spoken[-30:]))
        late.cancel()
        yield  # what it says from here on fits into the pipe
    finally:
        late.cancel()
        process.terminate()
        process.wait(START_SECONDS)
        process.stdout.close()


def _address(url: str) -> str:
    """The database as FreeRADIUS's driver wants it named: a file, or a libpq connection string."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return str(parsed.database)
    host = parsed.host or parsed.query.get("host") or LOOPBACK
    words = {"host": host, "port": parsed.port, "dbname": parsed.database, "user": parsed.username}
    words["password"] = parsed.password
    return " ".join(f"{name}={value}" for name, value in words.items() if value)


def free_udp_ports(count: int) -> list[int]:
    """Loopback ports that nobody listens on just now."""
    probes = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(count)]
    for probe in probes:
        probe.bind((LOOPBACK, 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports
