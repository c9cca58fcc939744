"""The five kinds of expected trouble. A slice subclasses one with its own words and a stable `code`.

The server sends `code` and `params`; a client turns them into a sentence in the reader's language.
Which HTTP status each kind gets stands in one table in `backend/app.py`.
"""

from typing import Any, ClassVar


class DomainError(Exception):
    """Expected trouble. `params` holds what a caller needs to react: plain values, no personal data."""

    code: ClassVar[str] = "domain_error"

    def __init__(self, **params: Any) -> None:
        super().__init__(self.code, params)
        self.params = params

    def __str__(self) -> str:
        details = ", ".join(f"{name}={value}" for name, value in self.params.items())
        return f"{self.code}({details})"


class NotFound(DomainError):
    """No such thing, or not yours to see: the two are not told apart."""

    code = "not_found"


class Conflict(DomainError):
    """Right as a request, but not in this state of the world."""

    code = "conflict"


class Forbidden(DomainError):
    """This actor may not do this at all."""

    code = "forbidden"


class Invalid(DomainError):
    """The values cannot be meant as they are."""

    code = "invalid"


class Unavailable(DomainError):
    """Try again later: something that we need is busy or away."""

    code = "unavailable"
