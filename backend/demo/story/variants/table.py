"""The variants by name."""

from collections.abc import Mapping, Sequence

from backend.demo.story.steps import Step
from backend.demo.story.variants import changes, fallouts, parcels, promised, returning, visits

VARIANTS: Mapping[str, Sequence[Step]] = {
    "no_access": visits.NO_ACCESS,
    "refused": visits.REFUSED,
    "wrong_serial": visits.WRONG_SERIAL,
    "suspended_resumed": visits.SUSPENDED_RESUMED,
    "two_technicians": visits.TWO_TECHNICIANS,
    "cancelled_offline": changes.CANCELLED_OFFLINE,
    "fallout_retry": fallouts.FALLOUT_RETRY,
    "fallout_rollback": fallouts.FALLOUT_ROLLBACK,
    "technician_late": promised.TECHNICIAN_LATE,
    "amended": changes.AMENDED,
    "cancelled_before": changes.CANCELLED_BEFORE,
    "cancelled_after": changes.CANCELLED_AFTER,
    "shipment": parcels.SHIPMENT,
    "pick_up": parcels.PICK_UP,
    "goods_come_back": returning.GOODS_COME_BACK,
}
EVERY = "all"  # the name under which all of them are told, one after the other
