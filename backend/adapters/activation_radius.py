"""Subscribers in FreeRADIUS, through its SQL tables: what stands there is what its server says to the next log-in.

A session that is open already was let in by older rows, so its access server is told of the change: it goes on with the
new attributes, or ends. Passwords are made from a key of the operator's and the user name, and stand nowhere here.
"""

import hashlib
import hmac
import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from backend.adapters import radius_packets, radius_rows
from backend.adapters.radius_packets import Peer
from backend.adapters.radius_rows import NAS, NONE, SESSION, Rows
from backend.kernel.clock import Clock
from backend.ports import (
    LineTest,
    NetworkReceipt,
    NetworkRefused,
    NetworkService,
    NetworkStep,
    NetworkUnreachable,
    SessionStart,
)

PROFILE = "radius_subscriber"
PASSWORD_LETTERS = 24  # of base 16: 96 bits, and short enough for a gateway's form
SESSIONS_AT_MOST = 20  # open at once for one subscriber: an access server that restarted leaves some behind
MAC_ADDRESS = re.compile(r"([0-9A-Fa-f]{2}[-:.]?){5}[0-9A-Fa-f]{2}")


@dataclass(frozen=True, kw_only=True)
class OpenSession:
    """A session as its access server named it."""

    nas_address: str
    nas_secret: str | None
    session_id: str

    def name(self, username: str) -> dict[str, str]:
        return {"User-Name": username, "Acct-Session-Id": self.session_id, "NAS-IP-Address": self.nas_address}


class RadiusNetwork:
    """FreeRADIUS behind the ports `Network` and `SessionLog`. engine: of its database (`kernel.db.make_engine`).

    server: where its log-ins are tested. change_port: of the access servers, for changes of open sessions; one that is
    not in the table `nas` shares the secret of `server`.
    """

    def __init__(
        self, engine: AsyncEngine, *, server: Peer, password_key: bytes, clock: Clock, change_port: int = 3799
    ) -> None:
        self._engine = engine
        self._server = server
        self._password_key = password_key
        self._clock = clock
        self._change_port = change_port

    async def close(self) -> None:
        await self._engine.dispose()

    def password(self, service_id: UUID) -> str:
        """What the service's gateway logs in with."""
        digest = hmac.new(self._password_key, service_id.bytes, hashlib.sha256)
        return digest.hexdigest()[:PASSWORD_LETTERS]

    async def apply(self, step: NetworkStep) -> NetworkReceipt:
        wanted = self._rows(step)
        async with self._transaction() as connection:
            await radius_rows.write(connection, str(step.service_id), wanted)
            sessions = await _open_sessions(connection, str(step.service_id))
        for session in sessions:
            await self._tell(session, str(step.service_id), wanted)
        digest = hashlib.sha256(step.key.encode()).hexdigest()[:12]
        return NetworkReceipt(key=step.key, reference=f"radius-{digest}", applied_at=self._clock.now())

    async def read_back(self, service_id: UUID) -> NetworkService | None:
        async with self._transaction() as connection:
            rows = await radius_rows.read(connection, str(service_id))
        if not rows:
            return None
        attributes = radius_rows.attributes_of(rows, self.password(service_id))
        return NetworkService(service_id=service_id, profiles={PROFILE: attributes})

    async def test(self, service_id: UUID) -> LineTest:
        """Log in as the subscriber; passed when the server lets it in with the attributes that stand in its rows."""
        async with self._transaction() as connection:
            rows = await radius_rows.read(connection, str(service_id))
        answer = await radius_packets.authenticate(self._server, str(service_id), self.password(service_id))
        given = {(name, value) for name, value in answer.attributes.items()}
        is_right = {(attribute, value) for attribute, _, value in rows.reply} <= given
        return LineTest(
            passed=answer.agreed and is_right,
            measurements={"access_accepted": float(answer.agreed), "attributes_right": float(is_right)},
        )

    async def first_sessions(self, service_ids: Sequence[UUID], *, since: datetime) -> list[SessionStart]:
        by_name = {str(service_id): service_id for service_id in service_ids}
        is_ours = SESSION.c.username.in_(by_name) & (SESSION.c.acctstarttime >= since)
        order = {"partition_by": SESSION.c.username, "order_by": (SESSION.c.acctstarttime, SESSION.c.radacctid)}
        ranked = select(SESSION, func.row_number().over(**order).label("place")).where(is_ours).subquery()
        async with self._transaction() as connection:
            found = await connection.execute(select(ranked).where(ranked.c.place == 1))
            return [
                SessionStart(
                    message_id=f"radius:{row.acctuniqueid}",
                    service_id=by_name[row.username],
                    serial=_serial(row.callingstationid),
                    port=row.nasportid or None,
                    occurred_at=row.acctstarttime,
                )
                for row in found
            ]

    def _rows(self, step: NetworkStep) -> Rows:
        if step.name != PROFILE:
            raise NetworkRefused(reason=f"RADIUS has no profile {step.name}")
        if step.attributes is None:
            return NONE
        try:
            return radius_rows.rows_of(step.attributes, self.password(step.service_id))
        except ValueError as error:
            raise NetworkRefused(reason=str(error)) from None

    async def _tell(self, session: OpenSession, username: str, wanted: Rows) -> None:
        """Let an open session follow its rows: go on with them, or end where they let nobody in or it cannot change."""
        secret = session.nas_secret.encode() if session.nas_secret else self._server.secret
        nas = Peer(host=session.nas_address, port=self._change_port, secret=secret)
        if radius_rows.SUBSCRIBERS in wanted.groups:
            reply = {attribute: value for attribute, _, value in wanted.reply}
            changed = await radius_packets.change(nas, session.name(username), reply)
            if changed.agreed or changed.has_no_session:
                return
        ended = await radius_packets.disconnect(nas, session.name(username))
        if not (ended.agreed or ended.has_no_session):
            raise NetworkRefused(reason=f"{session.nas_address} does not end session {session.session_id}")

    @asynccontextmanager
    async def _transaction(self) -> AsyncGenerator[AsyncConnection]:
        try:
            async with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise NetworkUnreachable(reason=f"FreeRADIUS's database: {type(error).__name__}") from error


async def _open_sessions(connection: AsyncConnection, username: str) -> list[OpenSession]:
    address = func.host(SESSION.c.nasipaddress) if connection.dialect.name == "postgresql" else SESSION.c.nasipaddress
    query = (
        select(address.label("nas_address"), NAS.c.secret.label("nas_secret"), SESSION.c.acctsessionid)
        .join_from(SESSION, NAS, NAS.c.nasname == address, isouter=True)
        .where(SESSION.c.username == username, SESSION.c.acctstoptime.is_(None))
        .order_by(SESSION.c.radacctid.desc())
        .limit(SESSIONS_AT_MOST)
    )
    rows = await connection.execute(query)
    return [OpenSession(nas_address=nas, nas_secret=secret, session_id=id_) for nas, secret, id_ in rows]


def _serial(calling_station: str | None) -> str | None:
    """An access server may name a line by its equipment's serial; mostly it gives a MAC address, which proves none."""
    return None if not calling_station or MAC_ADDRESS.fullmatch(calling_station) else calling_station
