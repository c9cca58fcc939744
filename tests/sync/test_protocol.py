"""PROTOCOL.md says what the code does: its tables are the enums, its worked exchange is executed."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from sync import protocol, wire
from sync import replica as replicas
from sync.optimistic import APPLIERS
from sync.outbox import Outbox
from sync.protocol import (
    HTTP_STATUS,
    Draft,
    ErrorCode,
    Message,
    Mutation,
    MutationState,
    PullAnswer,
    PullRequest,
    PushAnswer,
    PushRequest,
    ReasonCode,
    RemovalReason,
    Result,
)
from sync.replica import Replica
from sync.server import MemoryServer
from tests.sync.field import NOON_MS

PAGE = (Path(protocol.__file__).parent / "PROTOCOL.md").read_text()
BLOCK = re.compile(r"^```json (?P<shape>\w+)(?P<lost> lost)?\n(?P<body>.*?)^```", re.MULTILINE | re.DOTALL)
JOB_ID = "0195577a-2c00-7000-8000-000000000001"
SHAPES: dict[str, type[Message]] = {
    shape.__name__: shape for shape in (Draft, PullRequest, PullAnswer, PushRequest, PushAnswer)
}


def rows(heading: str) -> list[list[str]]:
    """Return the cells of the table whose first column is headed so, without heading and rule."""
    table = re.search(rf"^\| {heading} \|.*\n\|[-|]+\n(?P<rows>(?:\|.*\n)+)", PAGE, re.MULTILINE)
    assert table, f"no table headed {heading}"
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in table["rows"].splitlines()]


def named(cell: str) -> list[str]:
    return re.findall(r"`(\w+)`", cell)


def test_the_table_of_errors_is_the_enum_with_its_status():
    table = {ErrorCode(named(code)[0]): int(status) for code, status, _, _ in rows("code")}

    assert table == HTTP_STATUS
    assert table.keys() == set(ErrorCode)


def test_the_table_of_verdicts_is_the_enum():
    assert [named(row[0])[0] for row in rows("state")] == list(MutationState)


def test_the_table_of_reasons_is_the_enum():
    assert [named(row[0])[0] for row in rows("reason")] == list(ReasonCode)


def test_the_table_of_limits_is_the_code():
    assert {name: getattr(protocol, name) for row in rows("limit") for name in named(row[0])} == {
        named(name)[0]: int(value) for name, value in rows("limit")
    }


def test_the_reasons_of_removal_are_listed():
    listed = re.search(r"a document left: (?P<reasons>[^.]*)\.", PAGE)

    assert listed
    assert named(listed["reasons"]) == list(RemovalReason)


@pytest.mark.parametrize("shape", [PushRequest, Mutation, PushAnswer, Result, PullRequest, PullAnswer])
def test_every_field_of_a_message_is_explained(shape: type[Message]):
    explained = {name for row in rows(shape.__name__) for name in named(row[0])}

    assert explained == set(shape.__struct_fields__)


def test_the_worked_exchange_is_what_replica_and_server_say():
    server = MemoryServer("2026-03-01")
    server.grant("anna-phone", {"technician:anna"})
    server.put("job", JOB_ID, {"number": "J-1001", "state": "enRoute", "notes": []}, {"technician:anna"})
    replica, said = Replica(outbox=Outbox(id="anna-phone.1")), list[Any]()
    pull = push = None

    for block in BLOCK.finditer(PAGE):
        body = json.loads(block["body"])
        match wire.decode(block["body"].encode(), SHAPES[block["shape"]]):
            case Draft() as work:
                replica, _ = replicas.record(replica, work)
            case PullRequest() as pull:
                assert plain(replicas.pull_request(replica, device="anna-phone")) == body
                said.append(server.pull(pull, now_ms=NOON_MS))
            case PullAnswer() as answer:
                assert pull
                assert plain(said[-1]) == body
                replica = replicas.apply_pull(replica, pull, answer)
            case PushRequest() as push:
                assert plain(replicas.push_request(replica, device="anna-phone")) == body
                replica = replicas.mark_sent(replica, push)
                said.append(server.push(push, now_ms=NOON_MS))
            case PushAnswer() as answer:
                assert push
                assert plain(said[-1]) == body
                replica = replica if block["lost"] else replicas.apply_push(replica, push, answer)

    assert len(said) == 4
    assert replicas.shown(replica, APPLIERS) == server.view("anna-phone")
    assert [entry.state for entry in replica.outbox.entries] == [MutationState.APPLIED, MutationState.REJECTED]


def plain(message: Any) -> Any:
    return json.loads(wire.encode(message))
