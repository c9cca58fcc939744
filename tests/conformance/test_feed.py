"""Field failures 1 to 3: what changed reaches every phone that may see it, once it is true, and no other."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from tests.conformance.client import Client, Held, refused, verdicts
from tests.conformance.conftest import Join
from tests.conformance.office import Office

WRITERS = 3
NOTES_OF_EACH = 12


@pytest.fixture
def jobs(office: Office, anna: Client) -> list[str]:
    """Three jobs on Anna's phone."""
    return [office.give_job(anna.phone.technician) for _ in range(3)]


# --- 1 · A late commit is skipped -------------------------------------------------------------------------------------


def test_a_phone_that_pulls_while_others_write_misses_nothing(anna: Client, jobs: list[str], join: Join) -> None:
    writers = [join(technician=anna.phone.technician) for _ in range(WRITERS)]
    held, is_over = anna.pulled(), Event()

    def write(number: int) -> None:
        for note in range(NOTES_OF_EACH):
            writers[number].pushed(writers[number].note(jobs[number], f"{number}.{note}"))

    def keep_pulling() -> None:
        while not is_over.is_set():
            anna.pulled(held)

    with ThreadPoolExecutor(WRITERS + 1) as threads:
        puller = threads.submit(keep_pulling)
        for written in [threads.submit(write, number) for number in range(WRITERS)]:
            written.result()
        is_over.set()
        puller.result()

    anna.pulled(held)
    assert [len(held.notes(job)) for job in jobs] == [NOTES_OF_EACH] * WRITERS
    assert held.versions == anna.pulled().versions


# --- 2 · Page ends, ties, clocks in cursors ---------------------------------------------------------------------------


def test_small_pages_bring_the_same_as_a_large_one(anna: Client, jobs: list[str]) -> None:
    whole, page_by_page = anna.pulled(), anna.pulled(limit_bytes=1)

    assert page_by_page.documents == whole.documents
    assert set(jobs) <= whole.jobs()
    assert page_by_page.puts == len(whole.documents), "each document comes once"
    assert page_by_page.pages >= len(whole.documents), "a page that is full is not filled further"


def test_changes_of_one_instant_are_not_lost_at_the_end_of_a_page(anna: Client, jobs: list[str]) -> None:
    held = anna.pulled()

    anna.pushed(*(anna.note(job, "all in one batch") for job in jobs))

    anna.pulled(held, limit_bytes=1)
    assert [held.notes(job) for job in jobs] == [["all in one batch"]] * len(jobs)


def test_what_changes_between_two_pages_is_not_lost(anna: Client, jobs: list[str], join: Join) -> None:
    held = Held()
    held.take(anna.pull(limit_bytes=1).json())
    first = next(iter(held.jobs()), jobs[0])

    writer = join(technician=anna.phone.technician)
    writer.pushed(writer.note(first, "between two pages"))

    anna.pulled(held, limit_bytes=1)
    assert "between two pages" in held.notes(first)


def test_a_cursor_can_be_used_again(anna: Client, job: str) -> None:
    """The answer was lost, or the phone died before it was stored."""
    held = anna.pulled()
    anna.pushed(anna.note(job, "once more"))

    answers = [anna.pull(held.cursor).json()["patch"] for _ in range(2)]

    assert answers[0] == answers[1] != []


def test_an_answer_to_a_cursor_that_has_seen_all_is_empty(anna: Client, job: str) -> None:
    held = anna.pulled()

    answer = anna.pull(held.cursor).json()

    assert (answer.get("patch", []), answer.get("more", False)) == ([], False)


@pytest.mark.parametrize("cursor", ["garbage", "e30", "", "A" * 500])
def test_a_cursor_that_is_none_of_the_servers_begins_anew(anna: Client, cursor: str) -> None:
    assert refused(anna.pull(cursor)) == (410, "cursor_invalid")


# --- 3 · A reassigned record stays on the phone, or the phone undoes the reassignment ---------------------------------


def test_a_reassigned_job_moves_from_one_phone_to_the_other(office: Office, anna: Client, job: str, join: Join) -> None:
    ben = join()
    of_anna, of_ben = anna.pulled(), ben.pulled()

    office.reassign(job, ben.phone.technician)

    assert anna.pulled(of_anna).removed["job", job] == "reassigned"
    assert job in ben.pulled(of_ben).jobs()
    assert job not in anna.pulled().jobs(), "nor does it come back to a phone that begins anew"


def test_work_on_a_job_that_was_reassigned_does_not_take_it_back(
    office: Office, anna: Client, job: str, join: Join
) -> None:
    ben = join()
    of_anna = anna.pulled()
    office.reassign(job, ben.phone.technician)

    results = anna.pushed(anna.did(job, "en_route"), anna.note(job, "I was there"))

    assert "retry" not in verdicts(results)
    assert job not in anna.pulled(of_anna).jobs()
    assert job in ben.pulled().jobs()


def test_a_job_that_comes_back_is_newer_than_before(office: Office, anna: Client, job: str, join: Join) -> None:
    ben, held = join(), anna.pulled()
    before = held.versions["job", job]
    office.reassign(job, ben.phone.technician)
    anna.pulled(held)

    office.reassign(job, anna.phone.technician)

    assert anna.pulled(held).versions["job", job] > before


def test_a_cancelled_job_leaves_the_phone_and_says_why(office: Office, anna: Client, job: str) -> None:
    held = anna.pulled()

    office.cancel(job)

    assert anna.pulled(held).removed["job", job] == "cancelled"


def test_a_phone_sees_only_what_is_its_users(anna: Client, job: str, join: Join) -> None:
    stranger = join()

    assert job in anna.pulled().jobs()
    assert job not in stranger.pulled().jobs()
