"""What the catalogue holds and shows: offerings with what they need, work specifications, models, prices.

Names follow TMF620 (offering, bundle, price) and TMF633 (specification).
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

import msgspec

from backend.kernel.money import Money

MAX_QUANTITY = 100  # of one thing in one order: more is a project with a quote of its own
MAX_DURATION_SECONDS = 12 * 3600  # longer work is several jobs

# `$` alone would let a trailing line break pass.
Code = Annotated[str, msgspec.Meta(max_length=40, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$(?!\n)")]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]
Quantity = Annotated[int, msgspec.Meta(ge=1, le=MAX_QUANTITY)]
SkillLevel = Annotated[int, msgspec.Meta(ge=1, le=5)]
DurationSeconds = Annotated[int, msgspec.Meta(ge=60, le=MAX_DURATION_SECONDS)]
LanguageTag = Annotated[str, msgspec.Meta(max_length=12, pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)?$(?!\n)")]  # BCP 47
Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class OfferingKind(StrEnum):
    SIMPLE = "simple"
    BUNDLE = "bundle"


class ServiceKind(StrEnum):
    """What runs on the network."""

    ACCESS = "access"
    INTERNET = "internet"
    VOICE = "voice"


class PoolKind(StrEnum):
    """What a service takes from logical inventory."""

    PORT = "port"
    VLAN = "vlan"
    IPV4 = "ipv4"
    IPV6 = "ipv6"
    NUMBER = "number"


class ChargeKind(StrEnum):
    """What a charge is for: goods, a service or work; each kind is earned by a proof of its own."""

    FULFILMENT = "fulfilment"
    PROVISION = "provision"
    LABOUR = "labour"


class EarnedPolicy(StrEnum):
    """When the revenue of a charge is earned (IFRS 15, paragraphs 31 to 38): in one moment, or day by day."""

    AT_HANDOVER = "at_handover"
    ON_ACCEPTANCE = "on_acceptance"
    OVER_TIME = "over_time"


# What an operator means when an offering does not say: goods at hand-over, work when accepted, service by the day.
USUALLY_EARNED = {
    ChargeKind.FULFILMENT: EarnedPolicy.AT_HANDOVER,
    ChargeKind.PROVISION: EarnedPolicy.OVER_TIME,
    ChargeKind.LABOUR: EarnedPolicy.ON_ACCEPTANCE,
}


class PointOfNoReturn(StrEnum):
    """From when on an item is no longer given up for nothing, in the order in which it comes: the work is sent to a
    phone, the visit began, goods left the depot or a service ran. Then its cancellation is assessed (TMF622).
    """

    DISPATCH = "dispatch"
    VISIT = "visit"
    DELIVERY = "delivery"


class CheckDigit(StrEnum):
    """How the last character of a serial follows from the others. luhn: ISO/IEC 7812-1 annex B, over digits.

    The rules, and their sources, are those of `sync.serials.CheckRule`.
    """

    NONE = "none"
    LUHN = "luhn"
    LUHN_36 = "luhn_36"
    MOD_11_2 = "mod_11_2"
    MOD_37_36 = "mod_37_36"


class Period(StrEnum):
    ONCE = "once"
    MONTH = "month"


class ServiceNeed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One service per unit sold, and one resource of each named pool for it.

    characteristics: what is promised of it, such as downstream_kbps and upstream_kbps; the network is told.
    """

    kind: ServiceKind
    resources: list[PoolKind] = []
    characteristics: dict[Code, Code] = {}


class GoodsNeed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Pieces of one CPE model per unit sold."""

    model: Code
    quantity: Quantity = 1


class ChargeNeed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One charge per unit sold. model: the goods of a fulfilment; service_kind: the service of a provision.

    earned: None for what is usual of its kind (USUALLY_EARNED).
    """

    code: Code
    kind: ChargeKind
    description: Text
    model: Code | None = None
    service_kind: ServiceKind | None = None
    earned: EarnedPolicy | None = None


class OfferingSpecification(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one unit of a simple offering takes. work: code of a work specification, None when nobody has to come."""

    services: list[ServiceNeed] = []
    goods: list[GoodsNeed] = []
    work: Code | None = None
    charges: list[ChargeNeed] = []
    point_of_no_return: PointOfNoReturn = PointOfNoReturn.VISIT


class Offering(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that is sold. members: codes of a bundle's simple offerings; a code that stands twice counts twice."""

    code: Code
    name: Name
    kind: OfferingKind = OfferingKind.SIMPLE
    specification: OfferingSpecification = OfferingSpecification()
    members: list[Code] = []
    published_from: Instant


class PricedCharge(msgspec.Struct, frozen=True, kw_only=True):
    """A charge with the price of one unit on a date."""

    code: str
    kind: ChargeKind
    description: str
    model: str | None
    service_kind: ServiceKind | None
    earned: EarnedPolicy
    price: Money
    period: Period


class ResolvedOffering(msgspec.Struct, frozen=True, kw_only=True):
    """A simple offering that somebody wants, with its prices. bundle_code: the bundle it was opened from."""

    offering: Offering
    quantity: int
    charges: tuple[PricedCharge, ...]
    bundle_code: str | None = None


class OfferingView(msgspec.Struct, frozen=True, kw_only=True):
    """An offering as a seller sees it: a charge that has no price on the asked date is left out."""

    code: str
    name: str
    kind: OfferingKind
    members: list[str]
    charges: list[PricedCharge]


class SkillNeed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A skill that work asks for, at this level or above."""

    code: Code
    level: SkillLevel = 1


class ChecklistCondition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Asks a question only where an earlier one, by its code, was answered so."""

    item: Code
    answer: bool | float | Text


class ChecklistItem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One question of a checklist. unit, minimum and maximum belong to a number (for example dBm, -27 to -8).

    only_if: None for a question that is always asked.
    """

    code: Code
    text: Text
    kind: Literal["boolean", "number", "text"]
    unit: Annotated[str, msgspec.Meta(max_length=20)] | None = None
    minimum: float | None = None
    maximum: float | None = None
    required: bool = True
    only_if: ChecklistCondition | None = None


class WorkSpecification(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A kind of field work: how long it takes, who can do it, what is asked on site. crew_size: 1 or 2 technicians.

    parts: what it takes beside what was sold, such as cables; technicians have them in the van. preparation: what the
    customer does before the visit, by language.
    """

    code: Code
    name: Name
    duration_seconds: DurationSeconds
    skills: list[SkillNeed] = []
    parts: list[GoodsNeed] = []
    checklist: list[ChecklistItem] = []
    hazards: list[Text] = []
    preparation: dict[LanguageTag, list[Text]] = {}
    crew_size: Annotated[int, msgspec.Meta(ge=1, le=2)] = 1


class Owner(StrEnum):
    """Whose property a unit is while it is with a customer."""

    OPERATOR = "operator"
    CUSTOMER = "customer"


class Ownership(msgspec.Struct, frozen=True, kw_only=True):
    """Whose the units are that are handed over from `valid_from` on; None: see `CpeModel.owner`."""

    owner: Owner | None
    valid_from: datetime


class CpeModel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A kind of device at the customer's, and the grammar of its serials.

    serial_pattern: anchored regular expression; serial_prefix: the vendor's, "" when there is none; serial_length: in
    characters, None when it varies. is_hazardous: carried and sent by the rules for dangerous goods (a battery, for
    example); is_export_controlled: may not leave for a flagged destination without a release. owner: of units at
    customers; None: what was sold for one payment is the customer's, what is rented or lent stays the operator's.
    """

    code: Code
    name: Name
    vendor: Name
    serial_pattern: Annotated[str, msgspec.Meta(min_length=3, max_length=200, pattern=r"^\^[\s\S]*\$$")]
    serial_prefix: Annotated[str, msgspec.Meta(max_length=12, pattern=r"^[A-Z0-9]*$(?!\n)")] = ""
    serial_length: Annotated[int, msgspec.Meta(ge=1, le=64)] | None = None
    check_digit: CheckDigit = CheckDigit.NONE
    is_serialised: bool = True
    is_hazardous: bool = False
    is_export_controlled: bool = False
    owner: Owner | None = None
