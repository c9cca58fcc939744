"""Our own office: the demo operator's people over the REST API, and for a server of our own its power supply, too."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import count, cycle
from shutil import copyfile
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx

from backend.demo.site import Site
from backend.demo.story.office import Clerk, Refusal
from clients.device.identity import Identity, Tokens, new_identity, proof, public_key
from tests.conformance.office import NotOffered, Phone
from tests.factories.databases import postgres_path, put_back
from tests.factories.sites import kill

FIRST_START, LAST_START = 9, 15  # hours of the day at which every shift of the demo is under way for an hour more
DAYS_AHEAD = 5
SLOT_TAKEN = frozenset({"technician_busy", "outside_shift", "start_in_the_past"})
WORK = "REPAIR-FTTP"


@dataclass(frozen=True, kw_only=True)
class Home:
    """Where jobs are: the customer's account, the premises and their territory."""

    account: str
    premises: str
    territory: str


class Northbank:
    """The office of a running demo operator."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._agent = Clerk(url, "agent@northbank.example")
        self._supervisor = Clerk(url, "supervisor@northbank.example")
        people = self._supervisor.get("/api/v1/technicians", page_size=200)["items"]
        self._people: dict[str, Any] = {one["id"]: one for one in people}
        self._zones = {one["id"]: ZoneInfo(one["zone"]) for one in self._supervisor.get("/api/v1/territories")}
        users = self._supervisor.get("/api/v1/users")
        self._users = {user["technician_id"]: user["id"] for user in users if user["technician_id"]}
        # Only those whom the work needs; others come again when all had a turn, each time with new phones and jobs.
        self._turn = cycle([id_ for id_, one in self._people.items() if _can(one, "fibre") and id_ in self._users])
        self._starts: dict[str, Iterator[datetime]] = {}
        self._homes: dict[str, Home] = {}
        self._at: dict[str, Home] = {}
        self._keys: dict[str, tuple[Identity, Tokens]] = {}
        self._numbers = count(1)

    def close(self) -> None:
        self._agent.close()
        self._supervisor.close()

    def technician(self) -> str:
        return next(self._turn)

    def enrol(self, technician: str) -> Phone:
        code = self._supervisor.post(f"/api/v1/users/{self._users[technician]}/enrolment-codes")["code"]
        identity = new_identity()
        body = {"code": code, "public_key": public_key(identity), "name": "conformance"}
        return self._phone(identity, httpx.post(f"{self.url}/api/v1/devices", json=body))

    def give_job(self, technician: str) -> str:
        if technician not in self._homes:
            self._homes[technician] = self._home(self._people[technician]["territory_id"])
        home = self._homes[technician]
        wanted = {"cause": "trouble", "work": WORK, "premises_id": home.premises, "external_reference": "C-1"}
        job = self._supervisor.post("/api/v1/work-orders", wanted)["jobs"][0]["id"]
        self._at[job] = home
        self.reassign(job, technician)
        return job

    def reassign(self, job: str, technician: str) -> None:
        """At the technician's next free hour, and onto the phones."""
        zone = self._zones[self._people[technician]["territory_id"]]
        for start in self._starts.setdefault(technician, _hours(zone)):
            if self._is_assigned(job, technician, start):
                break
        else:
            raise AssertionError(f"technician {technician} has no free hour left")
        territory, day = self._at[job].territory, start.date().isoformat()
        self._supervisor.post(f"/api/v1/territories/{territory}/days/{day}/dispatch")

    def cancel(self, job: str) -> None:
        self._supervisor.post(f"/api/v1/jobs/{job}/cancellation", {"reason": "customer_cancelled"})

    def change(self, job: str) -> None:
        phone = f"+3589{next(self._numbers):07}"
        self._agent.patch(f"/api/v1/accounts/{self._at[job].account}", {"phone": phone})

    def cards(self, job: str) -> list[dict[str, Any]]:
        page = self._supervisor.get("/api/v1/review-cards", page_size=200)
        found = [card for card in page["items"] if card["job_id"] == job]
        while page["next_cursor"] is not None:
            page = self._supervisor.get("/api/v1/review-cards", page_size=200, cursor=page["next_cursor"])
            found += [card for card in page["items"] if card["job_id"] == job]
        return found

    def times(self, job: str) -> list[int]:
        facts = self._supervisor.get(f"/api/v1/jobs/{job}/facts")
        moves = [fact for fact in facts if fact["lifecycle"] == "job"]
        return [int(datetime.fromisoformat(fact["occurred_at"]).timestamp() * 1000) for fact in moves]

    def revoke(self, phone: Phone) -> None:
        self._supervisor.post(f"/api/v1/devices/{phone.device}/revocation")

    def renewed(self, phone: Phone) -> Phone:
        identity, tokens = self._keys[phone.device]
        signed_at = datetime.now(UTC)
        signature = proof(identity, tokens.refresh_token, signed_at)
        proven = {"signed_at": signed_at.isoformat(), "signature": signature}
        body = {"refresh_token": tokens.refresh_token, **proven}
        return self._phone(identity, httpx.post(f"{self.url}/api/v1/devices/tokens", json=body))

    def crash(self) -> None:
        raise NotOffered("this server is another's to stop")

    def backup(self) -> None:
        raise NotOffered("this server is another's to copy")

    def restore(self) -> None:
        raise NotOffered("this server is another's to set back")

    def _phone(self, identity: Identity, answer: httpx.Response) -> Phone:
        answer.raise_for_status()
        body = answer.json()
        tokens = Tokens(**{name: body[name] for name in Tokens.__struct_fields__ if name in body})
        self._keys[tokens.device_id] = identity, tokens
        return Phone(
            technician=tokens.technician_id,
            outbox=tokens.outbox_id,
            device=tokens.device_id,
            token=tokens.access_token,
        )

    def _home(self, territory: str) -> Home:
        """A customer's premises in this territory; all jobs of one technician are there."""
        contact = {"email": f"{uuid4().hex}@example.com", "phone": "+35895550000"}
        account = self._agent.post("/api/v1/accounts", {"name": "C. Asiakas", **contact})["id"]
        address = {"street": "Testikatu 1", "postcode": "00100", "city": "Helsinki"}
        place = {"latitude": 60.17, "longitude": 24.94, "territory_id": territory}
        premises = self._agent.post(f"/api/v1/accounts/{account}/premises", {**address, **place})["id"]
        return Home(account=account, premises=premises, territory=territory)

    def _is_assigned(self, job: str, technician: str, start: datetime) -> bool:
        body = {"technician_id": technician, "start": start.isoformat()}
        try:
            self._supervisor.post(f"/api/v1/jobs/{job}/assignment", body)
        except Refusal as refusal:
            if refusal.code in SLOT_TAKEN:
                return False
            raise
        return True


class OwnServer(Northbank):
    """A site of the tests' own, which can be killed and set back as well."""

    def __init__(self, site: Site) -> None:
        super().__init__(site.url)
        self._site = site
        self._copy = site.home / "backup"

    def crash(self) -> None:
        kill(self._site, "web")
        self._site.revive()

    def backup(self) -> None:
        self._truckroll("backup", str(self._copy))

    def restore(self) -> None:
        kill(self._site, "web")
        if self._site.database:
            put_back(self._site.database, self._copy)
        else:
            live = self._site.home / "truckroll.db"
            for rest in ("-wal", "-shm"):
                live.with_name(f"{live.name}{rest}").unlink(missing_ok=True)
            copyfile(self._copy, live)
        self._truckroll("restored")
        self._site.revive()

    def _truckroll(self, *words: str) -> None:
        """A command of the operator, on this site."""
        environment = os.environ | self._site.environment | {"PATH": postgres_path()}
        subprocess.run([sys.executable, "-m", "backend.cli", *words], env=environment, check=True, capture_output=True)


def _can(technician: dict[str, Any], skill: str) -> bool:
    return any(one["code"] == skill for one in technician["skills"])


def _hours(zone: ZoneInfo) -> Iterator[datetime]:
    """Full hours of the coming days, in the technician's own zone."""
    today: date = datetime.now(zone).date()
    for day in (today + timedelta(days=n) for n in range(1, DAYS_AHEAD + 1)):
        for hour in range(FIRST_START, LAST_START + 1):
            yield datetime.combine(day, time(hour), zone)
