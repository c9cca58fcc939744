"""The second factor of the office's log-in: a code that the person's own device makes anew each half minute (TOTP), or a recovery code.

Its secret is kept sealed by a secret of the settings. Recovery codes are kept as hashes, and hold without it.
Source: RFC 6238; 5.2 of it for one code opening the door once, and for steps around now.
"""

import base64
import hmac
from collections.abc import Callable
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy import func, select

from backend.identity.models import SecondFactor, User
from backend.identity.schemas import RecoveryCodes, SecondFactorSecret, SecondFactorState
from backend.identity.secrets import hashed, new_code
from backend.identity.service import WrongCredentials
from backend.kernel.db import Transaction
from backend.kernel.errors import Conflict, Forbidden, NotFound
from backend.kernel.sealing import NONCE_BYTES, Sealer

PURPOSE = b"truckroll second factors"
SECRET_BYTES = 20  # as long as the hash (RFC 4226, 4)
STEP_SECONDS, DIGITS = 30, 6  # what every app understands
STEPS_AROUND = (0, -1, 1)  # a device's clock may be off by half a minute
RECOVERY_CODES = 8

RandomBytes = Callable[[int], bytes]


class SecondFactorNeeded(Forbidden):
    """The password is right. Send it again with the code that your device shows, or with a recovery code."""

    code = "second_factor_needed"


class WrongCode(WrongCredentials):
    """The code is none of this half minute, was used before, or is no recovery code that is left."""

    code = "wrong_code"


class NoSecondFactor(NotFound):
    """This deployment has none (TRUCKROLL_LOG_IN_KEY is not set), or you have none, or have not begun with one."""

    code = "no_second_factor"


class SecondFactorOn(Conflict):
    """You have one. Remove it first."""

    code = "second_factor_on"


class SecondFactors:
    """Seals and opens the secrets. root: of the settings; random_bytes: from a source fit for keys."""

    def __init__(self, root: str, *, random_bytes: RandomBytes) -> None:
        self._sealer = Sealer(root, PURPOSE)
        self._random_bytes = random_bytes

    def new_secret(self) -> bytes:
        return self._random_bytes(SECRET_BYTES)

    def seal(self, secret: bytes, user_id: UUID) -> str:
        return self._sealer.seal(secret, about=user_id.bytes, nonce=self._random_bytes(NONCE_BYTES))

    def opened(self, row: SecondFactor) -> bytes | None:
        """None for what another secret of the settings has sealed: only recovery codes hold then."""
        try:
            return self._sealer.opened(row.sealed, about=row.user_id.bytes)
        except InvalidTag:
            return None


async def state_of(tx: Transaction, factors: SecondFactors | None, user_id: UUID) -> SecondFactorState:
    row = await _row(tx, user_id)
    if row is not None and row.confirmed_at is not None:
        return SecondFactorState.ON
    return SecondFactorState.OFF if factors is not None else SecondFactorState.UNOFFERED


async def begin(tx: Transaction, factors: SecondFactors | None, user: User, issuer: str) -> SecondFactorSecret:
    """A new secret for the user's device; it counts when a code of it was given. Raises NoSecondFactor, SecondFactorOn."""
    if factors is None:
        raise NoSecondFactor()
    earlier = await _row(tx, user.id, lock=True)
    if earlier is not None and earlier.confirmed_at is not None:
        raise SecondFactorOn()
    secret = factors.new_secret()
    sealed = factors.seal(secret, user.id)
    if earlier is None:
        tx.add(SecondFactor(id=tx.new_id(), user_id=user.id, sealed=sealed, last_step=0, recovery=[]))
    else:
        earlier.sealed = sealed
    return SecondFactorSecret(
        secret=base64.b32encode(secret).decode(), uri=_totp(secret).get_provisioning_uri(user.email, issuer)
    )


async def confirm(tx: Transaction, factors: SecondFactors | None, user: User, code: str) -> RecoveryCodes:
    """The factor is asked for from now on. The recovery codes are shown once. Raises NoSecondFactor, SecondFactorOn, WrongCode."""
    row = await _row(tx, user.id, lock=True)
    if factors is None or row is None:
        raise NoSecondFactor()
    if row.confirmed_at is not None:
        raise SecondFactorOn()
    _take_code(tx, factors, row, code)
    codes = [new_code() for _ in range(RECOVERY_CODES)]
    row.confirmed_at, row.recovery = tx.now, [hashed(one) for one in codes]
    return RecoveryCodes(codes=codes)


async def check(tx: Transaction, factors: SecondFactors | None, user_id: UUID, code: str | None) -> None:
    """Whoever has a second factor gives it; it holds once. Raises SecondFactorNeeded, WrongCode."""
    row = await _row(tx, user_id, lock=True)
    if row is None or row.confirmed_at is None:
        return
    if code is None:
        raise SecondFactorNeeded()
    used = hashed(code.replace(" ", "").replace("-", "").upper())
    if used in row.recovery:
        row.recovery = [left for left in row.recovery if left != used]
        return
    _take_code(tx, factors, row, code)


async def remove(tx: Transaction, factors: SecondFactors | None, user: User, code: str) -> None:
    """The password alone is asked for from now on. Raises NoSecondFactor, WrongCode."""
    row = await _row(tx, user.id)
    if row is None or row.confirmed_at is None:
        raise NoSecondFactor()
    await check(tx, factors, user.id, code)
    await tx.session.delete(row)


async def forget(tx: Transaction, user_id: UUID) -> None:
    """The same for somebody who has lost device and recovery codes; none, nothing is forgotten."""
    row = await _row(tx, user_id, lock=True)
    if row is not None:
        await tx.session.delete(row)


async def spread(tx: Transaction) -> tuple[int, int]:
    """How many people who may log in by a password have a second factor, and how many there are."""
    with_one = select(SecondFactor.user_id).where(SecondFactor.confirmed_at.is_not(None))
    counts = select(func.count().filter(User.id.in_(with_one)), func.count()).where(
        User.is_active, User.password_hash.is_not(None)
    )
    found, everybody = (await tx.session.execute(counts)).one()
    return found, everybody


def _take_code(tx: Transaction, factors: SecondFactors | None, row: SecondFactor, code: str) -> None:
    """Raises WrongCode."""
    secret = None if factors is None else factors.opened(row)
    step = None if secret is None else _step_of(secret, code.replace(" ", ""), int(tx.now.timestamp()) // STEP_SECONDS)
    if step is None or step <= row.last_step:
        raise WrongCode()
    row.last_step = step


def _step_of(secret: bytes, code: str, now: int) -> int | None:
    """The half minute that a code is of; None when it is of none around now."""
    totp = _totp(secret)
    steps = (now + around for around in STEPS_AROUND)
    given = code.encode()
    return next((step for step in steps if hmac.compare_digest(totp.generate(step * STEP_SECONDS), given)), None)


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303 - apps know no other hash, and HMAC needs no collision resistance


async def _row(tx: Transaction, user_id: UUID, *, lock: bool = False) -> SecondFactor | None:
    query = select(SecondFactor).where(SecondFactor.user_id == user_id)
    return (await tx.session.scalars(query.with_for_update() if lock else query)).first()
