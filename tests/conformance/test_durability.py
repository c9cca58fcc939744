"""Field failures 7, 8, 9 and 13: what was acknowledged stays, and what a phone forgets it gets again."""

import pytest

from tests.conformance.client import Client, push_of, refused, sealed, verdicts
from tests.conformance.conftest import Join
from tests.conformance.office import Office

# --- 7 · Acknowledged but not durable ---------------------------------------------------------------------------------


def test_what_was_acknowledged_is_there_after_the_power_was_cut(office: Office, anna: Client, job: str) -> None:
    """Work, verdicts and cursors: nobody has to begin anew because a server did."""
    held = anna.pulled()
    work = [anna.note(job, "kept"), anna.did(job, "fly_drone")]
    results = anna.pushed(*work)

    office.crash()

    assert verdicts(anna.outcomes().json()["results"]) == verdicts(results)
    assert verdicts(anna.pushed(*work)) == ["duplicate", "duplicate"]
    epoch = held.epoch
    anna.pulled(held)
    assert (held.notes(job), held.last_mid, held.epoch) == (["kept"], 2, epoch)


# --- 8 · The server is restored from a backup -------------------------------------------------------------------------


def test_what_the_backup_did_not_hold_is_taken_again_and_once(office: Office, anna: Client, job: str) -> None:
    kept = anna.note(job, "in the backup")
    anna.pushed(kept)
    office.backup()
    held = anna.pulled()
    lost = anna.note(job, "after the backup")
    anna.pushed(lost, epoch=held.epoch)
    anna.pulled(held)

    office.restore()

    gone = anna.pull(held.cursor)
    assert refused(gone) == (410, "epoch_changed")
    assert refused(anna.push(lost, epoch=held.epoch)) == (410, "epoch_changed")
    again = anna.pushed(kept, lost, epoch=gone.json()["epoch"])
    assert verdicts(again) == ["duplicate", "done"]
    assert anna.pulled().notes(job) == ["in the backup", "after the backup"]


def test_a_phone_is_told_how_far_a_backup_reaches(office: Office, anna: Client, job: str) -> None:
    anna.pushed(anna.note(job, "one"), anna.note(job, "two"))
    office.backup()

    answer = anna.push(anna.note(job, "three")).json()

    assert (answer["last"], answer["durable_mid"], anna.pulled().durable_mid) == (3, 2, 2)


# --- 9 · A client reset kills the outbox ------------------------------------------------------------------------------


def test_a_phone_that_pulls_from_the_beginning_goes_on_with_its_numbers(anna: Client, job: str) -> None:
    anna.pushed(anna.note(job, "before the reset"))

    held = anna.pulled()

    assert (held.last_mid, held.notes(job)) == (1, ["before the reset"])
    assert verdicts(anna.pushed(anna.note(job, "after it"))) == ["done"]


def test_a_cursor_that_is_refused_does_not_refuse_the_work(anna: Client, job: str) -> None:
    pull = {"outbox": anna.phone.outbox, "device": anna.phone.device, "schema": 1, "cursor": "garbage"}

    answer = anna.ask("sync", {"push": push_of(anna.phone, [anna.note(job, "kept")]), "pull": pull})

    assert answer.status_code == 200
    assert answer.json()["pull_refused"]["code"] == "cursor_invalid"
    assert anna.pulled().notes(job) == ["kept"]


def test_who_has_lost_the_first_numbers_is_told_the_one_to_go_on_with(anna: Client, job: str) -> None:
    anna.pushed(anna.note(job, "one"))
    anna.next_mid = 7

    answer = anna.push(anna.note(job, "seven"))

    assert (*refused(answer), answer.json()["expected"]) == (409, "mid_gap", 2)


# --- 13 · The browser evicts or refuses storage -----------------------------------------------------------------------


def test_a_new_outbox_begins_at_one_beside_the_old_one(anna: Client, job: str, join: Join) -> None:
    anna.pushed(anna.note(job, "before the storage was lost"))

    fresh = join(technician=anna.phone.technician)

    assert fresh.pulled().last_mid == 0
    assert verdicts(fresh.pushed(fresh.note(job, "with new storage"))) == ["done"]
    assert fresh.pulled().notes(job) == ["before the storage was lost", "with new storage"]


def test_the_verdicts_of_the_lost_outbox_can_be_read_from_the_new_phone(anna: Client, job: str, join: Join) -> None:
    anna.pushed(anna.note(job, "one"), anna.did(job, "fly_drone"))
    fresh = join(technician=anna.phone.technician)

    told = fresh.outcomes(2, outbox=anna.phone.outbox).json()

    assert (told["last"], verdicts(told["results"])) == (2, ["rejected"])


def test_a_copy_of_a_storage_that_uses_the_same_numbers_is_noticed(anna: Client, job: str) -> None:
    original = anna.note(job, "of the one")
    copied = sealed(anna.note(job, "of the other") | {"mid": original["mid"]})
    anna.pushed(original)

    answer = anna.push(copied).json()

    assert [(one["status"], one["code"]) for one in answer["results"]] == [("rejected", "mid_reuse")]
    assert answer["last"] == 1, "the number stands for what it stood for"
    assert anna.pulled().notes(job) == ["of the one"]


@pytest.mark.parametrize("digest", ["0:00000000000000000000000000000000", "7:" + "ab" * 16])
def test_a_scope_that_a_phone_holds_otherwise_is_sent_again(anna: Client, job: str, digest: str) -> None:
    held = anna.pulled()
    scope = next(row["scope"] for row in anna.pull().json()["patch"] if row["id"] == job)

    answer = anna.pull(held.cursor, digests={scope: digest}).json()

    assert scope in answer["resync"]  # of other scopes nothing was told, so that they come, too
    assert job in {row["id"] for row in answer["patch"]}
