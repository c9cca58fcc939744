"""Which system has the last word on which field, who may change it here, and whom a change reaches. Pure; SOURCES.md shows it.

Where two systems hold the same field, only one is right: this says which, so that nobody has to guess after an import.
"""

from collections.abc import Sequence
from enum import StrEnum

import msgspec


class System(StrEnum):
    """crm: the operator's own, which opens accounts and orders; truckroll: this."""

    CRM = "crm"
    CUSTOMER = "customer"
    TECHNICIAN = "technician"
    OFFICE = "office"
    TRUCKROLL = "truckroll"
    NETWORK = "network"
    BILLING = "billing"


S = System


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """One field of one table. truth: who has the last word; writers: by whom it changes here; reaches: who hears of that."""

    table: str
    field: str
    truth: System
    writers: list[System]
    reaches: list[System]


def _of(table: str, fields: str, truth: System, writers: Sequence[System], reaches: Sequence[System]) -> list[Source]:
    return [
        Source(table=table, field=field, truth=truth, writers=[*writers], reaches=[*reaches])
        for field in fields.split()
    ]


SOURCES: tuple[Source, ...] = (
    *_of("account", "name", S.CRM, (S.CRM, S.OFFICE, S.TECHNICIAN), (S.TECHNICIAN, S.BILLING)),
    *_of("account", "email language email_consent sms_consent", S.CUSTOMER, (S.CRM, S.OFFICE, S.CUSTOMER), (S.OFFICE,)),
    *_of("account", "phone", S.CUSTOMER, (S.CRM, S.OFFICE, S.CUSTOMER, S.TECHNICIAN), (S.TECHNICIAN, S.OFFICE)),
    *_of("premises", "street postcode city latitude longitude", S.CRM, (S.CRM, S.OFFICE), (S.TECHNICIAN,)),
    *_of("premises", "access_notes", S.CUSTOMER, (S.OFFICE, S.CUSTOMER, S.TECHNICIAN), (S.TECHNICIAN, S.OFFICE)),
    *_of("premises", "hazards", S.TECHNICIAN, (S.OFFICE, S.TECHNICIAN), (S.TECHNICIAN, S.OFFICE)),
    *_of("premises", "territory_id", S.TRUCKROLL, (S.TRUCKROLL, S.OFFICE), (S.OFFICE,)),
    *_of("product_order", "number state", S.TRUCKROLL, (S.CRM, S.OFFICE), (S.OFFICE, S.CUSTOMER)),
    *_of("charge_line", "amount_minor currency period", S.TRUCKROLL, (S.OFFICE,), (S.BILLING, S.CUSTOMER)),
    *_of("job", "window_start window_end", S.CUSTOMER, (S.OFFICE, S.CUSTOMER), (S.TECHNICIAN, S.OFFICE, S.CUSTOMER)),
    *_of(
        "job", "planned_start planned_end technician_id", S.OFFICE, (S.OFFICE, S.TRUCKROLL), (S.TECHNICIAN, S.CUSTOMER)
    ),
    *_of("job", "state outcome reason", S.TECHNICIAN, (S.TECHNICIAN, S.OFFICE), (S.OFFICE, S.CUSTOMER, S.NETWORK)),
    *_of("visit", "arrived_at started_at ended_at", S.TECHNICIAN, (S.TECHNICIAN,), (S.OFFICE, S.CUSTOMER, S.BILLING)),
    *_of("serial_unit", "state", S.TRUCKROLL, (S.TECHNICIAN, S.OFFICE), (S.OFFICE, S.BILLING)),
    *_of("service", "active_since state", S.NETWORK, (S.NETWORK, S.OFFICE), (S.BILLING, S.CUSTOMER)),
    *_of("billing_trigger", "effective_at amount_minor", S.TRUCKROLL, (S.TRUCKROLL,), (S.BILLING,)),
    *_of("billing_trigger", "ledger_entry_id acknowledged_at", S.BILLING, (S.BILLING,), (S.OFFICE, S.CUSTOMER)),
    *_of("visit_rating", "stars comment", S.CUSTOMER, (S.CUSTOMER,), (S.OFFICE,)),
)


class Sources(msgspec.Struct, frozen=True, kw_only=True):
    items: list[Source]


def as_table() -> str:
    """The table as SOURCES.md has it."""
    rows = [
        f"| `{one.table}.{one.field}` | {one.truth} | {', '.join(one.writers)} | {', '.join(one.reaches)} |"
        for one in SOURCES
    ]
    return (
        "\n".join(["| field | source of truth | changed here by | a change reaches |", "|---|---|---|---|", *rows])
        + "\n"
    )
