"""Field failures 10, 11 and 12: old apps, wrong users and wrong clocks lose nothing and spoil nothing."""

from dataclasses import replace

import pytest

from tests.conformance.client import Client, now_ms, refused, verdict, verdicts
from tests.conformance.conftest import Join
from tests.conformance.office import Office

TWO_YEARS_MS = 2 * 365 * 24 * 3600 * 1000
MINUTE_MS = 60_000
OLD_SCHEMA = 0

# --- 10 · An old app after a deploy -----------------------------------------------------------------------------------


def test_an_app_that_is_too_old_to_pull_is_told_the_oldest_that_may(anna: Client, job: str) -> None:
    answer = anna.pull(schema=OLD_SCHEMA)

    assert refused(answer) == (426, "schema_too_old")
    assert answer.json()["minimum"] > OLD_SCHEMA


def test_an_app_that_is_too_old_to_pull_may_still_send_its_work(anna: Client, job: str) -> None:
    assert verdicts(anna.pushed(anna.note(job, "from an old phone"), schema=OLD_SCHEMA)) == ["done"]


def test_fields_that_a_newer_app_sends_are_passed_over(anna: Client, job: str) -> None:
    work = anna.note(job, "from a new phone") | {"mood": "good"}

    assert verdicts(anna.pushed(work, battery_percent=80)) == ["done"]
    assert anna.pull(battery_percent=80).status_code == 200


# --- 11 · Expired or replayed tokens, wrong user ----------------------------------------------------------------------


@pytest.mark.parametrize("token", ["", "nonsense", "tra_" + "A" * 43])
def test_who_shows_no_token_of_the_server_is_unauthenticated(anna: Client, job: str, token: str, join: Join) -> None:
    nobody = join(replace(anna.phone, token=token))

    answers = [nobody.push(nobody.note(job, "who am I?")), nobody.pull(), nobody.outcomes()]

    assert [refused(answer) for answer in answers] == [(401, "unauthenticated")] * 3
    assert anna.pulled().notes(job) == []


def test_work_that_met_an_old_token_goes_out_with_the_new_one(
    office: Office, anna: Client, job: str, join: Join
) -> None:
    held, work = anna.pulled(), anna.note(job, "waited")
    renewed = join(office.renewed(anna.phone))
    office.renewed(renewed.phone)

    assert anna.push(work).status_code == 401
    latest = join(office.renewed(renewed.phone))
    assert verdicts(latest.pushed(work)) == ["done"]
    assert latest.pulled(held).last_mid == 1


def test_another_user_can_neither_send_nor_read_an_outbox(anna: Client, job: str, join: Join) -> None:
    work = anna.note(job, "mine")
    anna.pushed(work)
    eve = join()
    thief = join(replace(anna.phone, token=eve.phone.token))

    answers = [thief.push(work), thief.pull(), thief.outcomes()]

    assert [refused(answer) for answer in answers] == [(403, "outbox_foreign")] * 3
    assert anna.outcomes().json()["last"] == 1


def test_another_phone_of_the_same_user_may_send_the_outbox(anna: Client, job: str, join: Join) -> None:
    anna.pushed(anna.note(job, "from the first phone"))
    second = join(technician=anna.phone.technician)
    carrier = join(replace(anna.phone, token=second.phone.token, device=second.phone.device))

    assert verdicts(carrier.pushed(anna.note(job, "exported"))) == ["done"]
    assert anna.pulled().last_mid == 2


def test_work_on_a_job_that_is_not_the_users_has_no_effect(anna: Client, job: str, join: Join) -> None:
    eve = join()

    (result,) = eve.pushed(eve.note(job, "I was never here"))

    assert result["status"] in {"rejected", "quarantined"}
    assert result["code"] in {"not_found", "forbidden"}
    assert anna.pulled().notes(job) == []


def test_a_revoked_phone_gets_nothing_any_more(office: Office, anna: Client, job: str) -> None:
    held = anna.pulled()

    office.revoke(anna.phone)

    assert refused(anna.pull(held.cursor)) == (403, "device_revoked")
    assert refused(anna.pull()) == (403, "device_revoked")


def test_what_a_revoked_phone_still_sends_is_kept_without_effect(office: Office, anna: Client, job: str) -> None:
    anna.pulled()
    office.revoke(anna.phone)

    (result,) = anna.pushed(anna.note(job, "from a lost phone"))

    assert (result["status"], result["code"]) == ("quarantined", "device_revoked")
    assert office.cards(job)


# --- 12 · Wrong clocks (±2 years) -------------------------------------------------------------------------------------


@pytest.mark.parametrize("ahead_ms", [-TWO_YEARS_MS, TWO_YEARS_MS])
def test_a_clock_that_is_years_wrong_and_was_measured_is_corrected(
    office: Office, anna: Client, job: str, ahead_ms: int
) -> None:
    done_ms = now_ms()

    (result,) = anna.pushed(anna.did(job, "en_route", at=done_ms + ahead_ms, off=-ahead_ms))

    assert verdict(result) == "done"
    assert abs(max(office.times(job)) - done_ms) < MINUTE_MS


@pytest.mark.parametrize("ahead_ms", [-TWO_YEARS_MS, TWO_YEARS_MS])
def test_a_clock_that_is_years_wrong_and_was_never_measured_is_kept_within_reason(
    office: Office, anna: Client, job: str, ahead_ms: int
) -> None:
    """Not before the phone can have had the job, not after the work was received."""
    given_ms = now_ms() - MINUTE_MS

    (result,) = anna.pushed(anna.did(job, "en_route", at=now_ms() + ahead_ms, off=None))

    assert verdict(result) == "done"
    assert given_ms <= max(office.times(job)) <= now_ms() + MINUTE_MS


def test_work_keeps_its_order_although_the_clock_was_set_back(office: Office, anna: Client, job: str) -> None:
    at_ms = now_ms()

    results = anna.pushed(
        anna.did(job, "en_route", at=at_ms),
        anna.did(job, "not_done", {"reason": "no_access"}, at=at_ms - TWO_YEARS_MS),
    )

    assert verdicts(results) == ["done", "done"]
    en_route_ms, ended_ms = office.times(job)[-2:]
    assert en_route_ms <= ended_ms


@pytest.mark.parametrize("changes", [{"at": -1}, {"at": 2**53}, {"off": "0"}, {"at": 1.5}])
def test_a_time_that_is_none_is_refused(anna: Client, job: str, changes: dict[str, object]) -> None:
    answer = anna.push(anna.note(job, "when?", **changes))

    assert answer.status_code == 400
    assert answer.json()["code"] in {"malformed", "number_out_of_range"}
