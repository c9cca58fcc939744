"""The environment as one frozen struct, checked at start. Every variable begins with TRUCKROLL_."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec


class BadSetting(ValueError):
    """A variable of the environment cannot be meant as it is; the text says which and why."""


SHORTEST_SECRET = 32
Secret = Annotated[str, msgspec.Meta(pattern=rf"^(.{{{SHORTEST_SECRET},}})?$")]
"""A text that nobody guesses, or nothing."""

LeaseHours = Annotated[int, msgspec.Meta(ge=8, le=14 * 24)]


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a deployment chooses. Field `x_y` is the variable TRUCKROLL_X_Y.

    osrm_url, valhalla_url, openrouteservice_url: one of them, else `streets`. roads_table_limit: how much that server allows in
    one table: places for OSRM, pairs for the others; 0 = as it is set unless somebody changed it. traffic_zone: IANA, where Valhalla
    knows traffic by the hour.

    billing_answer_seconds: how long billing may take for a callback, 0.1 to 60. private_hosts: names or addresses, with
    commas between, that we may call although they are inside our own network.

    push_key: at least 32 characters that nobody guesses: with it phones are notified by Web Push, under a key that it seals.
    log_in_key: likewise: with it people of the office may log in with a second factor, whose secrets it seals.

    sms_url: of a provider of text messages, who gets each by POST; sms_token: ours there; sms_sender: what telephones show.

    lease_hours: how long a phone may be worked with since it last heard from the server, 8 to 336. minimum_schema: an
    app that speaks an older one may still push and is asked to update before it pulls. sync_requests_per_second: of one
    phone or browser, for each web process. network_url: of an orchestrator that speaks TMF640. radius_database: FreeRADIUS's own; with it, RADIUS has the subscribers and
    `network` the rest. radius_password_key: from which their passwords are made. promise_policy: what a broken window
    costs, a pack of `promises/packs`. return_policy: by when equipment is wanted back and what it costs when it does not
    come, a pack of `returns/packs`. delay_policy: when a customer is told that a visit will be late, a pack of
    `dispatch/delay_packs`. solver_processes: how many territories a worker solves at once, each on a core of its own.
    """

    data_dir: Path = Path("var")
    database: str = ""
    base_url: str = "http://127.0.0.1:8000"
    demo: bool = False
    operator_name: str = "truckroll"
    streets: str = ""
    osrm_url: str = ""
    valhalla_url: str = ""
    traffic_zone: str = ""
    openrouteservice_url: str = ""
    openrouteservice_key: str = ""
    roads_table_limit: Annotated[int, msgspec.Meta(ge=0, le=10_000_000)] = 0
    billing_url: str = ""
    billing_signing_key: str = ""
    billing_answer_seconds: Annotated[float, msgspec.Meta(ge=0.1, le=60.0)] = 10.0
    private_hosts: str = ""
    promise_policy: str = "none"
    return_policy: str = "none"
    delay_policy: str = "standard"
    network: Literal["", "simulator", "http"] = ""
    network_url: str = ""
    network_token: str = ""
    radius_database: str = ""
    radius_server: str = "127.0.0.1:1812"
    radius_secret: str = ""
    radius_password_key: str = ""
    push_key: Secret = ""
    log_in_key: Secret = ""
    smtp_host: str = ""
    smtp_port: int = 25
    mail_from: str = "no-reply@truckroll.invalid"
    sms_url: str = ""
    sms_token: str = ""
    sms_sender: str = "truckroll"
    lease_hours: LeaseHours = 72
    minimum_schema: Annotated[int, msgspec.Meta(ge=1)] = 1
    solver_processes: Annotated[int, msgspec.Meta(ge=1, le=64)] = 1
    sync_requests_per_second: Annotated[float, msgspec.Meta(gt=0)] = 50.0

    @property
    def allowed_hosts(self) -> frozenset[str]:
        """The private hosts, one by one."""
        return frozenset(host.strip().lower() for host in self.private_hosts.split(",") if host.strip())

    @property
    def database_url(self) -> str:
        """The database that was named, else SQLite in the data directory."""
        return self.database or f"sqlite:///{self.data_dir / 'truckroll.db'}"


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of this environment. Raises BadSetting for a value of the wrong type, naming the variable."""
    given = {
        field.name: _read(variable, environment[variable], field.type)
        for field in msgspec.structs.fields(Settings)
        if (variable := f"TRUCKROLL_{field.name.upper()}") in environment
    }
    return Settings(**given)


def _read(variable: str, text: str, kind: Any) -> Any:
    try:
        return msgspec.convert(text, kind, strict=False, dec_hook=lambda kind, value: kind(value))
    except msgspec.ValidationError as error:
        raise BadSetting(f"{variable}={text!r}: {error}") from None
