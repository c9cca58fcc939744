"""A small operator with one of everything that a route can name, so that a bad request gets as deep as it can."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

import httpx
from sqlalchemy import TextClause, select, text

from backend.catalogue import drafts
from backend.catalogue.draft_schemas import Catalogue, WriteDraft
from backend.identity import service as identity
from backend.identity.access import ACCESS, Route
from backend.identity.models import FailedAttempts
from backend.identity.principal import Role
from backend.jobs.lifecycle import ReviewKind
from backend.jobs.reviews import open_review
from backend.kernel.audit import SYSTEM, AuditRow
from backend.kernel.clock import Clock
from backend.kernel.db import Database, Transaction
from backend.kernel.tables import Table
from backend.reconciliation import service as reconciliation
from backend.tracking import calendars
from tests.factories.activation import make_activation
from tests.factories.billing import make_started_service
from tests.factories.booking import make_appointment, make_hold, window
from tests.factories.catalogue import ONT
from tests.factories.dispatch import make_jobs, make_team, plan
from tests.factories.files import make_upload
from tests.factories.identity import Bearer, credential_of, make_phone, make_user
from tests.factories.inventory import SERIALS, make_depot, make_stock_papers, make_van
from tests.factories.jobs import make_lost_value
from tests.factories.orders import make_order, make_order_to_ship, make_shipment, make_shop, make_submitted_order
from tests.factories.reconciliation import make_break
from tests.factories.reporting import make_schedule
from tests.factories.resources import make_pool
from tests.factories.returns import make_expected_return
from tests.factories.tracking import of_customer, proved
from tests.factories.workforce import make_skill, make_territory
from tests.identity.scenes import run as make_run
from tests.identity.scenes import step as make_step

CALLERS = (Role.ADMINISTRATOR, Role.TECHNICIAN, Role.CUSTOMER, Role.BILLING_SYSTEM, Role.NETWORK_SYSTEM)
"""Of these, the first who may call a route does."""

BOOKKEEPING = {AuditRow.__tablename__, FailedAttempts.__tablename__}


@dataclass(frozen=True, kw_only=True)
class Town:
    """known: name of a path parameter → a value that there is. callers: their credentials."""

    database: Database
    known: Mapping[str, str]
    callers: Mapping[Role, httpx.Auth | None]

    def caller_of(self, route: Route) -> httpx.Auth | None:
        return self.callers[next(role for role in CALLERS if role in ACCESS[route])]

    def known_in(self, route: Route, name: str) -> str:
        """Two kinds of runs go by one name."""
        return self.known["comparison_id" if "/reconciliation-runs" in route[1] else name]

    async def row_counts(self) -> dict[str, int]:
        """How many rows each table has, but for those that keep book of requests."""
        async with self.database.snapshot(SYSTEM, "test") as tx:
            return {row.name: row.rows for row in await tx.session.execute(_counting())}


@cache
def _counting() -> TextClause:
    """As text, for it runs after each request, and to compile it takes longer than all counting."""
    names = sorted(set(Table.metadata.tables) - BOOKKEEPING)
    counts = (f"select '{name}' as name, count(*) as rows from \"{name}\"" for name in names)  # noqa: S608, names of ours
    return text(" union all ".join(counts))


async def make_town(database: Database, clock: Clock) -> Town:
    async with database.transaction(SYSTEM, "test") as tx:
        shop = await make_shop(tx)
        await make_skill(tx)
        territory = await make_territory(tx, code="TOWN")
        team = await make_team(tx, 2, days=2, territory=territory)
        idle, held, promised, locked = await make_jobs(tx, territory.id, 4)
        known: dict[str, Any] = {"territory_id": territory.id, "job_id": idle.id}
        known |= {"account_id": idle.account_id, "premises_id": idle.premises_id, "run_id": await make_run(tx, idle)}
        known |= await _make_order_to_bill(tx)
        known["consignment_id"] = (await make_shipment(tx, await make_order_to_ship(tx), shop.id)).id
        known["card_id"] = await open_review(
            tx, kind=ReviewKind.SERIAL, reason="not_in_van", subject="ONT-1", job_id=idle.id
        )
        known["lost_id"] = await make_lost_value(tx, idle.id, team[0].id)
        known |= {"depot_id": (await make_depot(tx)).id, "van_id": (await make_van(tx, team[0].id)).id}
        known |= await make_stock_papers(tx, shop.id, known["van_id"], idle.premises_id)
        known["return_id"] = await make_expected_return(tx, known["premises_id"])
        known["comparison_id"] = (await reconciliation.request(tx)).id
        known["break_id"] = await make_break(tx, known["comparison_id"], known["service_id"])
        technician = await make_user(tx, Role.TECHNICIAN, technician_id=team[0].id)
        phone = await make_phone(tx, technician)
        known |= {"user_id": technician.id, "device_id": phone.tokens.device_id}
        known |= await _make_resource(tx)
        await plan(tx, locked, team[0])
        known["schedule_id"] = await make_schedule(tx, await make_user(tx, Role.DISPATCHER))
        known["step_id"] = await make_step(tx, locked)
        known["upload_id"] = (await make_upload(tx)).id
        known["draft_id"] = (await drafts.write_draft(tx, WriteDraft(name="Next month", catalogue=Catalogue()))).id
        callers = {role: await credential_of(tx, clock, role) for role in CALLERS}
        callers[Role.TECHNICIAN] = Bearer(phone.tokens.access_token)
        callers[Role.CUSTOMER] = Bearer(
            await identity.issue_link(tx, held.id, tx.now + timedelta(days=1), is_proved=True)
        )
        address = await calendars.subscribe(tx, proved(of_customer(held.id)))
        known["calendar"] = address.path.rpartition("/")[2]
    known["hold_id"] = (await make_hold(database, held.id, window(10))).id
    known["appointment_id"] = (await make_appointment(database, promised.id, window(12))).id
    known |= {
        "day": "2026-06-01",
        "zoom": "14",
        "x": "9327",
        "y": "4742",
        "offering_code": "PHONE",
        "work": "INSTALL-FTTP",
        "report": "on-time",
        "section": "users",
        "table": "job_fact",
        "serial": SERIALS[ONT.code].format(1),
        "sha256": "ab" * 32,
    }
    return Town(database=database, known={name: str(value) for name, value in known.items()}, callers=callers)


async def _make_resource(tx: Transaction) -> dict[str, Any]:
    """A free number, and its pool."""
    pool_id = await make_pool(tx, code="TOWN", values=["+358942459999"])
    resources = Table.metadata.tables["resource"]
    free = select(resources.c.id).where(resources.c.pool_id == pool_id)
    return {"pool_id": pool_id, "resource_id": (await tx.session.execute(free)).scalar_one()}


async def _make_order_to_bill(tx: Transaction) -> dict[str, Any]:
    """An order that is placed, a service of another one that runs and is told to billing, and an activation."""
    placed, submitted = await make_order(tx, ("PHONE", 1)), await make_submitted_order(tx)
    service_id = await make_started_service(tx, submitted)
    triggers = Table.metadata.tables["billing_trigger"]
    trigger_id = (await tx.session.execute(select(triggers.c.id))).scalar_one()
    earned_id = (await tx.session.execute(select(Table.metadata.tables["earned_trigger"].c.id))).scalar_one()
    return {
        "order_id": placed.id,
        "service_id": service_id,
        "trigger_id": trigger_id,
        "earned_id": earned_id,
        "activation_id": await make_activation(tx),
    }
