"""RADIUS packets: logging in as a subscriber would, and telling an access server that a session has changed.

pyrad's client blocks, so each exchange runs in a thread.
Sources: RFC 2865 (access), RFC 5176 (change of authorisation and disconnect), RFC 5080 2.2.1 (sending again).
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO

from pyrad import packet
from pyrad.client import Client, Timeout
from pyrad.dictionary import Dictionary

from backend.ports import NetworkUnreachable

ANSWER_SECONDS = 2  # of one try; an access server answers within milliseconds, or is busy or away
TRIES = 3  # together shorter than the ten seconds after which activation asks again anyway
SESSION_NOT_FOUND = "Session-Context-Not-Found"

# The few attributes that we speak: pyrad brings none. Sources: IANA "RADIUS Types"; dictionary.wispr of FreeRADIUS.
ATTRIBUTES = """
ATTRIBUTE User-Name 1 string
ATTRIBUTE User-Password 2 string encrypt=1
ATTRIBUTE NAS-IP-Address 4 ipaddr
ATTRIBUTE Framed-IP-Address 8 ipaddr
ATTRIBUTE Acct-Session-Id 44 string
ATTRIBUTE Message-Authenticator 80 octets
ATTRIBUTE Error-Cause 101 integer
ATTRIBUTE Delegated-IPv6-Prefix 123 ipv6prefix
VALUE Error-Cause Session-Context-Not-Found 503
VENDOR WISPr 14122
BEGIN-VENDOR WISPr
ATTRIBUTE WISPr-Bandwidth-Max-Up 7 integer
ATTRIBUTE WISPr-Bandwidth-Max-Down 8 integer
END-VENDOR WISPr
"""
NUMBERS = frozenset({"WISPr-Bandwidth-Max-Up", "WISPr-Bandwidth-Max-Down"})


@dataclass(frozen=True, kw_only=True)
class Peer:
    """Who is spoken to. secret: the one that both sides know."""

    host: str
    port: int
    secret: bytes


@dataclass(frozen=True, kw_only=True)
class Answer:
    """said: whether the peer agreed; attributes: of its answer, as text."""

    agreed: bool
    attributes: Mapping[str, str]

    @property
    def has_no_session(self) -> bool:
        return self.attributes.get("Error-Cause") == SESSION_NOT_FOUND


async def authenticate(server: Peer, username: str, password: str) -> Answer:
    """Log in with a password; agreed: Access-Accept. Raises NetworkUnreachable."""

    def login() -> Answer:
        client = _client(server)
        request = client.CreateAuthPacket(code=packet.AccessRequest, User_Name=username)
        request["User-Password"] = request.PwCrypt(password)
        request.add_message_authenticator()  # without it, answers can be forged (CVE-2024-3596)
        return _exchange(client, request, packet.AccessAccept)

    return await asyncio.to_thread(login)


async def disconnect(nas: Peer, session: Mapping[str, str]) -> Answer:
    """End a session. session: the attributes that name it. Raises NetworkUnreachable."""
    return await asyncio.to_thread(_tell, nas, packet.DisconnectRequest, packet.DisconnectACK, session)


async def change(nas: Peer, session: Mapping[str, str], reply: Mapping[str, str]) -> Answer:
    """Let a session go on with these attributes. Raises NetworkUnreachable."""
    return await asyncio.to_thread(_tell, nas, packet.CoARequest, packet.CoAACK, {**session, **reply})


def _tell(nas: Peer, code: int, agreement: int, attributes: Mapping[str, str]) -> Answer:
    client = _client(nas)
    request = client.CreateCoAPacket(code=code)
    for name, value in attributes.items():
        request[name] = int(value) if name in NUMBERS else value
    return _exchange(client, request, agreement)


def _client(peer: Peer) -> Client:
    return Client(
        server=peer.host,
        authport=peer.port,
        coaport=peer.port,
        secret=peer.secret,
        dict=Dictionary(StringIO(ATTRIBUTES)),
        retries=TRIES,
        timeout=ANSWER_SECONDS,
    )


def _exchange(client: Client, request: packet.Packet, agreement: int) -> Answer:
    try:
        answer = client.SendPacket(request)
    except (Timeout, OSError) as error:
        raise NetworkUnreachable(reason=f"{client.server} does not answer RADIUS: {error!r}") from error
    finally:
        client._CloseSocket()  # noqa: SLF001 - pyrad closes it nowhere else
    # A repeated attribute shows its first value; numbers as pyrad names them.
    attributes = {str(name): str(answer[name][0]) for name in answer.keys() if isinstance(name, str)}  # noqa: SIM118
    return Answer(agreed=answer.code == agreement, attributes=attributes)
