"""The policies that a deployment chose, with the version that holds."""

import msgspec
import pytest

from backend.http.deployment import ROUTES
from backend.identity.principal import Principal, Role
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database
from backend.settings import Settings
from tests.factories.callers import calling

pytestmark = pytest.mark.anyio

AUDITOR = Principal(actor=SYSTEM, role=Role.AUDITOR)


async def test_each_version_is_told_and_which_of_them_holds(database: Database):
    settings = msgspec.structs.replace(Settings(), promise_policy="northbank", return_policy="none")
    async with calling(database, ROUTES, AUDITOR, settings=settings) as http:
        told = (await http.get("/api/v1/policies")).json()

    assert [(one["of"], one["valid_from"], one["is_in_force"]) for one in told if one["of"] == "promises"] == [
        ("promises", "2025-01-01", False),
        ("promises", "2026-01-01", True),
    ]
    assert [one["rules"]["missed_minor"] for one in told if one["of"] == "promises"] == [2000, 2500]
    assert {one["of"] for one in told} == {"promises", "returns", "delays"}
