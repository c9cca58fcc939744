"""The demo as a visitor gets it: every planted truth can be seen, reconciliation finds its five breaks, and mends them."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any, NamedTuple

import pytest

from backend.demo.run import open_site
from backend.demo.seed import Amount
from backend.demo.site import Site, free_port
from backend.demo.story.office import Clerk
from backend.demo.truths.planted import Planted
from backend.demo.truths.table import BREAKS, FALLOUTS, TRUTHS, missing
from backend.demo.waiting import once
from backend.reconciliation.lifecycle import UNSETTLED

SMALL = Amount(jobs_a_day=8, days=1, truths=True)


class Demo(NamedTuple):
    site: Site
    planted: Planted
    analyst: Clerk

    def reconcile(self) -> dict[str, Any]:
        """A run on demand, as it ended."""
        path = f"/api/v1/reconciliation-runs/{self.analyst.post('/api/v1/reconciliation-runs')['id']}"
        return once(lambda: _ended(self.analyst.get(path)))

    def breaks(self) -> list[dict[str, Any]]:
        """Those that somebody still has to care about."""
        return [
            one
            for state in UNSETTLED
            for one in self.analyst.get("/api/v1/breaks", state=state, page_size=200)["items"]
        ]

    def fallouts(self) -> list[dict[str, Any]]:
        return self.analyst.get("/api/v1/activation-fallouts")

    def is_heard(self) -> bool | None:
        """Billing has told what became of everything."""
        on_the_way = ("pending", "sent", "delivered")
        waiting = [self.analyst.get("/api/v1/billing-triggers", state=state)["items"] for state in on_the_way]
        return not any(waiting) or None


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    site = Site(home=tmp_path_factory.mktemp("demo"), port=free_port(), billing_port=free_port())
    site.save()
    try:
        open_site(site, 1, SMALL, lambda _what, _done, _total: None)
        planted = Planted.load(site.home)
        assert planted is not None
        with closing(Clerk(site.url, "admin@northbank.example")) as analyst:
            yield Demo(site, planted, analyst)
    finally:
        site.stop()


def test_every_planted_truth_can_be_seen(demo: Demo):
    assert len(TRUTHS) == len({truth.name for truth in TRUTHS})
    once(lambda: len(demo.fallouts()) == len(FALLOUTS) or None)

    assert missing(demo.site.url, demo.planted) == []


def test_nothing_but_the_planted_breaks_is_found_and_their_repairs_bring_the_balance_to_nothing(demo: Demo):
    first = demo.reconcile()
    found = demo.breaks()
    for one in found:
        demo.analyst.post(f"/api/v1/breaks/{one['id']}/repair")
    once(demo.is_heard)
    second = demo.reconcile()
    balance = demo.analyst.get("/api/v1/reports/balance")

    assert sorted(one["kind"] for one in found) == sorted(truth.name for truth in BREAKS)
    assert missing(demo.site.url, demo.planted, BREAKS) == []
    assert (first["breaks_found"], second["breaks_found"], second["breaks_closed"]) == (len(BREAKS), 0, len(BREAKS))
    assert demo.breaks() == []
    assert balance["services_active"] == balance["services_billed"] > 0


def _ended(run: dict[str, Any]) -> dict[str, Any] | None:
    return run if run["state"] in ("done", "failed") else None
