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
NETWORK_DESK = frozenset({Role.PROVISIONING, Role.SUPERVISOR, Role.ADMINISTRATOR})
BILLING_DESK = frozenset({Role.BILLING_ANALYST, Role.AUDITOR, Role.ADMINISTRATOR})
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
    ("POST", "/api/v1/accounts"): SELLERS,
    ("GET", "/api/v1/accounts"): FIELD_OFFICE | BILLING_DESK,
    ("GET", "/api/v1/accounts/{account_id:uuid}"): FIELD_OFFICE | BILLING_DESK,
    ("PATCH", "/api/v1/accounts/{account_id:uuid}"): FIELD_OFFICE,
    ("POST", "/api/v1/accounts/{account_id:uuid}/premises"): SELLERS,
    ("GET", "/api/v1/premises/{premises_id:uuid}"): FIELD_OFFICE | BILLING_DESK,
    ("GET", "/api/v1/technicians"): STAFF,
    ("GET", "/api/v1/territories"): STAFF,
    ("GET", "/api/v1/shifts"): STAFF,
    # inventory, resources
    ("GET", "/api/v1/stock"): STAFF - {Role.CONTRACTOR_MANAGER},
    ("GET", "/api/v1/stock-locations"): STAFF - {Role.CONTRACTOR_MANAGER},
    ("GET", "/api/v1/serial-units/{serial:str}"): STAFF - {Role.CONTRACTOR_MANAGER},
    ("POST", "/api/v1/stock-transfers"): STOREKEEPERS,
    ("POST", "/api/v1/stock-receipts"): STOREKEEPERS,
    ("GET", "/api/v1/resource-pools"): STAFF - {Role.CONTRACTOR_MANAGER},
    ("GET", "/api/v1/services/{service_id:uuid}"): STAFF - {Role.CONTRACTOR_MANAGER},
    ("GET", "/api/v1/services"): STAFF - {Role.CONTRACTOR_MANAGER},
    # files
    ("PUT", "/api/v1/files/{sha256:str}"): PHONES | CHANGERS,
    ("GET", "/api/v1/files/{sha256:str}"): PHONES | STAFF,
    # orders
    ("POST", "/api/v1/orders"): SELLERS,
    ("GET", "/api/v1/orders"): FIELD_OFFICE | BILLING_DESK | NETWORK_DESK,
    ("GET", "/api/v1/orders/{order_id:uuid}"): FIELD_OFFICE | BILLING_DESK | NETWORK_DESK,
    ("POST", "/api/v1/orders/{order_id:uuid}/submission"): SELLERS,
    ("POST", "/api/v1/orders/{order_id:uuid}/cancellation"): SELLERS,
    # the deployment itself
    ("GET", "/"): ANYONE,
    ("GET", "/health"): ANYONE,
    ("GET", "/api/v1/deployment"): ANYONE,
}
