"""Who sees which job."""

from uuid import uuid4

import pytest

from backend.identity.principal import SEES_ALL, Principal, Role
from backend.identity.service import add_organisation
from backend.jobs import queries, service
from backend.jobs.errors import UnknownJob
from backend.kernel.audit import SYSTEM
from backend.kernel.db import Database, Transaction
from sync.operations import Photo
from tests.factories.jobs import do, make_dispatched_job, make_field, make_job
from tests.factories.workforce import make_technician, make_territory

pytestmark = pytest.mark.anyio

PHOTO = Photo(sha256="cd" * 32, media_type="image/jpeg", bytes=120_000)


def caller(role: Role, **what) -> Principal:
    return Principal(actor=SYSTEM, role=role, **what)


async def numbers(tx: Transaction, principal: Principal, **filters) -> list[str]:
    return [job.number for job in (await service.see_jobs(tx, principal, page_size=50, cursor=None, **filters)).items]


async def make_two(tx: Transaction):
    """J-100001 of a technician of the operator, J-100002 of a contractor's technician in another territory."""
    own = await make_field(tx)
    territory = await make_territory(tx, code="HEL-S", name="Helsinki south", latitude=60.15)
    company = await add_organisation(tx, "Fibre Friends", is_contractor=True)
    other = await make_technician(tx, territory.id, organisation_id=company, is_contractor=True)
    first, second = await make_dispatched_job(tx, own), await make_dispatched_job(tx, other)
    return own, other, first, second


@pytest.mark.parametrize("role", sorted(SEES_ALL))
async def test_the_back_office_sees_all_jobs(database: Database, role: Role):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_two(tx)

        assert await numbers(tx, caller(role)) == ["J-100001", "J-100002"]


@pytest.mark.parametrize("role", [Role.TECHNICIAN, Role.CONTRACTOR_TECHNICIAN])
async def test_a_technician_sees_the_own_jobs(database: Database, role: Role):
    async with database.transaction(SYSTEM, "test") as tx:
        _own, other, *_ = await make_two(tx)

        assert await numbers(tx, caller(role, technician_id=other.id)) == ["J-100002"]


async def test_a_technician_does_not_see_what_was_not_sent_yet(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        technician, _other, *_ = await make_two(tx)
        await make_job(tx, technician.territory_id)

        assert await numbers(tx, caller(Role.TECHNICIAN, technician_id=technician.id)) == ["J-100001"]


async def test_a_contractor_sees_the_own_company(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        _own, other, *_ = await make_two(tx)

        seen = await numbers(tx, caller(Role.CONTRACTOR_MANAGER, organisation_id=other.organisation_id))

        assert seen == ["J-100002"]


async def test_a_dispatcher_sees_the_own_territories(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        own, *_ = await make_two(tx)

        assert await numbers(tx, caller(Role.DISPATCHER, territory_ids=frozenset({own.territory_id}))) == ["J-100001"]


@pytest.mark.parametrize("role", [Role.CUSTOMER, Role.BILLING_SYSTEM, Role.NETWORK_SYSTEM, Role.ANONYMOUS])
async def test_all_others_see_none(database: Database, role: Role):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_two(tx)

        assert await numbers(tx, caller(role)) == []


async def test_what_is_not_yours_is_not_found(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        own, _other, _first, second = await make_two(tx)
        principal = caller(Role.TECHNICIAN, technician_id=own.id)

        with pytest.raises(UnknownJob):
            await service.see_job(tx, principal, second.id)
        with pytest.raises(UnknownJob):
            await service.see_facts(tx, principal, second.id)
        with pytest.raises(UnknownJob):
            await service.cancel(tx, principal, second.id, "mine now")


async def test_jobs_are_filtered_by_day_territory_and_state(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        own, other, first, _second = await make_two(tx)
        await make_job(tx, own.territory_id)
        day = (await service.job_view(tx, first.id)).service_day
        supervisor = caller(Role.SUPERVISOR)

        assert await numbers(tx, supervisor, day=day) == ["J-100001", "J-100002"]
        assert await numbers(tx, supervisor, territory_id=other.territory_id) == ["J-100002"]
        assert await numbers(tx, supervisor, state="completed") == []


async def test_pages_follow_one_another(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        await make_two(tx)
        supervisor = caller(Role.SUPERVISOR)

        first = await service.see_jobs(tx, supervisor, page_size=1, cursor=None)
        second = await service.see_jobs(tx, supervisor, page_size=1, cursor=first.next_cursor)

    assert [page.items[0].number for page in (first, second)] == ["J-100001", "J-100002"]
    assert second.next_cursor is None


async def test_a_photo_is_read_by_who_sees_its_job(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        own, other, first, _second = await make_two(tx)
        await do(tx, first.id, own.id, PHOTO)

        mine, theirs = (caller(Role.TECHNICIAN, technician_id=one.id) for one in (own, other))

        assert await queries.may_read_file(tx, mine, PHOTO.sha256)
        assert await queries.may_read_file(tx, caller(Role.SUPERVISOR), PHOTO.sha256)
        assert not await queries.may_read_file(tx, theirs, PHOTO.sha256)
        assert not await queries.may_read_file(tx, caller(Role.SUPERVISOR), "00" * 32)


async def test_an_unknown_job_is_not_found(database: Database):
    async with database.transaction(SYSTEM, "test") as tx:
        with pytest.raises(UnknownJob):
            await service.job_view(tx, uuid4())
