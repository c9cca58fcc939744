"""The one table of which role may call which route. A route without a row is refused, and fails the build.

Whether a caller may touch a certain row is not decided here but by the scope predicates in the slices' `queries`:
what is not yours does not exist for you (404).
"""

from backend.identity.principal import STAFF, TECHNICIANS, Role

ANYONE = frozenset(Role)
LOGGED_IN = STAFF
PHONES = TECHNICIANS
SYNCING = PHONES | STAFF | {Role.CUSTOMER}
PLANNERS = frozenset({Role.DISPATCHER, Role.SUPERVISOR, Role.ADMINISTRATOR})
SELLERS = frozenset({Role.AGENT, Role.SUPERVISOR, Role.ADMINISTRATOR})
FIELD_OFFICE = PLANNERS | SELLERS
STOREKEEPERS = frozenset({Role.WAREHOUSE, Role.SUPERVISOR, Role.ADMINISTRATOR})
STOCK_CONTROLLERS = STOREKEEPERS - {Role.WAREHOUSE}  # who ships does not release
NETWORK_DESK = frozenset({Role.PROVISIONING, Role.SUPERVISOR, Role.ADMINISTRATOR})
PRODUCT_DESK = frozenset({Role.PRODUCT_MANAGER, Role.ADMINISTRATOR})
BILLING_DESK = frozenset({Role.BILLING_ANALYST, Role.AUDITOR, Role.ADMINISTRATOR})
REPAIRERS = (BILLING_DESK | NETWORK_DESK | STOREKEEPERS) - {Role.AUDITOR}
STOCK_READERS = STOREKEEPERS | FIELD_OFFICE | NETWORK_DESK | BILLING_DESK
RETURN_READERS = FIELD_OFFICE | STOREKEEPERS | BILLING_DESK
CHANGERS = STAFF - {Role.AUDITOR}
MANAGERS = PLANNERS | {Role.CONTRACTOR_MANAGER}

Route = tuple[str, str]

ACCESS: dict[Route, frozenset[Role]] = {
    # identity
    ("POST", "/api/v1/session"): ANYONE,
    ("GET", "/api/v1/session"): LOGGED_IN,
    ("POST", "/api/v1/session/csrf"): LOGGED_IN,
    ("DELETE", "/api/v1/session"): LOGGED_IN,
    ("GET", "/api/v1/users"): MANAGERS | {Role.AUDITOR},
    ("POST", "/api/v1/users/{user_id:uuid}/enrolment-codes"): MANAGERS,
    ("POST", "/api/v1/devices"): ANYONE,
    ("POST", "/api/v1/devices/tokens"): ANYONE,
    ("POST", "/api/v1/devices/{device_id:uuid}/revocation"): MANAGERS,
    # catalogue, customers, workforce
    ("GET", "/api/v1/offerings"): STAFF,
    ("GET", "/api/v1/cpe-models"): STAFF | PHONES,
    ("GET", "/api/v1/catalogue"): STAFF,
    ("POST", "/api/v1/offerings/{offering_code:str}/withdrawal"): PRODUCT_DESK,
    ("POST", "/api/v1/catalogue-drafts"): PRODUCT_DESK,
    ("GET", "/api/v1/catalogue-drafts"): PRODUCT_DESK | {Role.AUDITOR},
    ("GET", "/api/v1/catalogue-drafts/{draft_id:uuid}"): PRODUCT_DESK | {Role.AUDITOR},
    ("PUT", "/api/v1/catalogue-drafts/{draft_id:uuid}"): PRODUCT_DESK,
    ("DELETE", "/api/v1/catalogue-drafts/{draft_id:uuid}"): PRODUCT_DESK,
    ("POST", "/api/v1/catalogue-drafts/{draft_id:uuid}/publication"): PRODUCT_DESK,
    ("GET", "/api/v1/catalogue-drafts/{draft_id:uuid}/feasibility"): PRODUCT_DESK | {Role.AUDITOR},
    ("POST", "/api/v1/accounts"): SELLERS,
    ("GET", "/api/v1/accounts"): FIELD_OFFICE | BILLING_DESK,
    ("GET", "/api/v1/accounts/{account_id:uuid}"): FIELD_OFFICE | BILLING_DESK,
    ("PATCH", "/api/v1/accounts/{account_id:uuid}"): FIELD_OFFICE,
    ("POST", "/api/v1/accounts/{account_id:uuid}/premises"): SELLERS,
    ("GET", "/api/v1/premises/{premises_id:uuid}"): FIELD_OFFICE | BILLING_DESK,
    ("PATCH", "/api/v1/premises/{premises_id:uuid}"): FIELD_OFFICE,
    ("GET", "/api/v1/technicians"): STAFF,
    ("GET", "/api/v1/territories"): STAFF,
    ("GET", "/api/v1/shifts"): STAFF,
    ("POST", "/api/v1/master-data-imports"): frozenset({Role.ADMINISTRATOR}),
    # inventory, resources
    ("GET", "/api/v1/stock"): STOCK_READERS,
    ("GET", "/api/v1/stock-locations"): STOCK_READERS,
    ("GET", "/api/v1/serial-units/{serial:str}"): STOCK_READERS,
    ("POST", "/api/v1/stock-transfers"): STOREKEEPERS,
    ("POST", "/api/v1/stock-receipts"): STOREKEEPERS,
    ("POST", "/api/v1/part-receipts"): STOREKEEPERS,
    ("POST", "/api/v1/serial-lists"): STOREKEEPERS,
    ("PATCH", "/api/v1/stock-locations/{location_id:uuid}"): STOCK_CONTROLLERS,
    ("GET", "/api/v1/serial-units/{serial:str}/custody"): STOCK_READERS,
    ("POST", "/api/v1/serial-units/{serial:str}/dispositions"): STOREKEEPERS,
    ("POST", "/api/v1/stock-returns"): STOREKEEPERS,
    ("GET", "/api/v1/return-receipts/{number:str}"): STOCK_READERS,
    ("POST", "/api/v1/transfer-orders"): STOREKEEPERS,
    ("GET", "/api/v1/transfer-orders"): STOCK_READERS,
    ("GET", "/api/v1/transfer-orders/{transfer_id:uuid}"): STOCK_READERS,
    ("POST", "/api/v1/transfer-orders/{transfer_id:uuid}/receipts"): STOREKEEPERS,
    ("POST", "/api/v1/transfer-orders/{transfer_id:uuid}/closing"): STOREKEEPERS,
    ("POST", "/api/v1/stock-counts"): STOREKEEPERS,
    ("PUT", "/api/v1/stock-levels"): STOREKEEPERS,
    ("GET", "/api/v1/stock-levels"): STOCK_READERS,
    ("GET", "/api/v1/replenishment"): STOREKEEPERS,
    ("POST", "/api/v1/replenishment"): STOREKEEPERS,
    ("GET", "/api/v1/export-releases"): STOREKEEPERS | {Role.AUDITOR},
    ("POST", "/api/v1/export-releases"): STOCK_CONTROLLERS,
    ("POST", "/api/v1/export-releases/{release_id:uuid}/revocation"): STOCK_CONTROLLERS,
    ("GET", "/api/v1/resource-pools"): NETWORK_DESK | FIELD_OFFICE | {Role.AUDITOR},
    ("POST", "/api/v1/resource-pools"): NETWORK_DESK,
    ("POST", "/api/v1/resource-pools/{pool_id:uuid}/blocks"): NETWORK_DESK,
    ("GET", "/api/v1/resource-pools/{pool_id:uuid}/forecast"): NETWORK_DESK | FIELD_OFFICE | {Role.AUDITOR},
    ("POST", "/api/v1/resource-reservations"): NETWORK_DESK | SELLERS,
    ("POST", "/api/v1/resources/{resource_id:uuid}/moves"): NETWORK_DESK,
    ("POST", "/api/v1/number-portings"): NETWORK_DESK | SELLERS,
    ("GET", "/api/v1/premises/{premises_id:uuid}/trace"): NETWORK_DESK | SELLERS,
    ("POST", "/api/v1/distribution-points"): NETWORK_DESK,
    ("PUT", "/api/v1/premises/{premises_id:uuid}/drop"): NETWORK_DESK,
    ("GET", "/api/v1/premises/{premises_id:uuid}/drop"): NETWORK_DESK | SELLERS,
    ("GET", "/api/v1/services/{service_id:uuid}"): NETWORK_DESK | SELLERS | BILLING_DESK,
    ("GET", "/api/v1/services"): NETWORK_DESK | SELLERS | BILLING_DESK,
    # files
    ("GET", "/api/v1/files/{sha256:str}"): PHONES | STAFF,
    ("POST", "/files/v1/uploads"): PHONES | CHANGERS,
    ("GET", "/files/v1/uploads/{upload_id:uuid}"): PHONES | CHANGERS,
    ("PATCH", "/files/v1/uploads/{upload_id:uuid}"): PHONES | CHANGERS,
    ("POST", "/files/v1/uploads/{upload_id:uuid}"): PHONES | CHANGERS,
    ("DELETE", "/files/v1/uploads/{upload_id:uuid}"): PHONES | CHANGERS,
    # orders
    ("POST", "/api/v1/orders"): SELLERS,
    ("GET", "/api/v1/orders"): FIELD_OFFICE | BILLING_DESK | NETWORK_DESK,
    ("GET", "/api/v1/orders/{order_id:uuid}"): FIELD_OFFICE | BILLING_DESK | NETWORK_DESK,
    ("POST", "/api/v1/orders/{order_id:uuid}/submission"): SELLERS,
    ("POST", "/api/v1/orders/{order_id:uuid}/cancellation"): SELLERS,
    ("POST", "/api/v1/orders/{order_id:uuid}/cancellation-decision"): SELLERS,
    ("POST", "/api/v1/orders/{order_id:uuid}/amendments"): SELLERS,
    ("GET", "/api/v1/feasibility"): SELLERS | {Role.PRODUCT_MANAGER},
    ("GET", "/api/v1/goods-to-fulfil"): STOREKEEPERS | SELLERS,
    ("POST", "/api/v1/orders/{order_id:uuid}/shipments"): STOREKEEPERS,
    ("POST", "/api/v1/orders/{order_id:uuid}/pick-ups"): STOREKEEPERS,
    ("POST", "/api/v1/consignments/{consignment_id:uuid}/delivery"): STOREKEEPERS,
    ("POST", "/api/v1/consignments/{consignment_id:uuid}/return"): STOREKEEPERS,
    # jobs
    ("POST", "/api/v1/work-orders"): FIELD_OFFICE,
    ("GET", "/api/v1/jobs"): STAFF | PHONES,
    ("GET", "/api/v1/jobs/{job_id:uuid}"): STAFF | PHONES,
    ("GET", "/api/v1/jobs/{job_id:uuid}/facts"): STAFF | PHONES,
    ("POST", "/api/v1/jobs/{job_id:uuid}/cancellation"): FIELD_OFFICE,
    ("GET", "/api/v1/jobs/{job_id:uuid}/waits"): STAFF,
    ("PUT", "/api/v1/jobs/{job_id:uuid}/waits"): PLANNERS,
    ("GET", "/api/v1/review-cards"): STAFF | PHONES,
    ("POST", "/api/v1/review-cards/{card_id:uuid}/resolution"): FIELD_OFFICE | {Role.WAREHOUSE},
    ("POST", "/api/v1/lost-values/{lost_id:uuid}/restoration"): FIELD_OFFICE,
    # dispatch
    ("POST", "/api/v1/optimisation-runs"): PLANNERS,
    ("GET", "/api/v1/optimisation-runs"): PLANNERS | {Role.AUDITOR},
    ("GET", "/api/v1/planning-policies"): PLANNERS | {Role.AUDITOR},
    ("POST", "/api/v1/planning-policies"): PLANNERS - {Role.DISPATCHER},  # what a plan is worth is not each one's own
    ("GET", "/api/v1/optimisation-runs/{run_id:uuid}"): PLANNERS | {Role.AUDITOR},
    ("GET", "/api/v1/optimisation-runs/{run_id:uuid}/events"): PLANNERS | {Role.AUDITOR},
    ("POST", "/api/v1/optimisation-runs/{run_id:uuid}/cancellation"): PLANNERS,
    ("POST", "/api/v1/optimisation-runs/{run_id:uuid}/acceptance"): PLANNERS,
    ("POST", "/api/v1/optimisation-runs/{run_id:uuid}/discard"): PLANNERS,
    ("POST", "/api/v1/optimisation-runs/{run_id:uuid}/rollback"): PLANNERS,
    ("POST", "/api/v1/jobs/{job_id:uuid}/assignment"): PLANNERS,
    ("DELETE", "/api/v1/jobs/{job_id:uuid}/assignment"): PLANNERS,
    ("PUT", "/api/v1/jobs/{job_id:uuid}/lock"): PLANNERS,
    ("POST", "/api/v1/jobs/{job_id:uuid}/drop-preview"): PLANNERS,
    ("GET", "/api/v1/jobs/{job_id:uuid}/obstacles"): PLANNERS,
    ("GET", "/api/v1/territories/{territory_id:uuid}/days/{day:date}/jeopardy"): FIELD_OFFICE | {Role.AUDITOR},
    ("GET", "/api/v1/manual-steps"): PLANNERS,
    ("POST", "/api/v1/manual-steps/{step_id:uuid}/undo"): PLANNERS,
    ("POST", "/api/v1/manual-steps/{step_id:uuid}/redo"): PLANNERS,
    ("PUT", "/api/v1/presence"): PLANNERS,
    ("GET", "/api/v1/territories/{territory_id:uuid}/days/{day:date}/ways"): FIELD_OFFICE | {Role.AUDITOR},
    ("GET", "/api/v1/road-tiles/{zoom:int}/{x:int}/{y:int}"): STAFF,
    ("POST", "/api/v1/territories/{territory_id:uuid}/days/{day:date}/dispatch"): PLANNERS,
    # booking, tracking
    ("GET", "/api/v1/jobs/{job_id:uuid}/slots"): FIELD_OFFICE,
    ("POST", "/api/v1/jobs/{job_id:uuid}/holds"): FIELD_OFFICE,
    ("POST", "/api/v1/holds/{hold_id:uuid}/confirmation"): FIELD_OFFICE,
    ("DELETE", "/api/v1/holds/{hold_id:uuid}"): FIELD_OFFICE,
    ("GET", "/api/v1/appointments/{appointment_id:uuid}"): FIELD_OFFICE | {Role.AUDITOR},
    ("POST", "/api/v1/appointments/{appointment_id:uuid}/cancellation"): FIELD_OFFICE,
    ("GET", "/api/v1/territories/{territory_id:uuid}/booking-quotas"): FIELD_OFFICE | {Role.AUDITOR},
    ("PUT", "/api/v1/territories/{territory_id:uuid}/booking-quotas/{work:str}"): PLANNERS,
    ("GET", "/api/v1/tracking"): frozenset({Role.CUSTOMER}),
    # offline
    ("POST", "/sync/v1/push"): PHONES,
    ("POST", "/sync/v1/pull"): SYNCING,
    ("POST", "/sync/v1/sync"): PHONES,
    ("GET", "/sync/v1/events"): SYNCING,
    ("GET", "/sync/v1/outcomes"): PHONES,
    # activation, billing, reconciliation, reporting
    ("GET", "/api/v1/activations"): NETWORK_DESK | FIELD_OFFICE | {Role.AUDITOR},
    ("GET", "/api/v1/activations/{activation_id:uuid}"): NETWORK_DESK | FIELD_OFFICE | {Role.AUDITOR},
    ("GET", "/api/v1/activation-fallouts"): NETWORK_DESK | FIELD_OFFICE | {Role.AUDITOR},
    ("POST", "/api/v1/activation-fallouts/retries"): NETWORK_DESK,
    ("POST", "/api/v1/activations/{activation_id:uuid}/retry"): NETWORK_DESK,
    ("POST", "/api/v1/activations/{activation_id:uuid}/override"): frozenset({Role.PROVISIONING, Role.ADMINISTRATOR}),
    ("POST", "/api/v1/activations/{activation_id:uuid}/rollback"): NETWORK_DESK,
    ("POST", "/api/v1/activations/{activation_id:uuid}/abandonment"): NETWORK_DESK,
    ("POST", "/api/v1/services/{service_id:uuid}/suspension"): NETWORK_DESK | SELLERS,
    ("POST", "/api/v1/services/{service_id:uuid}/resumption"): NETWORK_DESK | SELLERS,
    ("POST", "/api/v1/services/{service_id:uuid}/termination"): NETWORK_DESK | SELLERS,
    ("POST", "/api/v1/services/{service_id:uuid}/change"): NETWORK_DESK | SELLERS,
    ("POST", "/api/v1/network/contacts"): frozenset({Role.NETWORK_SYSTEM}),
    ("POST", "/api/v1/billing/acknowledgements"): frozenset({Role.BILLING_SYSTEM}),
    ("GET", "/api/v1/billing-triggers"): BILLING_DESK | SELLERS,
    ("POST", "/api/v1/billing-triggers/{trigger_id:uuid}/redelivery"): BILLING_DESK - {Role.AUDITOR},
    ("POST", "/api/v1/billing-triggers/{trigger_id:uuid}/correction"): BILLING_DESK - {Role.AUDITOR},
    ("POST", "/api/v1/billing-feed"): frozenset({Role.BILLING_SYSTEM}),
    ("POST", "/api/v1/billing-replays"): BILLING_DESK - {Role.AUDITOR},
    ("GET", "/api/v1/earned-triggers"): BILLING_DESK,
    ("POST", "/api/v1/earned-triggers/{earned_id:uuid}/acceptance"): BILLING_DESK - {Role.AUDITOR},
    ("POST", "/api/v1/reconciliation-runs"): BILLING_DESK - {Role.AUDITOR},
    ("GET", "/api/v1/reconciliation-runs/{run_id:uuid}"): BILLING_DESK,
    ("GET", "/api/v1/breaks"): BILLING_DESK | NETWORK_DESK | STOREKEEPERS,
    ("GET", "/api/v1/breaks/{break_id:uuid}"): BILLING_DESK | NETWORK_DESK | STOREKEEPERS,
    # Which desk approves which repair stands in reconciliation/approvers.
    ("POST", "/api/v1/breaks/{break_id:uuid}/repair"): REPAIRERS,
    ("POST", "/api/v1/breaks/{break_id:uuid}/repair-reversal"): REPAIRERS,
    ("POST", "/api/v1/breaks/{break_id:uuid}/waiver"): BILLING_DESK - {Role.AUDITOR},
    ("DELETE", "/api/v1/breaks/{break_id:uuid}/waiver"): BILLING_DESK - {Role.AUDITOR},
    ("GET", "/api/v1/earned-triggers/{earned_id:uuid}/evidence"): BILLING_DESK,
    ("GET", "/api/v1/evidence-keys"): BILLING_DESK | {Role.BILLING_SYSTEM},
    ("GET", "/api/v1/promises"): FIELD_OFFICE | BILLING_DESK,
    ("GET", "/api/v1/reports/promises"): FIELD_OFFICE | BILLING_DESK,
    ("GET", "/api/v1/expected-returns"): RETURN_READERS,
    ("GET", "/api/v1/expected-returns/{return_id:uuid}"): RETURN_READERS,
    ("POST", "/api/v1/expected-returns/{return_id:uuid}/recovery"): FIELD_OFFICE | STOREKEEPERS,
    ("POST", "/api/v1/expected-returns/{return_id:uuid}/waiver"): SELLERS | BILLING_DESK - {Role.AUDITOR},
    ("GET", "/api/v1/reports/balance"): BILLING_DESK | {Role.SUPERVISOR},
    ("GET", "/api/v1/reports/phones"): MANAGERS | {Role.AUDITOR},
    # the deployment itself
    ("GET", "/"): ANYONE,
    ("GET", "/health"): ANYONE,
    ("GET", "/api/v1/deployment"): ANYONE,
}
