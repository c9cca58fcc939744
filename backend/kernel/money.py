"""Money: integer minor units and an ISO 4217 currency, never a float."""

from typing import Annotated

import msgspec

Currency = Annotated[str, msgspec.Meta(min_length=3, max_length=3, pattern="^[A-Z]{3}$")]
MAX_AMOUNT_MINOR = 10**12  # ten thousand million in a two-digit currency: larger is a mistake, and it fits 8 bytes


class Money(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An amount. amount_minor: cents or the currency's own smallest unit; negative for a credit."""

    amount_minor: Annotated[int, msgspec.Meta(ge=-MAX_AMOUNT_MINOR, le=MAX_AMOUNT_MINOR)]
    currency: Currency

    def times(self, quantity: int) -> "Money":
        return Money(amount_minor=self.amount_minor * quantity, currency=self.currency)
