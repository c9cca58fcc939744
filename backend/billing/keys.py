"""Our signing keys at billing, and their rotation with an overlap in which each message is signed by the old and the new.

The key of the settings is the first one. Later ones are made here and kept sealed by it, so that the database alone, or a
backup of it, signs nothing. When the settings name another key, those that it did not seal count no more.
"""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from backend.billing import queries
from backend.billing.models import BillingKey
from backend.billing.schemas import KeyView, OverlapTooShort
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.kernel.sealing import NONCE_BYTES, Sealer
from clients.billing.signatures import (
    KEY_BYTES,
    MAX_SIGNATURES,
    SigningKey,
    public_text,
    read_signing_key,
    write_key_pair,
)
from clients.evidence.keys import PublishedKey

SHORTEST_OVERLAP = timedelta(minutes=10)  # twice of how long a signature holds, which covers what is under way
FRESH_SECONDS = 2.0  # how long a worker signs with the keys that it read; every overlap is far longer
PURPOSE = b"truckroll billing keys"

RandomBytes = Callable[[int], bytes]


class KeyRing:
    """The keys that sign now, read from the database every FRESH_SECONDS. root: the key of the settings, as text."""

    def __init__(self, database: Database, root: str) -> None:
        self._database = database
        self._root = root
        self._keys: Sequence[SigningKey] = ()
        self._read_at: datetime | None = None

    async def signing(self) -> Sequence[SigningKey]:
        """Newest first, at least one and no more than one message may carry."""
        now = self._database.clock.now()
        if self._read_at is None or now - self._read_at >= timedelta(seconds=FRESH_SECONDS):
            async with self._database.snapshot(SYSTEM, "billing_keys") as tx:
                found = await queries.valid_keys(tx, sealed_by=_sealer(self._root).fingerprint)
            self._keys = [_opened(self._root, key) for key in found[:MAX_SIGNATURES]] or [read_signing_key(self._root)]
            self._read_at = now
        return self._keys


async def rotate(tx: Transaction, root: str, *, overlap: timedelta, random_bytes: RandomBytes) -> KeyView:
    """A new key, which signs from now on; those before it sign beside it until the overlap is over.

    random_bytes: from a source fit for keys. Raises OverlapTooShort.
    """
    if overlap < SHORTEST_OVERLAP:
        raise OverlapTooShort(shortest_seconds=int(SHORTEST_OVERLAP.total_seconds()))
    sealed_by, until = _sealer(root).fingerprint, tx.now + overlap
    for key in await queries.valid_keys(tx, sealed_by=sealed_by) or [_first(tx, root)]:
        key.valid_until = until if key.valid_until is None else min(key.valid_until, until)
    private, public = write_key_pair(random_bytes(KEY_BYTES))
    key = BillingKey(
        id=tx.new_id(),
        public_key=public,
        sealed=_seal(root, private, random_bytes(NONCE_BYTES)),
        sealed_by=sealed_by,
        valid_from=tx.now,
    )
    tx.add(key)
    await tx.flush()
    return _view(key)


async def see(tx: Transaction, root: str) -> list[KeyView]:
    """The keys that sign now, newest first: billing has to trust one of them at any time."""
    return [_view(key) for key in await queries.valid_keys(tx, sealed_by=_sealer(root).fingerprint)] or [
        KeyView(public_key=public_text(read_signing_key(root)), valid_from=None, valid_until=None)
    ]


async def published(tx: Transaction) -> list[PublishedKey]:
    """Every public key that was ever kept, with when it signed, newest first; shared secrets are told to nobody."""
    return [
        PublishedKey(
            public_key=key.public_key,
            # A key of the settings signed before anybody kept it.
            valid_from=key.valid_from if key.sealed else None,
            valid_until=key.valid_until,
        )
        for key in await queries.every_key(tx)
        if key.public_key
    ]


async def remember(database: Database, root: str) -> None:
    """Keep the public key of the settings before it seals anything: they may name another one later."""
    async with database.snapshot(SYSTEM, "remember_billing_key") as tx:
        public = public_text(read_signing_key(root))
        is_kept = any(key.public_key == public for key in await queries.every_key(tx))
    if not is_kept:
        async with database.transaction(SYSTEM, "remember_billing_key") as tx:
            await queries.keep_key(tx, _of_settings(tx, root))


def _first(tx: Transaction, root: str) -> BillingKey:
    """The row of the settings' key, made when it is rotated for the first time."""
    key = _of_settings(tx, root)
    tx.add(key)
    return key


def _of_settings(tx: Transaction, root: str) -> BillingKey:
    public = public_text(read_signing_key(root))
    # Of two processes that keep it at once one must find it taken; and it is older than every key that it seals.
    key_id = UUID(bytes=bytes(6) + hashlib.sha256(PURPOSE + root.encode()).digest()[-10:])
    return BillingKey(id=key_id, public_key=public, sealed="", sealed_by=_sealer(root).fingerprint, valid_from=tx.now)


def _sealer(root: str) -> Sealer:
    return Sealer(root, PURPOSE)


def _opened(root: str, key: BillingKey) -> SigningKey:
    if not key.sealed:
        return read_signing_key(root)
    return read_signing_key(_sealer(root).opened(key.sealed, about=key.public_key.encode()).decode())


def _seal(root: str, private: str, nonce: bytes) -> str:
    public = public_text(read_signing_key(private))
    return _sealer(root).seal(private.encode(), about=public.encode(), nonce=nonce)


def _view(key: BillingKey) -> KeyView:
    return KeyView(public_key=key.public_key, valid_from=key.valid_from, valid_until=key.valid_until)
