"""What only the customer sees: how we reach them, what was put in, what it costs."""

from backend.catalogue import service as catalogue
from backend.jobs import service as jobs
from backend.jobs.schemas import JobDocument
from backend.kernel.db import Transaction
from backend.messages import browsers
from backend.orders import service as orders
from backend.tracking import journeys, positions, rating
from backend.tracking.receipts import receipt_of
from backend.tracking.schemas import InstalledUnit, Milestone, VisitDetails
from backend.tracking.visits import Visit


async def details_of(tx: Transaction, visit: Visit, timeline: list[Milestone]) -> VisitDetails:
    order = None if visit.job.order_id is None else await orders.order_view(tx, visit.job.order_id)
    services = await journeys.services_of(tx, order)
    recorded = await jobs.job_document(tx, visit.job.id)
    signed_by = recorded.signature and recorded.signature.signer_name
    browser = await browsers.browser_of(tx, visit.job.id)
    return VisitDetails(
        name=visit.account.name,
        street=visit.premises.street,
        email=visit.account.email,
        phone=visit.account.phone,
        language=visit.account.language,
        email_consent=visit.account.email_consent,
        sms_consent=visit.account.sms_consent,
        notified_browser=browser and browser.endpoint,
        access_notes=visit.premises.access_notes,
        pin=visit.job.visit_pin,
        position=await positions.position_of(tx, visit),
        journey=await journeys.journey(tx, order, services, timeline),
        is_connected=journeys.connected_at(services) is not None,
        installed=await _installed(tx, recorded),
        receipt=receipt_of(order, signed_by=signed_by)
        if visit.job.ended_at is not None and order is not None
        else None,
        rating=await rating.rating_of(tx, visit.job.id),
    )


async def _installed(tx: Transaction, recorded: JobDocument) -> list[InstalledUnit]:
    names = {model.code: model.name for model in await catalogue.cpe_models(tx)}
    return [
        InstalledUnit(name=names.get(unit.model or "", unit.model or ""), serial=unit.serial)
        for unit in recorded.serials
    ]
