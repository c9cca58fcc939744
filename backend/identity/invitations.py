"""How somebody new of the office gets a first password, and who forgot it another: by a link, good once.

Whoever has the link has the account until it is used: it is shown once, to an administrator, who hands it over.
"""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select

from backend.identity.models import Invitation, User, UserSession
from backend.identity.principal import STAFF, Principal
from backend.identity.schemas import InvitationView
from backend.identity.secrets import hashed, new_token
from backend.identity.service import UserNotFound, visible_user
from backend.kernel.db import Transaction
from backend.kernel.errors import Conflict, Forbidden

LIFETIME = timedelta(hours=72)  # over a weekend
PREFIX = "tki"


class NobodyToInvite(Conflict):
    """Who may not log in is not invited: technicians enrol their phones, and who is disabled is enabled first."""

    code = "nobody_to_invite"


class BadInvitation(Forbidden):
    """Unknown, used or expired. Ask an administrator for a new one."""

    code = "bad_invitation"


async def invite(tx: Transaction, principal: Principal, user_id: UUID) -> InvitationView:
    """A token with which this user sets a password, shown once; one from before is void. Raises UserNotFound, NobodyToInvite."""
    user = await visible_user(tx, principal, user_id)
    if user.role not in STAFF or not user.is_active:
        raise NobodyToInvite(user_id=str(user_id))
    await tx.session.execute(delete(Invitation).where(Invitation.user_id == user.id))
    token, expires_at = new_token(PREFIX), tx.now + LIFETIME
    tx.add(Invitation(id=tx.new_id(), user_id=user.id, token_hash=hashed(token), expires_at=expires_at))
    return InvitationView(token=token, email=user.email, expires_at=expires_at)


async def accept(tx: Transaction, token: str, password_hash: str) -> None:
    """Set the password; whoever was logged in as this user is not any more. Raises BadInvitation.

    password_hash: made outside of the transaction, as it takes longer than a lock should be held.
    """
    query = select(Invitation).where(Invitation.token_hash == hashed(token)).with_for_update()
    invitation = (await tx.session.scalars(query)).first()
    if invitation is None or invitation.expires_at <= tx.now:
        raise BadInvitation()
    user = await tx.get(User, invitation.user_id, UserNotFound)
    if user.role not in STAFF or not user.is_active:
        raise BadInvitation()
    user.password_hash = password_hash
    await tx.session.delete(invitation)
    await tx.session.execute(delete(UserSession).where(UserSession.user_id == user.id))
