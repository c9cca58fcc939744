"""Field failures 4, 5, 6 and 14: every piece of work is decided once, in order, and nothing blocks what follows it."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.conformance.client import Client, Json, new_uid, now_ms, push_of, refused, sealed, verdict, verdicts
from tests.conformance.conftest import Join
from tests.conformance.office import Office

AT_ONCE = 4
NOBODYS_JOB = "01900000-0000-7000-8000-00000000dead"

# --- 4 · A lost answer is applied twice -------------------------------------------------------------------------------


def test_a_push_that_is_sent_twice_has_one_effect(anna: Client, job: str) -> None:
    work = anna.note(job, "once")
    (first,) = anna.pushed(work)

    (second,) = anna.pushed(work)

    assert second["status"] == "duplicate"
    assert second["first"] == first
    assert anna.pulled().notes(job) == ["once"]


def test_a_batch_that_overlaps_an_earlier_one_adds_only_what_is_new(anna: Client, job: str) -> None:
    work = [anna.note(job, str(number)) for number in range(5)]
    anna.pushed(*work[:3])

    results = anna.pushed(*work[1:])

    assert verdicts(results) == ["duplicate", "duplicate", "done", "done"]
    assert anna.pulled().notes(job) == ["0", "1", "2", "3", "4"]


def test_the_same_push_from_several_connections_at_once_has_one_effect(anna: Client, job: str, join: Join) -> None:
    batch = [anna.note(job, "at once"), anna.did(job, "en_route")]
    lines = [join(anna.phone) for _ in range(AT_ONCE)]

    with ThreadPoolExecutor(AT_ONCE) as threads:
        answers = list(threads.map(lambda line: verdicts(line.pushed(*batch)), lines))

    assert sorted(answers) == [["done", "done"]] + [["duplicate", "duplicate"]] * (AT_ONCE - 1)
    assert anna.pulled().notes(job) == ["at once"]


def test_work_that_comes_in_another_outbox_too_has_one_effect(anna: Client, job: str, join: Join) -> None:
    """The outbox was exported to a second phone, and the first one found a network after all."""
    second = join(technician=anna.phone.technician)
    work = anna.note(job, "from both phones")
    anna.pushed(work)

    (result,) = second.pushed(work)

    assert (result["status"], verdict(result["first"])) == ("duplicate", "done")
    assert anna.pulled().notes(job) == ["from both phones"]


def test_a_uid_that_stands_for_other_work_is_rejected_and_used_up(anna: Client, job: str) -> None:
    first = anna.note(job, "the first")
    other = anna.note(job, "another", uid=first["uid"])

    results = anna.pushed(first, other, anna.note(job, "the next"))

    assert verdicts(results) == ["done", "rejected", "done"]
    assert results[1]["code"] == "uid_reuse"
    assert anna.pulled().notes(job) == ["the first", "the next"]


# --- 5 · A poison record blocks the queue -----------------------------------------------------------------------------


def poison(anna: Client, job: str) -> list[Json]:
    """Work that no server can carry out."""
    return [
        anna.did(job, "fly_drone", {"height_m": 12}),
        anna.did(job, "note", {"text": 7}),
        anna.did(job, "note"),
        anna.did(job, "note", {"text": "x", "nobody_reads_this": True}),
        anna.did("J-1", "note", {"text": "no such id"}),
        anna.did(NOBODYS_JOB, "note", {"text": "no such job"}),
        anna.did(job, "note", {"text": "x"}, kind="spaceship"),
    ]


def test_what_cannot_be_done_blocks_nothing_behind_it(anna: Client, job: str) -> None:
    batch = [anna.note(job, "before"), *poison(anna, job), anna.note(job, "behind")]

    results = anna.pushed(*batch)

    assert verdicts([results[0], results[-1]]) == ["done", "done"]
    assert {result["status"] for result in results[1:-1]} <= {"rejected", "quarantined", "conflict"}
    assert verdicts(anna.pushed(anna.note(job, "the day after"))) == ["done"]
    assert anna.pulled().notes(job) == ["before", "behind", "the day after"]


def test_the_reason_says_what_was_wrong_and_where(anna: Client, job: str) -> None:
    unknown, unread, missing = anna.pushed(*poison(anna, job)[:3])

    assert (unknown["code"], unknown["path"]) == ("unknown_operation", "$.op")
    assert (unread["code"], unread["path"]) == ("invalid_arguments", "$.args.text")
    assert (missing["code"], missing["path"]) == ("invalid_arguments", "$.args.text")


# --- 6 · Rejected work is thrown away ---------------------------------------------------------------------------------


def test_the_verdicts_can_be_had_again_with_their_reasons(anna: Client, job: str) -> None:
    results = anna.pushed(anna.note(job, "good"), *poison(anna, job))

    told = anna.outcomes().json()

    assert told["last"] == len(results)
    assert [(one["mid"], one["status"], one.get("code")) for one in told["results"]] == [
        (one["mid"], one["status"], one.get("code")) for one in results
    ]


def test_the_dispatcher_sees_what_was_refused(office: Office, anna: Client, job: str) -> None:
    (refused_work,) = anna.pushed(anna.did(job, "fly_drone"))

    assert refused_work["code"] in {card["reason"] for card in office.cards(job)}


def test_work_on_a_cancelled_job_is_recorded_and_left_to_a_person(office: Office, anna: Client, job: str) -> None:
    anna.pulled()
    office.cancel(job)

    results = anna.pushed(anna.did(job, "start"), anna.note(job, "nobody told me"))

    assert results[0]["status"] == "conflict"
    assert results[0]["code"]
    assert "retry" not in verdicts(results)
    assert office.cards(job)
    assert verdicts(anna.outcomes().json()["results"]) == verdicts(results)


# --- 14 · Background replay twice, never, or reordered ----------------------------------------------------------------


def test_a_batch_that_overtakes_another_waits_for_it(anna: Client, job: str) -> None:
    first, second = anna.note(job, "first"), anna.note(job, "second")

    early = anna.push(second)

    assert (*refused(early), early.json()["expected"]) == (409, "mid_gap", 1)
    assert verdicts(anna.pushed(first, second)) == ["done", "done"]
    assert anna.pulled().notes(job) == ["first", "second"]


def test_a_batch_with_a_hole_in_it_is_refused_whole(anna: Client, job: str) -> None:
    first, _, third = (anna.note(job, text) for text in "abc")

    answer = anna.push(first, third)

    assert refused(answer) == (409, "mid_gap")
    assert anna.pulled().notes(job) == []
    assert anna.outcomes().json()["last"] == 0


@pytest.mark.parametrize("later", [1, 3])
def test_an_old_push_that_comes_late_changes_nothing(anna: Client, job: str, later: int) -> None:
    """A service worker woke up with what the page had sent long ago."""
    old = anna.did(job, "en_route")
    anna.pushed(old)
    for _ in range(later):
        anna.pushed(anna.note(job, "meanwhile"))
    before = anna.pulled()

    assert verdicts(anna.pushed(old)) == ["duplicate"]

    after = anna.pulled(before)
    assert (after.job(job), after.last_mid) == (before.job(job), later + 1)


def test_a_replay_under_a_new_number_and_uid_does_not_move_a_job_backwards(anna: Client, job: str) -> None:
    anna.pushed(anna.did(job, "en_route"), anna.did(job, "not_done", {"reason": "no_access"}))
    ended = anna.pulled().job(job)["state"]

    (result,) = anna.pushed(anna.did(job, "en_route"))

    assert result["status"] != "retry"
    assert anna.pulled().job(job)["state"] == ended != "enRoute"


def test_what_was_never_sent_is_not_confirmed(anna: Client, job: str) -> None:
    anna.note(job, "still on the phone")

    assert anna.pulled().last_mid == 0


def test_work_is_confirmed_with_its_effect(anna: Client, job: str) -> None:
    held = anna.pulled()
    anna.pushed(anna.note(job, "seen"))

    answer = anna.pull(held.cursor).json()

    assert answer["last_mid"] == 1
    assert [row["doc"]["notes"][0]["text"] for row in answer["patch"] if row["id"] == job] == ["seen"]


def test_push_and_pull_in_one_trip_belong_together(anna: Client, job: str) -> None:
    held = anna.pulled()
    pull = {"outbox": anna.phone.outbox, "device": anna.phone.device, "schema": 1, "cursor": held.cursor}

    answer = anna.ask("sync", {"push": push_of(anna.phone, [anna.note(job, "hello")]), "pull": pull}).json()

    assert (verdicts(answer["push"]["results"]), answer["pull"]["last_mid"]) == (["done"], 1)
    held.take(answer["pull"])
    assert held.notes(job) == ["hello"]


def test_a_damaged_mutation_is_refused_and_can_be_sent_again(anna: Client, job: str) -> None:
    work = anna.note(job, "hello")
    damaged = work | {"args": {"text": "hallo"}}
    resealed_alone = sealed(work | {"args": {"text": "hallo"}, "uid": new_uid(now_ms())})
    batch = push_of(anna.phone, [work]) | {"batch": [resealed_alone]}
    without_epoch = push_of(anna.phone, [work], epoch=anna.pulled().epoch) | {"epoch": None}

    assert refused(anna.push(damaged)) == (422, "digest_mismatch")
    assert refused(anna.ask("push", batch)) == (422, "digest_mismatch")
    assert refused(anna.ask("push", without_epoch)) == (422, "digest_mismatch")
    assert verdicts(anna.pushed(work)) == ["done"]
