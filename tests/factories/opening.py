"""How an application that is put together once gets the parts of each test."""

from contextlib import AbstractAsyncContextManager, nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from backend.parts import Parts


class Opening:
    """Opens the parts that the running test has put here."""

    parts: "Parts"

    def __call__(self) -> AbstractAsyncContextManager["Parts"]:
        return nullcontext(self.parts)
