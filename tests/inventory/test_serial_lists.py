"""A supplier's list of serials: read row by row, told row by row, and taken whole or not at all."""

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner

from backend import cli
from backend.identity.principal import Principal, Role
from backend.inventory import queries, service
from backend.inventory.models import SerialFact
from backend.inventory.routes import ROUTES
from backend.inventory.seriallists import BadList, Fault, Row, error_row, read_rows
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from tests.factories.callers import calling
from tests.factories.catalogue import ONT, make_catalogue
from tests.factories.inventory import make_depot, make_units

KEEPER = Principal(actor=SYSTEM, role=Role.WAREHOUSE)
GOOD = [f"LWON{number:08X}" for number in range(0x10, 0x13)]
LIST = "\n".join(["serial,model", *(f"{serial},ONT-G1" for serial in GOOD)])
BAD = LIST + "\nLWON0000001,ONT-G1\nLWON00000010,ONT-G1\nLWON00000001,ONT-G1\nLWON00000020,NOPE\n,ONT-G1\n"
FAULTS = [
    (5, "serial", "wrong_serial"),
    (6, "serial", "twice_in_list"),
    (7, "serial", "serial_known"),
    (8, "model", "unknown_model"),
    (9, "serial", "missing"),
]


# --- Reading ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "serial,model\nLWON0000000A,ONT-G1\n",
        "\ufeffMAC;Serial ;Model\r\n00:11;lwon 0000 000a;ONT-G1\r\n",
        'model,serial,note\n"ONT-G1","LWON0000000A","two\nlines"\n',
        "model,serial\n,\n\nONT-G1,LWON0000000A\n",
    ],
)
def test_lists_of_several_programs_are_read_alike(text: str):
    [row] = [row for row in read_rows(text.splitlines(keepends=True)) if isinstance(row, Row)]

    assert (row.serial, row.model) == ("LWON0000000A", "ONT-G1")


def test_a_row_that_is_no_csv_is_a_fault_and_the_others_are_read():
    rows = list(read_rows(["serial\n", '"LWON"0000000A\n', "LWON0000000B\n"], model=ONT.code))

    assert [(row.row, row.reason) for row in rows if isinstance(row, Fault)] == [(2, "malformed_row")]
    assert [row.serial for row in rows if isinstance(row, Row)] == ["LWON0000000B"]


@pytest.mark.parametrize(("text", "column"), [("", "serial"), ("mac,model\n", "serial"), ("serial\n", "model")])
def test_a_file_without_its_columns_is_no_list(text: str, column: str):
    with pytest.raises(BadList) as refused:
        read_rows([text])

    assert refused.value.params["column"] == column


def test_nothing_in_the_error_file_is_a_formula():
    fault = Fault(row=2, column="serial", reason="wrong_serial", content="=HYPERLINK(1),ONT-G1")

    assert error_row(fault) == (2, "serial", "wrong_serial", "'=HYPERLINK(1),ONT-G1")


# --- Taking in --------------------------------------------------------------------------------------------------------


@pytest.fixture
async def depot_id(database: Database) -> UUID:
    """A depot with one ONT."""
    async with database.transaction(SYSTEM, "test") as tx:
        await make_catalogue(tx)
        depot = await make_depot(tx)
        await make_units(tx, depot.id)
        return depot.id


async def held(database: Database, depot_id: UUID) -> tuple[int, int, int]:
    """(units, their facts, the balance of the ledger) of the depot."""
    async with database.snapshot(SYSTEM, "test") as tx:
        balance = await queries.balance(tx, [depot_id])
        facts = await tx.session.scalar(select(func.count()).select_from(SerialFact))
        return len(await queries.units_in(tx, [depot_id])), facts or 0, balance[depot_id, ONT.code]


async def take(database: Database, depot_id: UUID, text: str, **wanted: Any) -> tuple[int, dict[str, Any]]:
    body = {"location_id": str(depot_id), "source": "list.csv", "text": text, **wanted}
    async with calling(database, ROUTES, KEEPER) as http:
        answer = await http.post("/api/v1/serial-lists", json=body)
        return answer.status_code, answer.json()


@pytest.mark.anyio
async def test_a_good_list_is_taken_whole_and_each_unit_has_its_history(database: Database, depot_id: UUID):
    status, taken = await take(database, depot_id, LIST)

    assert (status, taken) == (201, {"rows": 3, "valid": 3, "taken": 3, "faults": []})
    assert await held(database, depot_id) == (4, 4, 4)
    async with database.snapshot(SYSTEM, "test") as tx:
        custody = await service.custody(tx, GOOD[0])
    assert (custody.unit.state, [link.reason for link in custody.links]) == ("available", ["receipt"])


@pytest.mark.anyio
async def test_a_list_with_faults_is_told_row_by_row_and_takes_nothing(database: Database, depot_id: UUID):
    tried = await take(database, depot_id, BAD, is_trial=True)
    refused = await take(database, depot_id, BAD)

    assert [(fault["row"], fault["column"], fault["reason"]) for fault in tried[1]["faults"]] == FAULTS
    assert (refused[0], refused[1]["code"]) == (422, "serial_list_refused")
    assert refused[1]["params"] == {"rows": 8, "faults": 5, "first": tried[1]["faults"]}
    assert await held(database, depot_id) == (1, 1, 1)


@pytest.mark.anyio
async def test_the_good_rows_are_taken_when_the_others_may_be_left_out(database: Database, depot_id: UUID):
    status, taken = await take(database, depot_id, BAD, only_valid=True)

    assert (status, taken["taken"], len(taken["faults"])) == (201, 3, 5)
    assert await held(database, depot_id) == (4, 4, 4)


# --- The command ------------------------------------------------------------------------------------------------------


def imports(url: str, file: Path, *options: str) -> tuple[int, str]:
    words = ["import-serials", str(file), "--location", "Depot", "--database", url, *options]
    told = CliRunner().invoke(cli.app, words)
    return told.exit_code, told.output


@pytest.mark.anyio
async def test_the_command_tries_first_and_writes_what_is_at_fault_to_a_file(
    database_url: str, depot_id: UUID, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TRUCKROLL_DATABASE", database_url)
    file, errors = tmp_path / "list.csv", tmp_path / "list.errors.csv"
    file.write_text(BAD)

    tried = await asyncio.to_thread(imports, database_url, file)
    told = errors.read_text()
    taken = await asyncio.to_thread(imports, database_url, file, "--only-valid")

    assert (tried[0], taken[0]) == (1, 0)
    assert "8 rows, 5 at fault, 0 taken into stock" in tried[1]
    assert "8 rows, 5 at fault, 3 taken into stock" in taken[1]
    assert told.splitlines()[:2] == ["row,column,reason,content", '5,serial,wrong_serial,"LWON0000001,ONT-G1"']
    assert len(told.splitlines()) == 6
