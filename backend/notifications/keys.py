"""The key with which we prove to push services who sends (VAPID, RFC 8292): made at first use, and kept sealed.

A browser subscribes for one key. Where the settings name another secret a new key is made, and phones subscribe anew.
"""

import base64
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import select

from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.kernel.sealing import NONCE_BYTES, Sealer
from backend.notifications.models import PushKey
from backend.ports import VapidKey

PURPOSE = b"truckroll push keys"
KEY_BYTES = 32
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

RandomBytes = Callable[[int], bytes]


class PushKeys:
    """Our one key, read once. root: the secret of the settings; random_bytes: from a source fit for keys."""

    def __init__(self, database: Database, root: str, *, random_bytes: RandomBytes) -> None:
        self._database = database
        self._sealer = Sealer(root, PURPOSE)
        self._random_bytes = random_bytes
        self._key: VapidKey | None = None

    async def current(self) -> VapidKey:
        self._key = self._key or await self._kept() or await self._made()
        return self._key

    async def _kept(self) -> VapidKey | None:
        async with self._database.snapshot(SYSTEM, "push_key") as tx:
            return await self._read(tx)

    async def _made(self) -> VapidKey:
        """Of two processes that make it at once one finds it made."""
        key = new_key(self._random_bytes)
        about, nonce = key.public_key.encode(), self._random_bytes(NONCE_BYTES)
        values = {
            "sealed_by": self._sealer.fingerprint,
            "public_key": key.public_key,
            "sealed": self._sealer.seal(key.private_key, about=about, nonce=nonce),
        }
        async with self._database.transaction(SYSTEM, "push_key") as tx:
            row = tx.upsert(PushKey).values(**values, made_at=tx.now)
            await tx.session.execute(row.on_conflict_do_nothing(index_elements=["sealed_by"]))
            kept = await self._read(tx)
        assert kept is not None, "the key was written by this transaction or the one before it"
        return kept

    async def _read(self, tx: Transaction) -> VapidKey | None:
        query = select(PushKey).where(PushKey.sealed_by == self._sealer.fingerprint)
        row = (await tx.session.scalars(query)).first()
        if row is None:
            return None
        private_key = self._sealer.opened(row.sealed, about=row.public_key.encode())
        return VapidKey(public_key=row.public_key, private_key=private_key)


def new_key(random_bytes: RandomBytes) -> VapidKey:
    """Source: FIPS 186-5, A.2.1, by which 64 bits more than the order has make the remainder even enough."""
    secret = int.from_bytes(random_bytes(KEY_BYTES + 8)) % (P256_ORDER - 1) + 1
    public = ec.derive_private_key(secret, ec.SECP256R1()).public_key()
    point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return VapidKey(
        public_key=base64.urlsafe_b64encode(point).rstrip(b"=").decode(), private_key=secret.to_bytes(KEY_BYTES)
    )
