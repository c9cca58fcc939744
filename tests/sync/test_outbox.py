"""The queue of a device: what is refused at once, how it is cut into pushes, and which moves are legal."""

from typing import Any

import pytest

from sync import outbox as queue
from sync import wire
from sync.outbox import Outbox
from sync.protocol import MAX_MUTATIONS, MAX_REQUEST_BYTES, MOVES, VERDICTS, MutationState, PushAnswer, Refused, Result
from tests.sync.field import draft


def filled(count: int, **args: Any) -> Outbox:
    outbox = Outbox(id="a.1")
    for number in range(1, count + 1):
        outbox, _ = queue.enqueue(outbox, draft(number, **args), base=None)
    return outbox


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth - 1):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("args", "code"),
    [
        ({"text": "x" * 70_000}, "too_large"),
        ({"text": "a\x00b"}, "nul_character"),
        ({"value": nested(29)}, "too_deep"),
        ({"value": nested(2000)}, "too_deep"),
        ({"value": 2**60}, "number_out_of_range"),
        ({"value": float("nan")}, "number_out_of_range"),
        ({"value": {1, 2}}, "malformed"),
    ],
)
def test_what_a_server_would_have_to_refuse_never_enters_the_queue(args: dict[str, Any], code: str):
    with pytest.raises(Refused, match=code):
        queue.enqueue(Outbox(id="a.1"), draft(1, **args), base=None)


def test_a_uid_that_is_no_uuid7_never_enters_the_queue():
    work = queue.replace(draft(1), uid="01900000-0000-4000-8000-000000000001")

    with pytest.raises(Refused, match=r"malformed at \$\.uid"):
        queue.enqueue(Outbox(id="a.1"), work, base=None)


def test_a_push_holds_at_most_a_hundred_mutations():
    assert [mutation.mid for mutation in queue.next_batch(filled(120))] == list(range(1, MAX_MUTATIONS + 1))


def test_a_push_holds_at_most_a_mebibyte():
    outbox = filled(30, text="x" * 60_000)

    batch = queue.next_batch(outbox)

    assert 16 <= len(batch) < 30
    assert sum(len(wire.encode(mutation)) for mutation in batch) < MAX_REQUEST_BYTES


def test_sending_changes_no_number_and_may_be_repeated():
    outbox = filled(2)

    sent = queue.mark_sent(queue.mark_sent(outbox, queue.next_batch(outbox)), queue.next_batch(outbox))

    assert queue.next_batch(sent) == queue.next_batch(outbox)
    assert {entry.state for entry in sent.entries} == {MutationState.SENT}


def test_an_answer_that_passes_over_a_number_does_not_make_a_push_with_a_hole():
    outbox = filled(3)
    sent = queue.mark_sent(outbox, queue.next_batch(outbox))
    results = tuple(Result(mid=mid, status=MutationState.APPLIED) for mid in (1, 3))
    settled = queue.settle(sent, PushAnswer(last=3, epoch="e1", time=0, results=results))

    settled, _ = queue.enqueue(settled, draft(4), base=None)

    assert [mutation.mid for mutation in queue.next_batch(settled)] == [2]


def test_a_device_comes_to_every_verdict_from_sent_alone():
    for verdict in VERDICTS - {MutationState.RESOLVED}:
        assert [state for state, following in MOVES.items() if verdict in following] == [MutationState.SENT]


def test_every_state_can_be_sent_again_after_the_server_was_restored():
    assert all(state is MutationState.QUEUED or MutationState.QUEUED in MOVES[state] for state in MutationState)
