"""Whose row may be seen or changed through each route that names one: route → owner → status.

OWN is the caller's own row, SAME_ORGANISATION a colleague's, OTHER_ORGANISATION another company's. A route whose rows
belong to the operator as a whole, or to nobody, says so in a sentence instead; the sentence is the review.
"""

from enum import StrEnum

from backend.identity.access import Route


class Owner(StrEnum):
    OWN = "own"
    SAME_ORGANISATION = "same_organisation"
    OTHER_ORGANISATION = "other_organisation"


Cells = dict[Owner, int]

NOT_OURS = 404  # what is not yours does not exist for you

OWNERSHIP: dict[Route, Cells | str] = {
    # As the manager of a contractor: own is himself, who is no technician.
    ("POST", "/api/v1/users/{user_id:uuid}/enrolment-codes"): {
        Owner.OWN: 403,
        Owner.SAME_ORGANISATION: 201,
        Owner.OTHER_ORGANISATION: NOT_OURS,
    },
    # As the manager of a contractor, who has no phone himself: own is that of his own technician.
    ("POST", "/api/v1/devices/{device_id:uuid}/revocation"): {
        Owner.OWN: 200,
        Owner.SAME_ORGANISATION: 200,
        Owner.OTHER_ORGANISATION: NOT_OURS,
    },
}
