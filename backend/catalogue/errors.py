"""What can go wrong with the catalogue, in its own words."""

from backend.kernel.errors import Conflict, Invalid, NotFound


class UnknownOffering(NotFound):
    """No offering has this code."""

    code = "unknown_offering"


class UnknownWork(NotFound):
    """No work specification has this code."""

    code = "unknown_work"


class UnknownModel(NotFound):
    """No CPE model has this code."""

    code = "unknown_model"


class OfferingNotPublished(Conflict):
    """The offering is not on sale on that date yet."""

    code = "offering_not_published"


class PriceMissing(Conflict):
    """A charge has no price on that date: set one before you sell it."""

    code = "price_missing"


class PriceOverlaps(Conflict):
    """A price that starts then or later is set already: prices are only added at the end."""

    code = "price_overlaps"


class BadOffering(Invalid):
    """The offering contradicts itself. params: offering_code, reason."""

    code = "bad_offering"


class BadSerialPattern(Invalid):
    """The serial pattern is no regular expression, or contradicts the prefix. params: model, reason."""

    code = "bad_serial_pattern"


class BadChecklist(Invalid):
    """A question depends on one that does not stand before it. params: work, item, depends_on."""

    code = "bad_checklist"


class OfferingWithdrawn(Conflict):
    """The offering is not sold any more on that date. params: offering_code, published_until."""

    code = "offering_withdrawn"


class PublishedLater(Conflict):
    """Something of it is published from that date or a later one already. params: offering_code, published_from."""

    code = "published_later"


class EffectiveInThePast(Invalid):
    """What was ordered keeps its terms: a catalogue becomes effective now or later. params: effective_from, now."""

    code = "effective_in_the_past"


class MemberNotOnSale(Conflict):
    """A bundle sells it, which would have nothing to deliver. params: offering_code (the bundle), member."""

    code = "member_not_on_sale"


class SerialisationIsFixed(Conflict):
    """Stock is counted by serial or by number from the first piece on: give the other kind another code. params: model."""

    code = "serialisation_is_fixed"


class UnknownDraft(NotFound):
    code = "unknown_catalogue_draft"


class OwnerStatedLater(Conflict):
    """Who its units belong to is stated from that date on already, or for the past. params: model, valid_from."""

    code = "owner_stated_later"
