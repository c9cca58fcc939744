"""A thousand random drifts on either side of a town, on the real databases against the reference ledger.

One command: `pytest -n0 -s --drills tests/drills/test_drifts.py`; TRUCKROLL_DRIFT_SEED gives another town its drifts.
"""

import os
from collections import Counter
from pathlib import Path

import pytest

from backend.kernel.db import Database
from tests.fakes import FixedClock
from tests.reconciliation.operator import LedgerBilling, Operator

pytestmark = [pytest.mark.drill, pytest.mark.anyio]

HOMES, DRIFTS = 1_050, 1_000
SEED = int(os.environ.get("TRUCKROLL_DRIFT_SEED", "1"))


async def test_a_thousand_drifts_are_found_and_their_repairs_bring_the_balance_to_nothing(
    database: Database, clock: FixedClock, tmp_path: Path
):
    operator = Operator(database, LedgerBilling(tmp_path / "ledger.db", clock), clock, seed=SEED)
    await operator.open_town(HOMES)
    in_balance = await operator.compared()
    await operator.drift_at_random(DRIFTS)

    found = await operator.compared()
    for one in found:
        await operator.approve(one.id)
    left = await operator.compared()
    operator.billing.storage.close()

    said = {(one.kind, one.subject_id) for one in found}
    missed, false_alarms = operator.expected - said, said - operator.expected
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(Counter(one.kind for one in found).items()))
    print(  # noqa: T201 - the answer of the drill
        f"\nseed {SEED}: {DRIFTS} drifts planted at {HOMES} homes, {len(found)} found ({kinds}), "
        f"{len(missed)} missed, {len(false_alarms)} false alarms, {len(left)} left after the repairs"
    )
    assert (in_balance, missed, false_alarms, left) == ([], set(), set(), [])
    assert len(found) == DRIFTS
