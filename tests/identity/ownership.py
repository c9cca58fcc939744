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

JOB, RUN, HOLD = "/api/v1/jobs/{job_id:uuid}", "/api/v1/optimisation-runs/{run_id:uuid}", "/api/v1/holds/{hold_id:uuid}"
STEP = "/api/v1/manual-steps/{step_id:uuid}"
RETURN = "/api/v1/expected-returns/{return_id:uuid}"
CATALOGUE = "The catalogue is the operator's; contractors have no access to its drafts."
DRAFT = "/api/v1/catalogue-drafts/{draft_id:uuid}"
SCHEDULE = "/api/v1/report-schedules/{schedule_id:uuid}"
REPORT = "/api/v1/reports/{report:str}"
REPORTS = "A report holds what its reader may see (`reporting/making`); tests/reporting tries each reader."
QUOTAS = "/api/v1/territories/{territory_id:uuid}/booking-quotas"
STOCK = "Stock is the operator's as a whole; contractors have no access."
UPLOAD = "/files/v1/uploads/{upload_id:uuid}"


def only_own(status: int) -> Cells:
    """The caller gets `status` for an own row; everybody else's is not there."""
    return {Owner.OWN: status, Owner.SAME_ORGANISATION: NOT_OURS, Owner.OTHER_ORGANISATION: NOT_OURS}


def of_the_company(status: int, *, own: int | None = None) -> Cells:
    """The rows of the caller's whole company are there, another's are not."""
    return {Owner.OWN: own or status, Owner.SAME_ORGANISATION: status, Owner.OTHER_ORGANISATION: NOT_OURS}


# Who tries a route stands in `scenes`. For a dispatcher, own is the own territory, and the two others are a
# colleague's, the last of them worked by a contractor. 409 and 422 say: seen, but not to be done in this state.
OWNERSHIP: dict[Route, Cells | str] = {
    ("POST", "/api/v1/users/{user_id:uuid}/enrolment-codes"): of_the_company(201, own=403),  # he is no technician
    ("POST", "/api/v1/users/{user_id:uuid}/invitation"): "Administrators invite everybody.",
    (
        "POST",
        "/api/v1/users/{user_id:uuid}/second-factor-removal",
    ): "Administrators help everybody who has lost theirs.",
    ("POST", "/api/v1/devices/{device_id:uuid}/revocation"): of_the_company(200),
    ("GET", "/api/v1/files/{sha256:str}"): only_own(200),
    ("GET", UPLOAD): only_own(200),
    ("PATCH", UPLOAD): only_own(204),
    ("POST", UPLOAD): only_own(204),
    ("DELETE", UPLOAD): only_own(204),
    ("GET", JOB): only_own(200),
    ("GET", f"{JOB}/facts"): of_the_company(200),
    ("GET", f"{JOB}/history"): of_the_company(200),
    ("POST", f"{JOB}/cancellation"): only_own(201),
    ("GET", f"{JOB}/waits"): only_own(200),
    ("PUT", f"{JOB}/waits"): only_own(200),
    ("POST", f"{JOB}/assignment"): only_own(409),
    ("DELETE", f"{JOB}/assignment"): only_own(200),
    ("PUT", f"{JOB}/lock"): only_own(200),
    ("PUT", f"{JOB}/duration"): only_own(409),
    ("POST", f"{JOB}/second-visit"): only_own(201),
    ("POST", f"{JOB}/drop-preview"): only_own(200),
    ("GET", f"{JOB}/obstacles"): only_own(200),
    ("POST", f"{JOB}/obstacles"): only_own(200),
    ("GET", "/api/v1/territories/{territory_id:uuid}/days/{day:date}/jeopardy"): only_own(200),
    ("GET", "/api/v1/territories/{territory_id:uuid}/days/{day:date}/ways"): only_own(200),
    ("GET", "/api/v1/territories/{territory_id:uuid}/days/{day:date}/whereabouts"): only_own(200),
    ("GET", "/api/v1/road-tiles/{zoom:int}/{x:int}/{y:int}"): "Streets belong to nobody.",
    ("POST", f"{STEP}/undo"): only_own(201),
    ("POST", f"{STEP}/redo"): only_own(409),
    ("GET", f"{JOB}/slots"): only_own(200),
    ("GET", f"{JOB}/booking"): only_own(200),
    ("POST", f"{JOB}/holds"): only_own(422),
    ("POST", f"{HOLD}/confirmation"): only_own(201),
    ("DELETE", HOLD): only_own(200),
    ("GET", "/api/v1/appointments/{appointment_id:uuid}"): only_own(200),
    (
        "POST",
        "/api/v1/tracking/holds/{hold_id:uuid}/confirmation",
    ): "A customer's link is for one visit (tests/tracking); nobody else calls it.",
    ("GET", "/calendars/{calendar:str}"): "Whoever knows the secret address of a calendar reads it.",
    ("POST", "/api/v1/orders/{order_id:uuid}/booking-link"): "Sellers serve every customer of the operator.",
    ("POST", "/api/v1/offerings/{offering_code:str}/withdrawal"): CATALOGUE,
    ("GET", DRAFT): CATALOGUE,
    ("PUT", DRAFT): CATALOGUE,
    ("DELETE", DRAFT): CATALOGUE,
    ("POST", f"{DRAFT}/publication"): CATALOGUE,
    ("GET", f"{DRAFT}/feasibility"): CATALOGUE,
    ("POST", "/api/v1/appointments/{appointment_id:uuid}/cancellation"): only_own(201),
    ("GET", QUOTAS): only_own(200),
    ("PUT", f"{QUOTAS}/{{work:str}}"): only_own(200),
    ("GET", "/api/v1/accounts/{account_id:uuid}"): only_own(200),
    ("PATCH", "/api/v1/accounts/{account_id:uuid}"): only_own(200),
    ("POST", "/api/v1/accounts/{account_id:uuid}/premises"): "Sellers serve every customer of the operator.",
    ("GET", "/api/v1/premises/{premises_id:uuid}"): only_own(200),
    ("PATCH", "/api/v1/premises/{premises_id:uuid}"): only_own(200),
    ("GET", "/api/v1/orders/{order_id:uuid}"): only_own(200),
    ("POST", "/api/v1/orders/{order_id:uuid}/submission"): "Sellers serve every customer of the operator.",
    ("POST", "/api/v1/orders/{order_id:uuid}/cancellation"): "Sellers serve every customer of the operator.",
    ("POST", "/api/v1/orders/{order_id:uuid}/cancellation-decision"): "Sellers serve every customer of the operator.",
    ("POST", "/api/v1/orders/{order_id:uuid}/amendments"): "Sellers serve every customer of the operator.",
    ("POST", "/api/v1/orders/{order_id:uuid}/shipments"): "The warehouse sends the whole operator's goods.",
    ("POST", "/api/v1/orders/{order_id:uuid}/pick-ups"): "The warehouse hands out the whole operator's goods.",
    ("POST", "/api/v1/consignments/{consignment_id:uuid}/delivery"): "The warehouse sends the whole operator's goods.",
    ("POST", "/api/v1/consignments/{consignment_id:uuid}/return"): "The warehouse sends the whole operator's goods.",
    ("GET", "/api/v1/serial-units/{serial:str}"): STOCK,
    ("GET", "/api/v1/serial-units/{serial:str}/custody"): STOCK,
    ("POST", "/api/v1/serial-units/{serial:str}/dispositions"): STOCK,
    ("PATCH", "/api/v1/stock-locations/{location_id:uuid}"): STOCK,
    ("GET", "/api/v1/return-receipts/{number:str}"): STOCK,
    ("GET", "/api/v1/transfer-orders/{transfer_id:uuid}"): STOCK,
    ("POST", "/api/v1/transfer-orders/{transfer_id:uuid}/receipts"): STOCK,
    ("POST", "/api/v1/transfer-orders/{transfer_id:uuid}/closing"): STOCK,
    ("POST", "/api/v1/export-releases/{release_id:uuid}/revocation"): STOCK,
    (
        "GET",
        "/api/v1/services/{service_id:uuid}",
    ): "Its readers work for the whole operator; no dispatcher is among them.",
    ("POST", "/api/v1/resource-pools/{pool_id:uuid}/blocks"): "Pools are the operator's; contractors have no access.",
    ("GET", "/api/v1/resource-pools/{pool_id:uuid}/forecast"): "Pools are the operator's; contractors have no access.",
    ("POST", "/api/v1/resources/{resource_id:uuid}/moves"): "Pools are the operator's; contractors have no access.",
    ("GET", "/api/v1/premises/{premises_id:uuid}/trace"): "Agents and the network desk work for the whole operator.",
    ("PUT", "/api/v1/premises/{premises_id:uuid}/drop"): "The network desk works for the whole operator.",
    ("GET", "/api/v1/premises/{premises_id:uuid}/drop"): "Agents and the network desk work for the whole operator.",
    ("POST", "/api/v1/review-cards/{card_id:uuid}/resolution"): only_own(201),
    ("POST", "/api/v1/lost-values/{lost_id:uuid}/restoration"): only_own(201),
    ("GET", RUN): only_own(200),
    ("GET", f"{RUN}/events"): only_own(200),
    ("POST", f"{RUN}/cancellation"): only_own(409),
    ("POST", f"{RUN}/acceptance"): only_own(201),
    ("POST", f"{RUN}/discard"): only_own(201),
    ("POST", f"{RUN}/rollback"): only_own(409),
    ("POST", "/api/v1/territories/{territory_id:uuid}/days/{day:date}/dispatch"): only_own(201),
    (
        "GET",
        "/api/v1/activations/{activation_id:uuid}",
    ): "The network's own record, without a person in it, is the operator's.",
    ("POST", "/api/v1/activations/{activation_id:uuid}/retry"): "The network desk works for the whole operator.",
    ("POST", "/api/v1/activations/{activation_id:uuid}/override"): "The network desk works for the whole operator.",
    ("POST", "/api/v1/activations/{activation_id:uuid}/rollback"): "The network desk works for the whole operator.",
    ("POST", "/api/v1/activations/{activation_id:uuid}/abandonment"): "The network desk works for the whole operator.",
    (
        "POST",
        "/api/v1/services/{service_id:uuid}/suspension",
    ): "Agents and the network desk work for the whole operator.",
    (
        "POST",
        "/api/v1/services/{service_id:uuid}/resumption",
    ): "Agents and the network desk work for the whole operator.",
    (
        "POST",
        "/api/v1/services/{service_id:uuid}/termination",
    ): "Agents and the network desk work for the whole operator.",
    ("POST", "/api/v1/services/{service_id:uuid}/change"): "Agents and the network desk work for the whole operator.",
    ("POST", "/api/v1/billing-triggers/{trigger_id:uuid}/redelivery"): "The billing desk works for the whole operator.",
    ("POST", "/api/v1/billing-triggers/{trigger_id:uuid}/correction"): "The billing desk works for the whole operator.",
    ("POST", "/api/v1/earned-triggers/{earned_id:uuid}/acceptance"): "The billing desk works for the whole operator.",
    ("GET", "/api/v1/reconciliation-runs/{run_id:uuid}"): "The billing desk works for the whole operator.",
    ("GET", "/api/v1/earned-triggers/{earned_id:uuid}/evidence"): "The billing desk works for the whole operator.",
    ("GET", "/api/v1/breaks/{break_id:uuid}"): "Breaks are mended by desks that work for the whole operator.",
    ("POST", "/api/v1/breaks/{break_id:uuid}/repair"): "Breaks are mended by desks that work for the whole operator.",
    (
        "POST",
        "/api/v1/breaks/{break_id:uuid}/repair-reversal",
    ): "Breaks are mended by desks that work for the whole operator.",
    ("GET", REPORT): REPORTS,
    ("GET", f"{REPORT}/table.csv"): REPORTS,
    ("GET", "/api/v1/master-data/{section:str}"): "Master data is the operator's, for its administrators.",
    ("PATCH", SCHEDULE): only_own(200),
    ("DELETE", SCHEDULE): only_own(204),
    ("POST", "/api/v1/extracts/{table:str}"): "Extracts are of everything, for auditors and administrators.",
    ("GET", RETURN): only_own(200),
    ("POST", f"{RETURN}/recovery"): only_own(201),
    ("POST", f"{RETURN}/waiver"): "Sellers and the billing desk work for the whole operator.",
    ("POST", "/api/v1/breaks/{break_id:uuid}/waiver"): "The billing desk works for the whole operator.",
    ("DELETE", "/api/v1/breaks/{break_id:uuid}/waiver"): "The billing desk works for the whole operator.",
}
