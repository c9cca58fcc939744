"""Every state × every command, the forbidden ones too."""

from dataclasses import dataclass

import pytest

from backend.jobs.lifecycle import (
    ASSIGNMENT,
    JOB,
    LIFECYCLES,
    REVIEW,
    WORK_ORDER,
    AssignmentCommand,
    AssignmentState,
    JobCommand,
    JobState,
    ReviewCommand,
    ReviewState,
    WorkOrderCommand,
    WorkOrderState,
    standing,
    steps,
    verdict,
)
from backend.kernel.lifecycle import GuardRefused, IllegalMove, Lifecycle


@dataclass
class Attendance:
    has_arrived: bool = False


JOB_TABLE = {  # state: command → next state, "-" where it is forbidden
    "pending": {"en_route": "enRoute", "cancel": "cancelled"},
    "enRoute": {"arrive": "enRoute", "start": "started", "not_done": "notDone", "cancel": "cancelled"},
    "started": {"complete": "completed", "not_done": "notDone", "suspend": "suspended"},
    "suspended": {"resume": "started"},
    "completed": {},
    "notDone": {},
    "cancelled": {"reopen": "pending"},
}
ASSIGNMENT_TABLE = {
    "unassigned": {"propose": "tentative", "assign": "assigned"},
    "tentative": {"propose": "tentative", "assign": "assigned", "unassign": "unassigned"},
    "assigned": {"assign": "assigned", "unassign": "unassigned", "dispatch": "dispatched"},
    "dispatched": {"assign": "assigned", "unassign": "unassigned", "acknowledge": "acknowledged"},
    "acknowledged": {"assign": "assigned", "unassign": "unassigned"},
}
WORK_ORDER_TABLE = {
    "acknowledged": {"begin": "inProgress", "fail": "failed", "cancel": "cancelled"},
    "inProgress": {"complete": "completed", "complete_partly": "partial", "fail": "failed", "cancel": "cancelled"},
    "completed": {},
    "partial": {},
    "failed": {},
    "cancelled": {"reopen": "inProgress"},
}
REVIEW_TABLE = {"open": {"apply": "resolved", "dismiss": "resolved"}, "resolved": {}}

CASES = [
    (lifecycle, state, command, table[str(state)].get(str(command)))
    for lifecycle, states, commands, table in (
        (JOB, JobState, JobCommand, JOB_TABLE),
        (ASSIGNMENT, AssignmentState, AssignmentCommand, ASSIGNMENT_TABLE),
        (WORK_ORDER, WorkOrderState, WorkOrderCommand, WORK_ORDER_TABLE),
        (REVIEW, ReviewState, ReviewCommand, REVIEW_TABLE),
    )
    for state in states
    for command in commands
]


@pytest.mark.parametrize(
    ("lifecycle", "state", "command", "target"), CASES, ids=[f"{c[0].name}-{c[1]}-{c[2]}" for c in CASES]
)
def test_each_command_leads_where_the_field_expects_it(lifecycle: Lifecycle, state, command, target: str | None):
    if target is None:
        with pytest.raises(IllegalMove):
            lifecycle.advance(state, command, Attendance())
    else:
        assert lifecycle.advance(state, command, Attendance()).to == target


def test_nobody_arrives_twice_in_one_visit():
    with pytest.raises(GuardRefused):
        JOB.advance(JobState.EN_ROUTE, JobCommand.ARRIVE, Attendance(has_arrived=True))


@pytest.mark.parametrize("state", list(JobState))
@pytest.mark.parametrize("command", list(JobCommand))
def test_steps_that_were_forgotten_make_a_legal_path(state: JobState, command: JobCommand):
    *forgotten, last = steps(state, command)

    assert last is command
    for step in forgotten:
        state = JobState(JOB.advance(state, step, Attendance()).to)
    if forgotten:
        assert (state, command) in JOB.moves


def test_the_events_of_a_job_are_those_that_others_listen_to():
    assert {*JOB.events(), *ASSIGNMENT.events()} == {
        "job.dispatched",
        "job.en_route",
        "job.arrived",
        "job.started",
        "job.completed",
        "job.not_done",
        "job.suspended",
        "job.cancelled",
    }


def test_every_lifecycle_is_exported_as_data():
    tables = {lifecycle.name: lifecycle.as_data()["moves"] for lifecycle in LIFECYCLES}

    assert tables["job"]["pending"] == JOB_TABLE["pending"]
    assert tables.keys() == {"job", "assignment", "work_order", "review_card"}


@pytest.mark.parametrize(
    ("states", "is_partial", "command"),
    [
        (["completed"], False, "complete"),
        (["completed"], True, "complete_partly"),
        (["suspended", "completed"], False, "complete"),
        (["completed", "pending"], False, None),
        (["notDone"], False, "fail"),
        (["notDone", "completed"], False, "complete"),
        (["cancelled"], False, "cancel"),
        (["cancelled", "notDone"], False, "fail"),
    ],
)
def test_a_work_order_ends_as_its_jobs_did(states: list[str], is_partial: bool, command: str | None):  # noqa: FBT001
    assert verdict([JobState(state) for state in states], is_partial=is_partial) == command


@pytest.mark.parametrize(
    ("state", "command", "theirs", "others"),
    [
        ("pending", "en_route", "holds", "beside"),
        ("pending", "start", "holds", "takes"),
        ("pending", "complete", "holds", "takes"),
        ("pending", "not_done", "holds", "overtaken"),
        ("enRoute", "arrive", "holds", "beside"),
        ("enRoute", "complete", "holds", "takes"),
        ("started", "start", "holds", "beside"),
        ("started", "complete", "holds", "overtaken"),
        ("started", "suspend", "holds", "overtaken"),
        ("completed", "arrive", "holds", "beside"),
        ("completed", "complete", "holds", "overtaken"),
        ("cancelled", "en_route", "overtaken", "overtaken"),
        ("cancelled", "complete", "overtaken", "overtaken"),
    ],
)
def test_whoever_works_has_the_job_until_another_has_begun(state: str, command: str, theirs: str, others: str):
    assert standing(JobState(state), JobCommand(command), is_theirs=True) == theirs
    assert standing(JobState(state), JobCommand(command), is_theirs=False) == others
