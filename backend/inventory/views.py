"""Units and places as inventory shows them."""

from backend.inventory.models import SerialUnit, StockLocation
from backend.inventory.schemas import LocationView, SerialUnitView


def unit_view(one: SerialUnit, place: StockLocation) -> SerialUnitView:
    return SerialUnitView(id=one.id, serial=one.serial, model=one.model, state=one.state, location=location_view(place))


def location_view(location: StockLocation) -> LocationView:
    return LocationView(
        id=location.id,
        kind=location.kind,
        name=location.name,
        technician_id=location.technician_id,
        premises_id=location.premises_id,
        latitude=location.latitude,
        longitude=location.longitude,
        is_restricted=location.is_restricted,
    )
