"""How the receiver calls truckroll: each request signed by its key, under the name by which truckroll knows that key."""

from dataclasses import dataclass
from datetime import datetime

from clients.billing.signatures import SigningKey, sign

KEY_ID_HEADER = "truckroll-key-id"


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who calls. url: where truckroll is, without a path; key_id: the name under which it knows the public key."""

    url: str
    key: SigningKey
    key_id: str

    def headers(self, message_id: str, body: bytes, *, now: datetime) -> dict[str, str]:
        """The headers of one attempt: a signature holds for five minutes, so each attempt has its own."""
        proof = sign(message_id=message_id, sent_at=now, body=body, keys=[self.key])
        return proof | {KEY_ID_HEADER: self.key_id, "content-type": "application/json"}
