"""Organisations and people as master data: known by name and by address, written anew or otherwise than before."""

from uuid import UUID

import msgspec
from sqlalchemy import select

from backend.identity.models import Organisation, User
from backend.identity.principal import STAFF, TECHNICIANS, Role
from backend.kernel.db import Transaction
from backend.kernel.errors import Conflict, Invalid, NotFound
from backend.kernel.imports import brought_to

# A row of people, other systems or customers: these have keys and links instead.
OF_PEOPLE = STAFF | TECHNICIANS
OF_CONTRACTORS = frozenset({Role.CONTRACTOR_MANAGER, Role.CONTRACTOR_TECHNICIAN})


class UnknownOrganisation(NotFound):
    """No organisation has this name. params: organisation."""

    code = "unknown_organisation"


class UnknownUser(NotFound):
    """Nobody has this address. params: email."""

    code = "unknown_user"


class ContractorIsFixed(Conflict):
    """What an organisation is to the operator stays: name the other one differently. params: organisation."""

    code = "contractor_is_fixed"


class RoleDoesNotFit(Invalid):
    """The role is not for this person. params: role, reason."""

    code = "role_does_not_fit"


class UserValues(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a person. technician_id: of whom the user is, for the two roles of technicians."""

    name: str
    role: Role
    organisation_id: UUID
    technician_id: UUID | None
    territory_ids: list[UUID]
    is_active: bool


async def organisations(tx: Transaction) -> list[Organisation]:
    """All of them, by name."""
    return list(await tx.session.scalars(select(Organisation).order_by(Organisation.name, Organisation.id)))


async def everybody(tx: Transaction) -> list[User]:
    """All users by address, also those who may not log in any more."""
    return list(await tx.session.scalars(select(User).order_by(User.email)))


async def organisation_named(tx: Transaction, name: str) -> Organisation:
    """Raises UnknownOrganisation."""
    found = (await tx.session.scalars(select(Organisation).where(Organisation.name == name))).first()
    if found is None:
        raise UnknownOrganisation(organisation=name)
    return found


async def put_organisation(tx: Transaction, name: str, *, is_contractor: bool) -> str | None:
    """What was done. Raises ContractorIsFixed."""
    found = (await tx.session.scalars(select(Organisation).where(Organisation.name == name))).first()
    if found is None:
        tx.add(Organisation(id=tx.new_id(), name=name, is_contractor=is_contractor))
        await tx.flush()
        return "added"
    if found.is_contractor != is_contractor:
        raise ContractorIsFixed(organisation=name)
    return None


async def put_user(tx: Transaction, email: str, wanted: UserValues) -> str | None:
    """What was done. A new user has no password yet. Raises RoleDoesNotFit."""
    await _check_role(tx, wanted)
    values = {name: getattr(wanted, name) for name in UserValues.__struct_fields__}
    row = await _user(tx, email)
    if row is None:
        tx.add(User(id=tx.new_id(), email=email.strip().lower(), password_hash=None, **values))
        await tx.flush()
        return "added"
    return brought_to(row, values)


async def set_password(tx: Transaction, email: str, password_hash: str) -> None:
    """Let somebody of the office log in by this password. Raises UnknownUser, RoleDoesNotFit for who only has a phone."""
    row = await user_at(tx, email)
    if row.role not in STAFF:
        raise RoleDoesNotFit(role=row.role, reason="technicians enrol their phones and have no password")
    row.password_hash = password_hash


async def user_at(tx: Transaction, email: str) -> User:
    """Raises UnknownUser."""
    row = await _user(tx, email)
    if row is None:
        raise UnknownUser(email=email)
    return row


async def _user(tx: Transaction, email: str) -> User | None:
    return (await tx.session.scalars(select(User).where(User.email == email.strip().lower()))).first()


async def _check_role(tx: Transaction, wanted: UserValues) -> None:
    if wanted.role not in OF_PEOPLE:
        raise RoleDoesNotFit(role=wanted.role, reason="it is for no person")
    if (wanted.technician_id is not None) != (wanted.role in TECHNICIANS):
        raise RoleDoesNotFit(role=wanted.role, reason="technicians, and only they, are named by their number")
    organisation = await tx.session.get(Organisation, wanted.organisation_id)
    assert organisation is not None, "it was found by its name"
    if organisation.is_contractor != (wanted.role in OF_CONTRACTORS):
        raise RoleDoesNotFit(role=wanted.role, reason=f"{organisation.name} is of the other kind")
