"""The server in memory keeps the promises that the protocol makes."""

import msgspec
import pytest

from sync import cursor as cursors
from sync import outbox as queue
from sync import replica as replicas
from sync import wire
from sync.operations import OPERATIONS
from sync.optimistic import APPLIERS
from sync.protocol import JsonObject, Mutation, MutationState, PushRequest, Refused, RemovalReason
from sync.server import Decision, MemoryServer, decide_job
from sync.simulation.steps import Fate
from tests.sync.field import NOON_MS, Device, draft, granted

ANNA = "technician:anna"
JOB = {"number": "J-1", "state": "pending"}


@pytest.fixture
def server() -> MemoryServer:
    server = MemoryServer("e1")
    server.put("job", "J1", JOB, {ANNA})
    return server


@pytest.fixture
def device(server: MemoryServer) -> Device:
    device = granted(server, Device("anna-phone", server), {ANNA})
    device.pull()
    return device


def push_of(device: Device) -> PushRequest:
    request = replicas.push_request(device.replica, device=device.name)
    assert request is not None
    return request


def test_the_same_push_twice_has_one_effect_and_the_first_verdict(server: MemoryServer, device: Device):
    device.record(draft(1))
    request = push_of(device)

    first = server.push(request, now_ms=NOON_MS).results[0]
    again = server.push(request, now_ms=NOON_MS).results[0]

    assert (first.status, again.status, again.first) == (MutationState.APPLIED, MutationState.DUPLICATE, first)
    assert server.effects == (draft(1).uid,)


def test_the_same_work_in_another_outbox_has_one_effect(server: MemoryServer, device: Device):
    mutation = device.record(draft(1))
    device.push()
    device.replica = replicas.renumber(device.replica, new_outbox="anna-phone.2")

    device.push()

    assert server.effects == (mutation.uid,)
    assert device.replica.outbox.entries[0].state is MutationState.APPLIED


def test_a_number_that_stands_for_other_work_is_refused_and_the_clone_goes_on_in_an_outbox_of_its_own(
    server: MemoryServer, device: Device
):
    server.enrol("clone", "anna-phone")
    clone = Device("clone", server, user="anna-phone")
    clone.replica = device.replica
    device.record(draft(1))
    clone.record(draft(2))
    device.push()

    clone.push()
    clone.heal()

    assert server.effects == (draft(1).uid, draft(2).uid)
    assert clone.replica.outbox.id != device.replica.outbox.id


def test_a_uid_that_stands_for_other_work_is_refused(server: MemoryServer, device: Device):
    device.record(draft(1))
    device.record(draft(1, text="other"))

    device.push()

    assert [entry.result and entry.result.code for entry in device.replica.outbox.entries] == [None, "uid_reuse"]
    assert len(server.effects) == 1


def test_a_gap_is_refused_with_the_number_that_is_expected(server: MemoryServer, device: Device):
    device.record(draft(1))
    device.record(draft(2))
    second = push_of(device).batch[1]

    with pytest.raises(Refused, match="mid_gap") as caught:
        server.push(wire.sealed(msgspec.structs.replace(push_of(device), batch=(second,))), now_ms=NOON_MS)

    assert caught.value.refusal.expected == 1


def test_a_poisonous_record_does_not_block_what_follows(server: MemoryServer, device: Device):
    device.record(draft(1, "dance"))
    device.record(draft(2, "complete", outcome="perhaps"))
    device.record(draft(3, "start"))

    device.heal()

    states = [entry.state for entry in device.replica.outbox.entries]
    assert states == [MutationState.REJECTED, MutationState.REJECTED, MutationState.APPLIED]
    assert device.shown() == {"job/J1": {**JOB, "state": "started"}}


def test_try_later_ends_the_answer_and_is_sent_again():
    refusals = iter([True, False])

    def decide(document: JsonObject | None, mutation: Mutation) -> Decision:
        if mutation.op == "start" and next(refusals):
            return Decision(status=MutationState.RETRY, code="try_later")
        return decide_job(document, mutation)

    server = MemoryServer("e1", decide=decide)
    server.put("job", "J1", JOB, {ANNA})
    device = granted(server, Device("anna-phone", server), {ANNA})
    device.record(draft(1, "start"))
    device.record(draft(2))

    device.push()
    effects_before = server.effects
    device.heal()

    assert effects_before == ()
    assert server.effects == (draft(1).uid, draft(2).uid)


def test_work_on_a_job_that_was_reassigned_is_decided_and_the_job_leaves(server: MemoryServer, device: Device):
    device.record(draft(1, "start"))
    server.put("job", "J1", JOB, {"technician:bo"}, why=RemovalReason.REASSIGNED)

    device.heal()

    assert device.held() == {}
    assert server.effects == (draft(1).uid,)


def test_removals_that_were_forgotten_are_made_good_page_by_page(server: MemoryServer, device: Device):
    for number in range(2, 8):
        server.put("job", f"J{number}", JOB, {ANNA})
    device.pull()
    server.remove("job", "J3")
    server.remove("job", "J7")
    server.compact(ANNA)

    device.heal()

    assert sorted(device.held()) == ["job/J1", "job/J2", "job/J4", "job/J5", "job/J6"]


def test_a_first_pull_below_the_floor_ends(server: MemoryServer):
    server.put("job", "J2", JOB, {ANNA})
    server.put("job", "J3", JOB, {ANNA})
    server.remove("job", "J3")
    server.compact(ANNA)
    newcomer = granted(server, Device("bo-phone", server), {ANNA})

    newcomer.heal()
    again = server.pull(replicas.pull_request(newcomer.replica, device="bo-phone"), now_ms=NOON_MS)

    assert newcomer.held() == server.view("bo-phone")
    assert (again.resync, again.patch, cursors.decode(again.cursor).sending) == ((), (), {})


def test_a_damaged_replica_is_found_by_its_digest_and_sent_again(server: MemoryServer, device: Device):
    device.replica = msgspec.structs.replace(device.replica, documents={})

    device.pull(with_digests=True)

    assert device.held() == {"job/J1": JOB}


def test_an_empty_pull_is_small(server: MemoryServer, device: Device):
    answer = server.pull(replicas.pull_request(device.replica, device=device.name), now_ms=NOON_MS)

    assert answer.patch == ()
    assert len(wire.encode(answer)) <= 250


def test_a_cursor_of_the_future_is_refused(server: MemoryServer, device: Device):
    future = cursors.encode(cursors.Cursor(epoch="e1", positions={ANNA: 99}))
    request = msgspec.structs.replace(replicas.pull_request(device.replica, device="a"), cursor=future)

    with pytest.raises(Refused, match="cursor_ahead"):
        server.pull(request, now_ms=NOON_MS)


def test_an_old_app_may_push_but_not_pull(server: MemoryServer, device: Device):
    device.record(draft(1))
    server.minimum_schema = 2

    device.push()

    assert server.effects == (draft(1).uid,)
    with pytest.raises(Refused, match="schema_too_old") as caught:
        device.pull()
    assert caught.value.refusal.minimum == 2


def test_a_push_of_an_earlier_epoch_is_refused_with_the_present_one(server: MemoryServer, device: Device):
    device.record(draft(1))
    request = push_of(device)
    server.restore(server.backup(), epoch="e2")

    with pytest.raises(Refused, match="epoch_changed") as caught:
        server.push(request, now_ms=NOON_MS)

    assert caught.value.refusal.epoch == "e2"


def test_what_no_backup_held_is_sent_again_after_a_restore(server: MemoryServer, device: Device):
    device.record(draft(1))
    device.push()
    backup = server.backup()
    device.heal()
    device.record(draft(2))
    device.heal()

    server.restore(backup, epoch="e2")
    device.heal()

    assert server.effects == (draft(1).uid, draft(2).uid)
    assert device.shown() == device.held() == server.view("anna-phone")


def test_a_restore_to_before_what_a_device_still_holds_does_not_stop_it(server: MemoryServer, device: Device):
    older = server.backup()
    device.record(draft(1))
    device.heal()
    server.backup()
    device.heal()
    device.record(draft(2))
    assert queue.unsent_count(device.replica.outbox) == 1

    server.restore(older, epoch="e2")
    device.heal()

    assert server.effects == (draft(2).uid,)
    assert device.replica.outbox.id == "anna-phone.2"


def test_an_answer_that_arrives_after_the_restore_settles_nothing(server: MemoryServer, device: Device):
    backup = server.backup()
    device.record(draft(1))
    device.push(Fate.ANSWER_LATE)
    server.restore(backup, epoch="e2")
    device.pull()

    device.receive_late()

    assert queue.unsent_count(device.replica.outbox) == 1


def test_every_operation_is_shown_on_the_device():
    assert APPLIERS.keys() == OPERATIONS.keys()
