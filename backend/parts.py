"""What both processes are made of: the database with its hooks, and an adapter behind every port.

Which supplier stands behind a port is decided here, from the settings, and nowhere else.
"""

import logging
import secrets
import ssl
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from zoneinfo import available_timezones

import httpx

from backend.adapters.activation_http import ActivationHttp
from backend.adapters.activation_radius import PROFILE as RADIUS_PROFILE
from backend.adapters.activation_radius import RadiusNetwork
from backend.adapters.activation_simulator import ActivationSimulator
from backend.adapters.activation_split import SplitNetwork
from backend.adapters.billing_webhook import BillingWebhook
from backend.adapters.blobs_local import LocalBlobs
from backend.adapters.http_guard import PublicOnly
from backend.adapters.http_lines import Lines
from backend.adapters.map_none import NoMap
from backend.adapters.map_osrm import OsrmHttpMap, OsrmMap
from backend.adapters.notify_email import MailFolder, SmtpMail
from backend.adapters.notify_sms import SmsHttp
from backend.adapters.notify_webpush import WebPush
from backend.adapters.radius_packets import Peer
from backend.adapters.roads_by_hour import SlowestHourRoads
from backend.adapters.roads_cached import CachedRoads
from backend.adapters.roads_fallback import FallbackRoads
from backend.adapters.roads_great_circle import GreatCircleRoads
from backend.adapters.roads_openrouteservice import SERVER_PAIR_LIMIT as OPENROUTESERVICE_PAIR_LIMIT
from backend.adapters.roads_openrouteservice import OpenRouteServiceRoads
from backend.adapters.roads_osrm import SERVER_TABLE_LIMIT as OSRM_TABLE_LIMIT
from backend.adapters.roads_osrm import OsrmHttpRoads, OsrmRoads, prepare_extract
from backend.adapters.roads_valhalla import SERVER_PAIR_LIMIT as VALHALLA_PAIR_LIMIT
from backend.adapters.roads_valhalla import ValhallaRoads
from backend.billing.keys import KeyRing
from backend.booking.documents import DOCUMENTS as BOOKING
from backend.dispatch.documents import DOCUMENTS as DISPATCH
from backend.identity.second_factors import SecondFactors
from backend.inventory.documents import DOCUMENTS as INVENTORY
from backend.jobs.documents import DOCUMENTS as JOBS
from backend.kernel.audit import write_audit
from backend.kernel.clock import Clock, SystemClock
from backend.kernel.db import Database, make_engine, open_database
from backend.kernel.feed import Feed
from backend.notifications.keys import PushKeys
from backend.ports import Billing, Blobs, Mail, Network, Push, RoadMap, SessionLog, TextMessages, TravelTimes
from backend.settings import BadSetting, Settings
from backend.workforce.documents import DOCUMENTS as WORKFORCE
from scheduling.travel import TravelTimesUnavailable

log = logging.getLogger(__name__)

FEED = Feed.of(*WORKFORCE, *INVENTORY, *JOBS, *DISPATCH, *BOOKING)
BEFORE_COMMIT = (write_audit, FEED.write)
ROADS_TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True)
class Parts:
    """The opened parts of one process. texts, network, sessions, billing, push: None where the deployment has none yet."""

    settings: Settings
    clock: Clock
    database: Database
    roads: TravelTimes
    road_map: RoadMap
    blobs: Blobs
    mail: Mail
    texts: TextMessages | None
    network: Network | None
    sessions: SessionLog | None
    billing: Billing | None
    push: Push | None
    feed: Feed = FEED


@asynccontextmanager
async def open_parts(settings: Settings, *, clock: Clock | None = None) -> AsyncGenerator[Parts]:
    """Open everything that `settings` names, and close it in the end."""
    clock = clock or SystemClock()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        database = await open_database(settings.database_url, clock=clock, before_commit=BEFORE_COMMIT)
        stack.push_async_callback(database.close)
        client = httpx.AsyncClient(verify=_trusted(), timeout=ROADS_TIMEOUT_SECONDS)
        await stack.enter_async_context(client)
        radius = _radius(settings, clock)
        if radius is not None:
            stack.push_async_callback(radius.close)
        known = _known_roads(settings, client)
        yield Parts(
            settings=settings,
            clock=clock,
            database=database,
            roads=_roads(known, clock),
            road_map=_road_map(known, settings, client),
            blobs=LocalBlobs(settings.data_dir / "blobs"),
            mail=_mail(settings, clock),
            texts=_texts(settings, client),
            network=_network(settings, clock, client, radius),
            sessions=radius,
            billing=await _billing(settings, database, stack),
            push=await _push(settings, database, stack),
        )


@cache
def _trusted() -> ssl.SSLContext:
    """The certificates that others are believed by: to read them takes longer than to open all other parts."""
    return httpx.create_ssl_context()


def _known_roads(settings: Settings, client: httpx.AsyncClient) -> TravelTimes | None:
    """Real roads where there are any."""
    try:
        return _real_roads(settings, client)
    except TravelTimesUnavailable as reason:
        log.warning("driving times are estimates only: %s", reason)
        return None


def _roads(known: TravelTimes | None, clock: Clock) -> TravelTimes:
    """Real roads, remembered for an hour, with estimates for what they do not know."""
    estimates = GreatCircleRoads()
    return estimates if known is None else FallbackRoads(CachedRoads(known, clock), estimates, clock)


def _road_map(known: TravelTimes | None, settings: Settings, client: httpx.AsyncClient) -> RoadMap:
    """Of the same roads. Valhalla and openrouteservice have no tiles."""
    if isinstance(known, OsrmRoads):
        return OsrmMap(known)
    return OsrmHttpMap(client, settings.osrm_url) if settings.osrm_url else NoMap()


def _real_roads(settings: Settings, client: httpx.AsyncClient) -> TravelTimes | None:
    """The one server that is named, else the engine in this process. Raises TravelTimesUnavailable, BadSetting."""
    limit = settings.roads_table_limit
    servers: list[TravelTimes] = []
    if url := settings.osrm_url:
        servers.append(OsrmHttpRoads(client, url, table_limit=limit or OSRM_TABLE_LIMIT))
    if url := settings.valhalla_url:
        servers.append(_valhalla(client, url, limit or VALHALLA_PAIR_LIMIT, settings.traffic_zone))
    if url := settings.openrouteservice_url:
        key, pair_limit = settings.openrouteservice_key, limit or OPENROUTESERVICE_PAIR_LIMIT
        servers.append(OpenRouteServiceRoads(client, url, key=key, pair_limit=pair_limit))
    if len(servers) > 1:
        raise BadSetting("name one of TRUCKROLL_OSRM_URL, TRUCKROLL_VALHALLA_URL and TRUCKROLL_OPENROUTESERVICE_URL")
    if settings.traffic_zone and not settings.valhalla_url:
        raise BadSetting(
            "TRUCKROLL_TRAFFIC_ZONE is for TRUCKROLL_VALHALLA_URL: no other server knows traffic by the hour"
        )
    if servers:
        return servers[0]
    if settings.streets:
        return OsrmRoads(prepare_extract(Path(settings.streets), settings.data_dir / "roads"))
    return None


def _valhalla(client: httpx.AsyncClient, url: str, pair_limit: int, zone: str) -> TravelTimes:
    """With a zone, at the slowest hour of the day there. Raises BadSetting."""
    if not zone:
        return ValhallaRoads(client, url, pair_limit=pair_limit)
    if zone not in available_timezones():
        raise BadSetting(f"TRUCKROLL_TRAFFIC_ZONE {zone!r} is no zone of the IANA database, such as Europe/Helsinki")
    return SlowestHourRoads(ValhallaRoads(client, url, pair_limit=pair_limit, zone=zone), zone)


def _mail(settings: Settings, clock: Clock) -> Mail:
    if settings.smtp_host:
        return SmtpMail(settings.smtp_host, settings.smtp_port, sender=settings.mail_from, clock=clock)
    return MailFolder(settings.data_dir / "mail", sender=settings.mail_from, clock=clock)


def _texts(settings: Settings, client: httpx.AsyncClient) -> TextMessages | None:
    if not settings.sms_url:
        return None
    return SmsHttp(client, settings.sms_url, token=settings.sms_token, sender=settings.sms_sender)


def _network(
    settings: Settings, clock: Clock, client: httpx.AsyncClient, radius: RadiusNetwork | None
) -> Network | None:
    """One network of all systems that are named: each profile goes to the one that has it."""
    others = _others(settings, clock, client)
    return others if radius is None else SplitNetwork({RADIUS_PROFILE: radius}, others=others)


def _others(settings: Settings, clock: Clock, client: httpx.AsyncClient) -> Network | None:
    """The system that has all profiles but those that have one of their own."""
    match settings.network:
        case "simulator":
            return ActivationSimulator(settings.data_dir / "network-simulator.db", clock)
        case "http" if settings.network_url:
            url = settings.network_url.rstrip("/")
            return ActivationHttp(client, url, token=settings.network_token, clock=clock)
        case "http":
            raise BadSetting("TRUCKROLL_NETWORK=http needs TRUCKROLL_NETWORK_URL")
    return None


def _radius(settings: Settings, clock: Clock) -> RadiusNetwork | None:
    if not settings.radius_database:
        return None
    if not (settings.radius_secret and settings.radius_password_key):
        raise BadSetting("TRUCKROLL_RADIUS_DATABASE needs TRUCKROLL_RADIUS_SECRET and TRUCKROLL_RADIUS_PASSWORD_KEY")
    host, _, port = settings.radius_server.rpartition(":")
    return RadiusNetwork(
        make_engine(settings.radius_database),
        server=Peer(host=host, port=int(port), secret=settings.radius_secret.encode()),
        password_key=settings.radius_password_key.encode(),
        clock=clock,
    )


async def _billing(settings: Settings, database: Database, stack: AsyncExitStack) -> Billing | None:
    if not settings.billing_url:
        return None
    trusted = httpx.create_ssl_context()  # read once: it takes longer than a hundred calls
    lines = Lines(lambda: httpx.AsyncHTTPTransport(verify=trusted, limits=httpx.Limits(max_connections=1)))
    guarded = PublicOnly(lines, allowed_hosts=settings.allowed_hosts)
    return BillingWebhook(
        client=await stack.enter_async_context(httpx.AsyncClient(transport=guarded, trust_env=False)),
        url=settings.billing_url,
        keys=KeyRing(database, settings.billing_signing_key).signing,
        clock=database.clock,
        answer_seconds=settings.billing_answer_seconds,
    )


def second_factors(settings: Settings) -> SecondFactors | None:
    """None where nobody has a second factor."""
    return SecondFactors(settings.log_in_key, random_bytes=secrets.token_bytes) if settings.log_in_key else None


def push_keys(settings: Settings, database: Database) -> PushKeys | None:
    """The key by which push services know us; None where nobody is notified."""
    return PushKeys(database, settings.push_key, random_bytes=secrets.token_bytes) if settings.push_key else None


async def _push(settings: Settings, database: Database, stack: AsyncExitStack) -> Push | None:
    """The addresses are named by browsers, so that none in our own network is called."""
    keys = push_keys(settings, database)
    if keys is None:
        return None
    guarded = PublicOnly(httpx.AsyncHTTPTransport(verify=_trusted()), allowed_hosts=settings.allowed_hosts)
    return WebPush(
        client=await stack.enter_async_context(httpx.AsyncClient(transport=guarded, trust_env=False)),
        key=keys.current,
        contact=f"mailto:{settings.mail_from}",
        clock=database.clock,
        random_bytes=secrets.token_bytes,
    )
