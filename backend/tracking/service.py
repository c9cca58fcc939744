"""What a customer may know: the state of the own appointment, its window, and who is coming."""

from backend.booking import documents
from backend.booking.errors import UnknownAppointment
from backend.booking.schemas import AppointmentDocument
from backend.identity.principal import Principal
from backend.kernel.db import Transaction


async def track(tx: Transaction, principal: Principal) -> AppointmentDocument:
    """The appointment of the caller's link. Raises UnknownAppointment."""
    appointment_id = principal.appointment_id
    found = {} if appointment_id is None else await documents.render(tx, [appointment_id])
    if appointment_id is None or appointment_id not in found:
        raise UnknownAppointment()
    return found[appointment_id]
