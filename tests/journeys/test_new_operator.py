"""From an empty database to a planned job, by commands and the API alone: what a new operator does in the first hour."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from typer.testing import CliRunner

from backend.cli import app as command
from backend.kernel import outbox
from backend.kernel.db import Database
from backend.kernel.tasks import run_due
from backend.subscriptions import subscriptions
from tests.fakes import FixedClock

DEMO = Path("backend/demo")
HELSINKI = ZoneInfo("Europe/Helsinki")
PASSWORD = "a long enough password"

Run = Callable[..., Awaitable[str]]


@pytest.fixture
def run(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A subcommand of `truckroll` on this database; its output. It has to succeed."""
    monkeypatch.setenv("TRUCKROLL_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("TRUCKROLL_OPERATOR_NAME", "Northbank Fibre")

    async def one(*words: str | Path) -> str:
        called = [*map(str, words), "--database", database_url]
        told = await asyncio.to_thread(CliRunner().invoke, command, called)
        assert told.exit_code == 0, told.output
        return told.output

    return one


@pytest.fixture
def tomorrow(clock: FixedClock) -> datetime:
    """Ten o'clock of the next day. The application's clock goes with the commands', which have that of the machine."""
    clock.advance((datetime.now(UTC) - clock.now()).total_seconds() + 60)
    return datetime.combine(clock.now().astimezone(HELSINKI).date() + timedelta(days=1), datetime.min.time(), HELSINKI)


def write_files(directory: Path, day: str) -> None:
    """The operator's own files: a technician with skills, shift and van, a depot, pools, and the supplier's list."""
    (directory / "technicians.csv").write_text(
        "number;name;organisation;territory;home_latitude;home_longitude\n7;Aino Laine;Northbank Fibre;KALLIO;60.18;24.94\n"
    )
    (directory / "technician_skills.csv").write_text("technician,skill,level,expires_on\n7,fibre,3,\n7,indoor,2,\n")
    (directory / "rosters.csv").write_text(
        f"technician,first_day,last_day,weekdays,starts,ends\n7,{day},{day},1 2 3 4 5 6 7,07:30:00,16:00:00\n"
    )
    (directory / "users.csv").write_text(
        "email,name,role,organisation,technician\naino@northbank.example,Aino,technician,Northbank Fibre,7\n"
    )
    (directory / "locations.csv").write_text("name,kind,technician\nStation depot,depot,\nVan of Aino,van,7\n")
    pools = [
        {"code": "VLAN", "kind": "vlan", "name": "VLANs", "blocks": ["100-199"]},
        {"code": "OLT", "kind": "port", "name": "Ports", "territory": "KALLIO", "blocks": ["olt1/1/1-4/1-32"]},
        {"code": "IPV4", "kind": "ipv4", "name": "Addresses", "blocks": ["203.0.113.0/24"]},
        {"code": "NUMBERS", "kind": "number", "name": "Numbers", "blocks": ["+358955500000-+358955500099"]},
    ]
    (directory / "pools.json").write_text(json.dumps({"pools": pools}))
    (directory / "delivery.csv").write_text("serial,model\nNRSK00000001,ONT-G1\nHG6000000001,GW-6\n")


async def log_in(api: httpx.AsyncClient, email: str) -> dict[str, str]:
    """The headers of somebody who is logged in from now on."""
    answer = await api.post("/api/v1/session", json={"email": email, "password": PASSWORD})
    assert answer.status_code == 201, answer.text
    # The cookie is for HTTPS, so that the client would not send it here by itself.
    return {"cookie": answer.headers["set-cookie"].partition(";")[0], "x-csrf-token": answer.json()["csrf_token"]}


async def test_a_new_operator_takes_an_order_and_plans_its_job(
    api: httpx.AsyncClient, database: Database, run: Run, tomorrow: datetime, tmp_path: Path
):
    write_files(tmp_path, tomorrow.date().isoformat())
    words = ("--name", "Ada", "--password", PASSWORD)
    await run("administrator", "ada@northbank.example", *words)
    await run("import-catalogue", DEMO / "catalogue.json")
    await run("import", DEMO / "operator.json")
    for name in ("technicians", "technician_skills", "rosters", "users", "locations"):
        await run("import", tmp_path / f"{name}.csv")
    await run("import", tmp_path / "pools.json")
    await run("import-serials", tmp_path / "delivery.csv", "--location", "Station depot")
    for email in ("agent@northbank.example", "dispatcher@northbank.example"):
        await run("password", email, "--password", PASSWORD)

    async def post(path: str, body: Any = None) -> Any:
        answer = await api.post(f"/api/v1/{path}", json={} if body is None else body, headers=headers)
        assert answer.status_code == 201, answer.text
        return answer.json()

    headers = await log_in(api, "agent@northbank.example")
    account = await post("accounts", {"name": "Matti Meikäläinen", "email": "matti@example.org"})
    place = {"street": "Pengerkatu 1", "postcode": "00530", "city": "Helsinki", "latitude": 60.18, "longitude": 24.95}
    premises = await post(f"accounts/{account['id']}/premises", place)
    items = [{"offering_code": "FIBRE-500"}, {"offering_code": "PHONE"}]
    order = await post("orders", {"account_id": account["id"], "premises_id": premises["id"], "items": items})
    order = await post(f"orders/{order['id']}/submission")
    await deliver_events(database)
    headers = await log_in(api, "dispatcher@northbank.example")
    [job] = (await api.get("/api/v1/jobs", headers=headers)).json()["items"]
    [technician] = (await api.get("/api/v1/technicians", headers=headers)).json()["items"]
    start = (tomorrow + timedelta(hours=10)).isoformat()
    planned = await post(f"jobs/{job['id']}/assignment", {"technician_id": technician["id"], "start": start})

    assert (order["state"], sorted(one["kind"] for one in order["services"])) == (
        "inProgress",
        ["access", "internet", "voice"],
    )
    assert (planned["order_id"], planned["technician_id"], planned["assignment"]) == (
        order["id"],
        technician["id"],
        "assigned",
    )


async def deliver_events(database: Database) -> None:
    """What the worker does all the time."""
    reactions = subscriptions("http://test")
    while await run_due(database, outbox.delivering(database, reactions), "worker"):
        pass


async def test_rows_of_a_csv_at_fault_stand_in_a_file_of_their_own(run: Run, database_url: str, tmp_path: Path):
    file = tmp_path / "territories.csv"
    file.write_text(
        "code,name,zone,latitude,longitude\nN,North,Europe/Helsinki,60.2,24.9\nS,South,Europe/Helsinki,x,24.9\n"
    )

    told = await asyncio.to_thread(CliRunner().invoke, command, ["import", str(file), "--database", database_url])

    faults = (tmp_path / "territories.errors.csv").read_text().splitlines()
    assert told.exit_code == 1
    assert faults[0] == "section,row,key,reason,detail"
    assert len(faults) == 2
    assert faults[1].startswith("territories,3,S,malformed_row,")
