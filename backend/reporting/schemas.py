"""What reporting shows."""

from datetime import datetime

import msgspec


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """Is every service that runs billed, and none that does not? Both are the same number when all is well.

    services_active: those that are charged by themselves. services_billed: billing acknowledged their start and no
    stop. difference: active less billed. open_breaks: what reconciliation found and is not gone.
    """

    as_of: datetime
    services_active: int
    services_billed: int
    difference: int
    open_breaks: int
