"""Whose property equipment is holds by date: what was handed over before a change stays whose it was."""

from datetime import timedelta

import msgspec
import pytest

from backend.catalogue import service
from backend.catalogue.draft_schemas import Catalogue
from backend.catalogue.errors import OwnerStatedLater
from backend.catalogue.schemas import CpeModel, Owner
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from backend.kernel.imports import RowsAtFault
from tests.factories.catalogue import ONT, make_catalogue
from tests.fakes import MONDAY

pytestmark = pytest.mark.anyio

NEXT_WEEK = MONDAY + timedelta(days=7)
IN_TWO_WEEKS = MONDAY + timedelta(days=14)


@pytest.fixture(autouse=True)
async def catalogue(database: Database) -> None:
    async with database.transaction(SYSTEM, "test") as tx:
        await make_catalogue(tx)


def owned(owner: Owner | None) -> CpeModel:
    return msgspec.structs.replace(ONT, owner=owner)


async def publish(tx: Transaction, owner: Owner | None, at: object) -> list[str]:
    """What became of the model when it is published with this owner."""
    assert isinstance(at, type(MONDAY))
    return [change.change for change in (await service.publish(tx, Catalogue(models=[owned(owner)]), at)).changes]


async def test_an_owner_holds_from_its_day_on_and_not_before(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await publish(tx, Owner.OPERATOR, NEXT_WEEK)

        assert await service.owner_of(tx, ONT.code, NEXT_WEEK - timedelta(seconds=1)) is None
        assert await service.owner_of(tx, ONT.code, NEXT_WEEK) is Owner.OPERATOR


async def test_a_catalogue_is_written_out_with_the_owners_of_its_day(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await publish(tx, Owner.OPERATOR, MONDAY)
        await publish(tx, Owner.CUSTOMER, NEXT_WEEK)

        now, then = await service.catalogue_at(tx, MONDAY), await service.catalogue_at(tx, NEXT_WEEK)

    assert (owned(Owner.OPERATOR) in now.models, owned(Owner.CUSTOMER) in then.models) == (True, True)


async def test_the_same_owner_again_changes_nothing(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        first = await publish(tx, Owner.OPERATOR, MONDAY)
        again = await publish(tx, Owner.OPERATOR, NEXT_WEEK)

    assert (first, again) == (["changed"], [])


async def test_what_is_only_planned_for_a_day_is_replaced(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await publish(tx, Owner.OPERATOR, NEXT_WEEK)
        await publish(tx, Owner.CUSTOMER, NEXT_WEEK)

        assert await service.owner_of(tx, ONT.code, NEXT_WEEK) is Owner.CUSTOMER


async def test_what_a_later_day_says_already_is_not_overtaken(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await publish(tx, Owner.OPERATOR, IN_TWO_WEEKS)

    with pytest.raises(RowsAtFault) as refused:
        async with database.transaction(SYSTEM, "test") as tx:
            await publish(tx, Owner.CUSTOMER, NEXT_WEEK)
    assert [fault["reason"] for fault in refused.value.params["faults"]] == [OwnerStatedLater.code]
