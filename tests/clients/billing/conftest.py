"""The world of one test: a receiver and its other side."""

import pytest

from tests.clients.billing.world import open_world


@pytest.fixture
async def world(tmp_path, anyio_backend):
    async with open_world(tmp_path / "ledger.db") as opened:
        yield opened
