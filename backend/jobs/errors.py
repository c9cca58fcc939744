"""What can go wrong with jobs, in the words of the field."""

from backend.kernel.errors import Conflict, Forbidden, Invalid, NotFound


class UnknownJob(NotFound):
    """No such job, or not yours to see."""

    code = "unknown_job"


class UnknownWorkOrder(NotFound):
    """No such work order."""

    code = "unknown_work_order"


class UnknownReviewCard(NotFound):
    """No such review card, or not yours to see."""

    code = "unknown_review_card"


class NotYoursToDecide(Forbidden):
    """Cards of this kind are decided at another desk. params: kind."""

    code = "not_yours_to_decide"


class JobUnderway(Conflict):
    """The technician is on the way already, or the job has ended: it is no longer planned. params: state."""

    code = "job_underway"


class JobOvertaken(Conflict):
    """The office decided otherwise meanwhile. params: reason, `job_cancelled` or `job_reassigned`."""

    code = "job_overtaken"


class AnotherJobStarted(Conflict):
    """A technician works on one job at a time: end the other one first. params: job_id of the other."""

    code = "another_job_started"


class AlreadyTakenUp(Conflict):
    """Somebody is on the way to the job that goes on with this one. params: job_id of that one."""

    code = "already_taken_up"


class CompletionRefused(Invalid):
    """Something is missing. params: missing, a list of `checklist.…`, `limits.…`, `hazard.…`, `signature`."""

    code = "completion_refused"


class WrongAnswer(Invalid):
    """The checklist has no such item, or the item asks for another kind of answer. params: item, kind."""

    code = "wrong_answer"


class WrongValue(Invalid):
    """The field cannot have this value. params: field, detail."""

    code = "wrong_value"


class UnknownLostValue(NotFound):
    """No such lost value, or not yours to see."""

    code = "unknown_lost_value"


class AlreadyRestored(Conflict):
    """The value is back already."""

    code = "already_restored"


class OrderEnded(Conflict):
    """The order that the job was for has ended without it: order anew. params: order_id, state."""

    code = "order_ended"


class StillRefused(Conflict):
    """The work cannot count now either. params: reason, as the technician would be told."""

    code = "still_refused"


class NothingToApply(Conflict):
    """The card asks for nothing that could be carried out: dismiss it with a note."""

    code = "nothing_to_apply"


class BadPlan(Invalid):
    """The plan or the window ends before it starts."""

    code = "bad_plan"


class NeedsCrew(Conflict):
    """The work takes so many different people, who start together: name them all. params: job_id, crew_size, named."""

    code = "needs_crew"


class NotTheLead(Forbidden):
    """Of a crew, the lead says how the job goes on; everybody records what they see and do. params: job_id, lead_id."""

    code = "not_the_lead"


class CircularWait(Conflict):
    """The job would wait for itself, by way of others. params: job_id."""

    code = "circular_wait"


class BadSplit(Invalid):
    """A job cannot be divided like this. params: reason, and what is at fault.

    reason: nothing_left (the first visit would take no time; duration_seconds of the job), not_its_parts (parts: more than it brings).
    """

    code = "bad_split"
