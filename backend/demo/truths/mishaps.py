"""What the operator's neighbours do to it in the demo: a network that refuses and lies, a billing system that loses entries.

Only what is the neighbours' own is touched: the simulated network's plan of faults, and the receiver's ledger.
"""

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from backend.activation.lifecycle import StepName
from backend.adapters.activation_simulator import TEST, ActivationSimulator, Fault
from backend.demo.site import Site
from backend.demo.story.office import Clerk
from backend.demo.truths.planted import Planted, never_ended
from backend.demo.waiting import once
from backend.kernel.clock import SystemClock


def before_the_start(site: Site, planted: Planted) -> None:
    """The network will not have three of the lines, each in its way; billing will not end what it bills for one."""
    network = ActivationSimulator(site.network_record, SystemClock())
    network.plan_fault(Fault.REFUSE, service_id=planted.refused, times=None, reason="the number is taken at the switch")
    network.plan_fault(Fault.LIE, operation=StepName.VOICE_LINE, service_id=planted.untrue, times=None)
    network.plan_fault(Fault.REFUSE, operation=TEST, service_id=planted.dark, times=None)
    never_ended(site.home).write_text(f"{planted.double}\n")


class Mishaps:
    """What happens at billing, beside the planning of the first day. desk: somebody who may move services."""

    def __init__(self, site: Site, planted: Planted, desk: Clerk) -> None:
        self._site, self._planted, self._desk = site, planted, desk

    def begin(self) -> None:
        """One line ends, another one rests, both as they were asked to weeks ago."""
        self._move(self._planted.ended, "termination", days=5)
        self._move(self._planted.double, "suspension", days=5)

    def finish(self) -> None:
        """The line that rests goes on; then billing loses and mistakes what it was told, and a run compares."""
        once(lambda: self._service(self._planted.double)["suspended_at"])
        self._move(self._planted.double, "resumption", days=6)
        once(self._is_booked)
        with closing(sqlite3.connect(self._site.ledger)) as ledger, ledger:
            _lose(ledger, self._planted)
        self._desk.post("/api/v1/reconciliation-runs")

    def _move(self, service_id: UUID, what: str, *, days: int) -> None:
        """So many days after it came up."""
        since = once(lambda: self._service(service_id)["active_since"])
        at = datetime.fromisoformat(since) + timedelta(days=days)
        self._desk.post(
            f"/api/v1/services/{service_id}/{what}", {"reason": "the customer asked for it", "at": at.isoformat()}
        )

    def _service(self, service_id: UUID) -> dict[str, Any]:
        return self._desk.get(f"/api/v1/services/{service_id}")

    def _is_booked(self) -> bool | None:
        """Billing has all that it is going to lose, and its word on everything has arrived."""
        wanted = {
            (str(self._planted.unbilled), "subscription_started"),
            (str(self._planted.late_billed), "subscription_started"),
            (str(self._planted.ended), "subscription_stopped"),
            (str(self._planted.double), "subscription_resumed"),
        }
        with closing(sqlite3.connect(self._site.ledger)) as ledger:
            booked = set(ledger.execute("select service_id, effect from entry"))
            [queued] = ledger.execute("select count(*) from acknowledgement where delivered_at is null").fetchone()
        return (wanted <= booked and queued == 0) or None


def _lose(ledger: sqlite3.Connection, planted: Planted) -> None:
    """Billing forgets one line, forgets the end of another, and bills a third one since three days later."""
    stopped = (str(planted.ended), "subscription_stopped")
    ledger.execute("delete from entry where service_id = ? and effect = ?", stopped)
    ledger.execute("delete from entry where service_id = ?", (str(planted.unbilled),))
    late = (str(planted.late_billed),)
    [since] = ledger.execute("select effective_at from entry where service_id = ?", late).fetchone()
    later = datetime.fromisoformat(since) + timedelta(days=3)
    ledger.execute("update entry set effective_at = ? where service_id = ?", (later.isoformat(), *late))
