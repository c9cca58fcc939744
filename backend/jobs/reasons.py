"""Why a job stopped, was not done, or needs another: the tree of reasons that technicians choose from.

One source for all: clients get it with the lifecycles, booking reads whose failure a reason is. Pure. A technician
may send a path that is not here, from an older or a newer client; it is recorded, and its root decides.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Use(StrEnum):
    """The operation that gives a reason."""

    NOT_DONE = "not_done"
    SUSPEND = "suspend"
    FOLLOW_UP = "follow_up"


@dataclass(frozen=True, kw_only=True)
class Root:
    """A root of the tree with its leaves. is_customers: the customer stands for it, not we."""

    code: str
    leaves: tuple[str, ...]
    uses: tuple[Use, ...]
    is_customers: bool = False

    @property
    def paths(self) -> tuple[str, ...]:
        """The leaves from the root, such as `no_access.no_key`."""
        return tuple(f"{self.code}.{leaf}" for leaf in self.leaves)


TREE = (
    Root(code="no_access", leaves=("nobody_home", "no_key", "dog_loose"), uses=(Use.NOT_DONE,), is_customers=True),
    Root(code="refused", leaves=("by_customer",), uses=(Use.NOT_DONE,), is_customers=True),
    Root(
        code="site_not_ready",
        leaves=("no_power", "no_permission", "building_works"),
        uses=(Use.NOT_DONE, Use.SUSPEND),
        is_customers=True,
    ),
    Root(code="network", leaves=("fault", "drop_damaged"), uses=(Use.NOT_DONE, Use.SUSPEND, Use.FOLLOW_UP)),
    Root(code="equipment", leaves=("missing", "faulty"), uses=(Use.NOT_DONE, Use.SUSPEND, Use.FOLLOW_UP)),
    Root(code="safety", leaves=("hazard", "weather"), uses=(Use.NOT_DONE, Use.SUSPEND)),
    Root(code="time", leaves=("ran_out",), uses=(Use.SUSPEND, Use.FOLLOW_UP)),
)


def is_customers(reason: str | None) -> bool:
    """Whether the customer stands for this reason, a path such as `no_access.dog_loose`; any other failure is ours."""
    root = (reason or "").partition(".")[0]
    return any(known.code == root and known.is_customers for known in TREE)


def as_data() -> dict[str, Any]:
    """The leaves by the operation that they are for: {use: [path]}."""
    return {str(use): [path for root in TREE if use in root.uses for path in root.paths] for use in Use}
