"""What can go wrong on the customer's page, in the words of whoever reads it."""

from backend.kernel.errors import Conflict, Forbidden, NotFound


class UnknownVisit(NotFound):
    """The visit of this link is not there (any more)."""

    code = "unknown_visit"


class ProofNeeded(Forbidden):
    """The link alone shows the visit. Say what only the customer knows to see and change more. params: proof."""

    code = "proof_needed"


class WrongProof(Forbidden):
    """That is not what we know of the customer."""

    code = "wrong_proof"


class TooLateToChange(Conflict):
    """The technician's day is packed: call us. params: changes_until."""

    code = "too_late_to_change"


class NothingAgreed(Conflict):
    """There is no appointment to cancel."""

    code = "nothing_agreed"


class NotDoneYet(Conflict):
    """Rate a visit after its end."""

    code = "not_done_yet"


class RatedAlready(Conflict):
    """The visit was rated before. params: rated_at."""

    code = "rated_already"


class UnknownCalendar(NotFound):
    """No calendar has this address (any more)."""

    code = "unknown_calendar"


class NothingToBook(Conflict):
    """No work of this order waits for a time. params: order_id."""

    code = "nothing_to_book"


class NotOnTheWay(Conflict):
    """Only whoever is on the way to a job says where they are. params: job_id."""

    code = "not_on_the_way"


class OutsideShift(Conflict):
    """Where somebody is outside their shift is nobody's business, and is not kept."""

    code = "outside_shift"
