"""What customers takes and gives on the wire. Names follow TMF666 (account) and TMF673 (geographic address)."""

from typing import Annotated
from uuid import UUID

import msgspec

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
# `$` alone would let a trailing line break pass, and a line break in an address is a second mail header.
Email = Annotated[str, msgspec.Meta(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$(?!\n)")]
Phone = Annotated[str, msgspec.Meta(max_length=16, pattern=r"^\+[0-9]{6,15}$(?!\n)")]  # E.164
Language = Annotated[str, msgspec.Meta(max_length=12, pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)?$(?!\n)")]  # BCP 47
AddressLine = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Notes = Annotated[str, msgspec.Meta(max_length=2000)]
Latitude = Annotated[float, msgspec.Meta(ge=-90, le=90)]
Longitude = Annotated[float, msgspec.Meta(ge=-180, le=180)]
Hazards = Annotated[list[AddressLine], msgspec.Meta(max_length=20)]


class CreateAccount(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Name
    email: Email | None = None
    phone: Phone | None = None
    language: Language = "en"
    email_consent: bool = True
    sms_consent: bool = True


class ChangeContact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A field that is not sent stays as it is; null clears it."""

    name: Name | msgspec.UnsetType = msgspec.UNSET
    email: Email | msgspec.UnsetType | None = msgspec.UNSET
    phone: Phone | msgspec.UnsetType | None = msgspec.UNSET
    language: Language | msgspec.UnsetType = msgspec.UNSET
    email_consent: bool | msgspec.UnsetType = msgspec.UNSET
    sms_consent: bool | msgspec.UnsetType = msgspec.UNSET


class AddPremises(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """territory_id: who serves it; when left out, the nearest territory takes it with the first order."""

    street: AddressLine
    postcode: Annotated[str, msgspec.Meta(min_length=1, max_length=16)]
    city: AddressLine
    latitude: Latitude
    longitude: Longitude
    access_notes: Notes | None = None
    hazards: Hazards = []
    territory_id: UUID | None = None


class ChangePremises(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a visitor has to know. A field that is not sent stays as it is; null clears it."""

    access_notes: Notes | msgspec.UnsetType | None = msgspec.UNSET
    hazards: Hazards | msgspec.UnsetType = msgspec.UNSET


class AccountView(msgspec.Struct, frozen=True, kw_only=True):
    """email_consent, sms_consent: whether we may write to them that way."""

    id: UUID
    version: int
    name: str
    email: str | None
    phone: str | None
    language: str
    email_consent: bool
    sms_consent: bool


class FoundPremises(msgspec.Struct, frozen=True, kw_only=True):
    """One place of service as a search lists it. customer: the name on its account; territory_id: None until the first order."""

    id: UUID
    street: str
    postcode: str
    city: str
    customer: str
    territory_id: UUID | None


class FoundPremisesList(msgspec.Struct, frozen=True, kw_only=True):
    """In order of street; has_more: more of them match than are listed."""

    items: list[FoundPremises]
    has_more: bool


class PremisesView(msgspec.Struct, frozen=True, kw_only=True):
    """territory_id: None until the first order."""

    id: UUID
    version: int
    account_id: UUID
    street: str
    postcode: str
    city: str
    latitude: float
    longitude: float
    access_notes: str | None
    hazards: list[str]
    territory_id: UUID | None
