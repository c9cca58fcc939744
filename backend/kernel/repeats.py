"""A request that is sent again with the same `Idempotency-Key` gets the stored answer and changes nothing.

The key is stored with the answer in the transaction of the effect: both or neither.
Source: draft-ietf-httpapi-idempotency-key-header-07, sections 2.6 and 2.7.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from sqlalchemy.orm import Mapped, mapped_column

from backend.kernel.db import Transaction
from backend.kernel.errors import Conflict
from backend.kernel.tables import StructJson, Table

T = TypeVar("T")

MAX_KEY_LENGTH = 128  # a UUID with room; longer keys are not identifiers


class KeyReused(Conflict):
    """This Idempotency-Key came before with another request. Use a new key."""

    code = "idempotency_key_reused"


class RepeatRow(Table):
    """An answered request. caller: who sent it; digest: of method, path and body; answer: the body, null if none."""

    __tablename__ = "answered_request"
    audited = False

    caller: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[str]
    answer: Mapped[Any] = mapped_column(StructJson(Any), nullable=True)
    at: Mapped[datetime]


@dataclass(frozen=True, kw_only=True)
class RequestKey:
    """The Idempotency-Key of a request, for a use case that opens its transaction late: it asks the outside first."""

    key: str | None
    digest: str

    def once(self, tx: Transaction) -> "Once":
        return Once(tx=tx, key=self.key, digest=self.digest)


@dataclass(frozen=True, kw_only=True)
class Once:
    """Runs a use case once for the key of this request; without a key, each time."""

    tx: Transaction
    key: str | None
    digest: str

    async def __call__(self, answer_type: type[T], use_case: Callable[[], Awaitable[T]]) -> T:
        """The answer of `use_case`, or the stored one when this key was answered before. Raises KeyReused."""
        if self.key is None:
            return await use_case()
        caller = f"{self.tx.actor.kind}:{self.tx.actor.id}"
        is_first = await self._take(caller)
        row = await self.tx.session.get_one(RepeatRow, (caller, self.key))
        if not is_first:
            return self._again(row, answer_type)
        answer = await use_case()
        row.answer = answer
        return answer

    async def _take(self, caller: str) -> bool:
        """Whether the key is new. Waits for a request with the same key that is being answered right now."""
        taken = (
            self.tx.upsert(RepeatRow)
            .values(caller=caller, key=self.key, digest=self.digest, at=self.tx.now)
            .on_conflict_do_nothing()
            .returning(RepeatRow.key)
        )
        return (await self.tx.session.scalars(taken)).first() is not None

    def _again(self, stored: RepeatRow, answer_type: type[T]) -> T:
        if stored.digest != self.digest:
            raise KeyReused(key=self.key)
        return msgspec.convert(stored.answer, answer_type)
