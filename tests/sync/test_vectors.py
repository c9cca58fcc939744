"""The shared vectors of tests/vectors, run by the Python library."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from sync import clock, merge, operations, serials, wire
from sync import cursor as cursors
from sync import outbox as queue
from sync import replica as replicas
from sync.canonical import canonical
from sync.clock import OffsetSample
from sync.cursor import Cursor
from sync.digest import digest_of
from sync.merge import Lost, Policy
from sync.optimistic import APPLIERS
from sync.outbox import Outbox
from sync.protocol import Draft, PullAnswer, PushAnswer, PushRequest, Refusal, Refused
from sync.replica import Replica

VECTORS = Path(__file__).parent.parent / "vectors"


def cases(file: str, group: str) -> list[Any]:
    """Return the cases of one group as parameters, named by their names."""
    read = json.loads((VECTORS / file).read_text())[group]
    return [pytest.param(case, id=case.get("name") or case["op"]) for case in read]


def plain(value: Any) -> Any:
    """Return what a JSON reader would see."""
    return json.loads(wire.encode(value))


def cursor(fields: dict[str, Any]) -> Cursor:
    return Cursor(**fields)


@pytest.mark.parametrize("case", cases("canonical.json", "cases"))
def test_a_value_has_one_canonical_text(case: dict[str, Any]):
    assert canonical(json.loads(case["json"])) == case["canonical"].encode()


@pytest.mark.parametrize("case", cases("canonical.json", "refused"))
def test_a_value_that_readers_would_see_differently_is_refused(case: dict[str, Any]):
    with pytest.raises(Refused) as caught:
        canonical(json.loads(case["json"]))

    assert (caught.value.refusal.code, caught.value.refusal.path) == (case["code"], case["path"])


@pytest.mark.parametrize("case", cases("seals.json", "mutations"))
def test_a_mutation_is_sealed(case: dict[str, Any]):
    assert wire.mutation_digest(msgspec.convert(case["draft"], Draft), case["base"]) == case["digest"]


@pytest.mark.parametrize("case", cases("seals.json", "batches"))
def test_a_batch_is_sealed(case: dict[str, Any]):
    assert wire.batch_digest(case["outbox"], case["epoch"], case["first_mid"], case["digests"]) == case["digest"]


@pytest.mark.parametrize("case", cases("cursor.json", "encoded"))
def test_a_cursor_is_written_and_read_back(case: dict[str, Any]):
    assert cursors.encode(cursor(case["cursor"])) == case["text"]
    assert cursors.decode(case["text"]) == cursor(case["cursor"])


@pytest.mark.parametrize("case", cases("cursor.json", "invalid"))
def test_what_is_no_cursor_is_refused(case: dict[str, Any]):
    with pytest.raises(Refused, match="cursor_invalid"):
        cursors.decode(case["text"])


@pytest.mark.parametrize("case", cases("cursor.json", "standing"))
def test_a_cursor_is_held_against_the_server(case: dict[str, Any]):
    assert cursors.standing(cursor(case["cursor"]), case["epoch"], case["heads"]) == case["standing"]


@pytest.mark.parametrize("case", cases("cursor.json", "merged"))
def test_cursors_are_merged_either_way_round(case: dict[str, Any]):
    left, right, merged = cursor(case["left"]), cursor(case["right"]), cursor(case["merged"])

    assert cursors.merge(left, right) == cursors.merge(right, left) == merged
    assert cursors.covers(merged, left)
    assert cursors.covers(merged, right)


@pytest.mark.parametrize("case", cases("cursor.json", "advanced"))
def test_a_cursor_advances(case: dict[str, Any]):
    advanced = cursors.advance(cursor(case["cursor"]), case["scope"], case["position"])

    assert advanced == cursor(case["advanced"])


@pytest.mark.parametrize("case", cases("cursor.json", "compacted"))
def test_a_scope_is_sent_again_when_removals_were_forgotten(case: dict[str, Any]):
    assert cursors.is_compacted(cursor(case["cursor"]), case["scope"], case["floor"]) is case["is_compacted"]


@pytest.mark.parametrize("case", cases("cursor.json", "kept"))
def test_a_cursor_keeps_only_scopes_that_are_held(case: dict[str, Any]):
    kept, dropped = cursors.keep_only(cursor(case["cursor"]), case["scopes"])

    assert (kept, dropped) == (cursor(case["kept"]), tuple(case["dropped"]))


@pytest.mark.parametrize("case", cases("digest.json", "cases"))
def test_a_scope_has_a_digest_without_order(case: dict[str, Any]):
    assert str(digest_of(tuple(document) for document in case["documents"])) == case["digest"]


@pytest.mark.parametrize("case", cases("clock.json", "offsets"))
def test_the_offset_of_a_clock_is_estimated(case: dict[str, Any]):
    assert clock.estimate_offset([OffsetSample(**sample) for sample in case["samples"]]) == case["offset_ms"]


@pytest.mark.parametrize("case", cases("clock.json", "occurred"))
def test_the_time_of_a_fact_is_corrected_and_bounded(case: dict[str, Any]):
    bounds = {"not_before_ms": case["not_before_ms"], "received_ms": case["received_ms"]}

    occurred = clock.occurred_at(case["at_ms"], case["off_ms"], **bounds)

    assert (occurred.occurred_ms, occurred.bound) == (case["occurred_ms"], case["bound"])


@pytest.mark.parametrize("case", cases("merge.json", "merges"))
def test_fields_are_merged(case: dict[str, Any]):
    policies = {name: Policy(policy) for name, policy in case["policies"].items()}

    merged = merge.merge_fields(policies, base=case["base"], site=case["site"], office=case["office"])

    assert canonical(plain(merged)) == canonical({"kept": case["kept"], "lost": case["lost"]})


@pytest.mark.parametrize("case", cases("merge.json", "restores"))
def test_a_losing_value_comes_back_and_can_be_taken_back(case: dict[str, Any]):
    restored = merge.restore(case["document"], msgspec.convert(case["lost"], Lost))

    assert plain(restored) == {"kept": case["kept"], "lost": [case["back"]]}
    assert merge.restore(restored.kept, restored.lost[0]).kept == case["document"]


@pytest.mark.parametrize("case", cases("operations.json", "accepted"))
def test_an_operation_is_read_and_written(case: dict[str, Any]):
    kind = case.get("kind", "job")
    operation = operations.decode(case["op"], case["args"], kind=kind)

    assert operations.decode(case["op"], operations.arguments(operation), kind=kind) == operation


@pytest.mark.parametrize("case", cases("operations.json", "refused"))
def test_an_operation_that_cannot_be_read_says_where(case: dict[str, Any]):
    with pytest.raises(operations.OperationError) as caught:
        operations.decode(case["op"], case["args"], kind=case["kind"])

    assert (caught.value.code, caught.value.path) == (case["code"], case["path"])


@pytest.mark.parametrize("case", cases("optimistic.json", "cases"))
def test_an_operation_is_shown_and_leaves_its_document_alone(case: dict[str, Any]):
    before = canonical(case["document"])

    shown = APPLIERS[case["op"]](case["document"], case["args"])

    assert canonical(shown) == canonical(case["shown"])
    assert canonical(case["document"]) == before


@pytest.mark.parametrize("case", cases("serials.json", "check_characters"))
def test_a_check_character_holds_or_not(case: dict[str, Any]):
    assert serials.holds(serials.CheckRule(case["rule"]), case["serial"]) is case["holds"]


@pytest.mark.parametrize("case", cases("serials.json", "slips"))
def test_slips_of_reading_are_weighed_either_way_round(case: dict[str, Any]):
    assert serials.slips(case["read"], case["meant"]) == serials.slips(case["meant"], case["read"]) == case["slips"]


@pytest.mark.parametrize("case", cases("serials.json", "checks"))
def test_a_serial_that_was_read_is_judged(case: dict[str, Any]):
    units = msgspec.convert(case["units"], list[serials.Unit])
    grammars = msgspec.convert(case["grammars"], list[serials.Grammar])

    checked = serials.check(case["read"], units=units, grammars=grammars, wanted=case["wanted"])

    assert plain(checked) == case["check"]


@pytest.mark.parametrize("scenario", cases("replica.json", "scenarios"))
def test_a_replica_follows_the_scenario(scenario: dict[str, Any]):
    replica = Replica(outbox=Outbox(id="anna-phone.1"))
    for index, step in enumerate(scenario["steps"]):
        replica = follow(replica, step, at=f"step {index}: {step['do']}")


def follow(replica: Replica, step: dict[str, Any], *, at: str) -> Replica:
    match step["do"]:
        case "record":
            replica, mutation = replicas.record(replica, msgspec.convert(step["draft"], Draft))
            assert (mutation.mid, mutation.base, mutation.digest) == (step["mid"], step["base"], step["digest"]), at
        case "push":
            return follow_push(replica, step, at=at)
        case "pull":
            request = replicas.pull_request(replica, device="anna-phone")
            request = msgspec.structs.replace(request, cursor=step.get("late_cursor", request.cursor))
            return replicas.apply_pull(replica, request, wire.decode(json.dumps(step["answer"]).encode(), PullAnswer))
        case "restart":
            return replicas.restart(replica, msgspec.convert(step["refusal"], Refusal))
        case "resume_at":
            return replicas.resume_at(replica, step["expected"], new_outbox=step["new_outbox"])
        case "renumber":
            return replicas.renumber(replica, new_outbox=step["new_outbox"])
        case "acknowledge":
            return msgspec.structs.replace(replica, outbox=queue.acknowledge(replica.outbox, step["uid"]))
        case "expect":
            expected = {name: value for name, value in step.items() if name != "do"}
            assert {name: fact for name, fact in facts(replica).items() if name in expected} == expected, at
    return replica


def follow_push(replica: Replica, step: dict[str, Any], *, at: str) -> Replica:
    request = wire.decode(json.dumps(step["request"]).encode(), PushRequest)
    wire.check_push(request)
    if not step.get("late"):
        made = replicas.push_request(replica, device="anna-phone")
        assert plain(made) == step["request"], at
        replica = replicas.mark_sent(replica, request)
    if step["answer"] is None:
        return replica
    return replicas.apply_push(replica, request, msgspec.convert(step["answer"], PushAnswer))


def facts(replica: Replica) -> dict[str, Any]:
    """Return all that a scenario may expect."""
    outbox = replica.outbox
    return {
        "shown": replicas.shown(replica, APPLIERS),
        "pending": [entry.mutation.mid for entry in replicas.pending(replica)],
        "states": {str(entry.mutation.mid): entry.state for entry in outbox.entries},
        "attention": [[e.mutation.uid, e.state, e.result and e.result.code] for e in queue.attention(outbox)],
        "unsent_count": queue.unsent_count(outbox),
        "outbox": outbox.id,
        "next_mid": outbox.next_mid,
        "is_cloned": queue.is_cloned(outbox),
        "cursor": replica.cursor,
        "epoch": replica.epoch,
        "last_mid": replica.last_mid,
        "digests": replicas.scope_digests(replica),
    }
