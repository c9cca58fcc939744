"""Points at which a drill can kill this process, to prove that nothing acknowledged is lost there.

Off unless the environment names a point: `TRUCKROLL_KILL_AT=push.committed:/path/of/marker`. The marker file makes the
kill happen once, so that the restarted process goes on. Never set it in production.
"""

import os
import signal
from pathlib import Path

KILL_AT = "TRUCKROLL_KILL_AT"
POINTS = ("push.committed", "activation.called", "billing.called")


def kill_point(name: str) -> None:
    """End this process with SIGKILL here, once, if a drill asks for it."""
    assert name in POINTS, f"unknown kill point {name}"
    point, _, marker = os.environ.get(KILL_AT, "").partition(":")
    if point != name or Path(marker).exists():
        return
    Path(marker).touch()
    os.kill(os.getpid(), signal.SIGKILL)
