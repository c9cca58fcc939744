"""The second fact: a link may be forwarded, found or stolen; what only the customer knows comes on top of it."""

import hmac
import re
from datetime import timedelta

from backend.identity import service as identity
from backend.kernel.db import Transaction
from backend.tracking.errors import WrongProof
from backend.tracking.schemas import Proof, ProvedLink
from backend.tracking.visits import Visit

DIGITS = 4
HOLDS_FOR = timedelta(hours=1)  # long enough to move an appointment, short for whoever finds the phone later


async def prove(tx: Transaction, visit: Visit, answer: str) -> ProvedLink:
    """A token that may see and change more. Raises WrongProof."""
    if not hmac.compare_digest(_plain(answer)[-DIGITS:] if _is_phone(visit) else _plain(answer), _expected(visit)):
        raise WrongProof()
    expires_at = tx.now + HOLDS_FOR
    return ProvedLink(
        token=await identity.issue_link(tx, visit.job.id, expires_at, is_proved=True), expires_at=expires_at
    )


def _expected(visit: Visit) -> bytes:
    if visit.account.phone is not None:
        return _plain(visit.account.phone)[-DIGITS:]
    return _plain(visit.premises.postcode)


def _is_phone(visit: Visit) -> bool:
    return visit.proof is Proof.PHONE_DIGITS


def _plain(text: str) -> bytes:
    """Without blanks, dashes and case, as people write numbers and postcodes differently."""
    return re.sub(r"[\W_]", "", text).upper().encode()
