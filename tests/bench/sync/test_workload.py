"""The work that every contestant is given."""

from backend.bench.sync.workload import JOBS_PER_PHONE, WORK_PER_PUSH, edited, edits
from sync import operations


def test_every_edit_is_an_operation_that_the_server_can_read() -> None:
    work = [edit for turn in (0, 1, 100) for edit in edits(WORK_PER_PUSH, turn)]

    read = [operations.decode(edit.name, operations.arguments(edit.operation)) for edit in work]

    assert read == [edit.operation for edit in work]


def test_each_operation_of_one_push_is_at_another_job() -> None:
    jobs = [edit.job for edit in edits(WORK_PER_PUSH, 0)]

    assert len(set(jobs)) == WORK_PER_PUSH
    assert max(jobs) < JOBS_PER_PHONE


def test_two_turns_never_do_the_same_work() -> None:
    first, second = edits(WORK_PER_PUSH, 1), edits(WORK_PER_PUSH, 2)

    assert [edit for edit in first if edit in second] == [edit for edit in first if edit.name == "hazard_acknowledged"]


def test_a_store_of_whole_documents_has_the_work_in_the_document() -> None:
    [edit] = edits(1, 1)

    document = edited({"id": "j", "done": [{"op": "arrive"}]}, edit)

    assert [done["op"] for done in document["done"]] == ["arrive", "note"]
