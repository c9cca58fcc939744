"""The errors that activation names."""

from backend.kernel.errors import Conflict, Invalid, NotFound


class UnknownActivation(NotFound):
    code = "unknown_activation"


class ActivationUnderway(Conflict):
    """Something is being done to the service already: wait for it, or decide its fallout. params: activation_id, state."""

    code = "activation_underway"


class NotInThisState(Conflict):
    """The service cannot be treated like that as it is. params: service_id, purpose, state."""

    code = "service_not_in_this_state"


class WitnessesDisagree(Conflict):
    """The technician's scan and the network name different equipment: correct one of them, or override with a reason.

    params: scanned, seen.
    """

    code = "witnesses_disagree"


class PrerequisiteEnded(Conflict):
    """What the service needs has ended, so trying again cannot help: roll it back, or override with a reason.

    params: activation_id.
    """

    code = "prerequisite_ended"


class BadMoment(Invalid):
    """It cannot count from then: in the future, or before the service ran. params: at, earliest, latest."""

    code = "bad_moment"


class ContactWithoutPlace(Invalid):
    """A contact says where it came from: by port, by user name, or by both."""

    code = "contact_without_place"


class NothingToOverride(Conflict):
    """A roll-back has no step that somebody could vouch for: try it again, or abandon it. params: activation_id."""

    code = "nothing_to_override"
