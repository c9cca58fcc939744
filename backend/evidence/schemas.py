"""The errors that evidence names. The file itself is `clients.evidence.bundle`."""

from backend.kernel.errors import Conflict


class NoSigningKey(Conflict):
    """A bundle is sealed by the operator's Ed25519 key: set TRUCKROLL_BILLING_SIGNING_KEY to a whsk_ key."""

    code = "no_signing_key"
