"""A territory of its own whose day is under way, whatever the clock says: it lies in a zone where it is ten in the morning now."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any
from uuid import UUID, uuid4

from backend.demo.places import place_near
from backend.demo.story.office import Clerk
from backend.demo.story.scene import Scene
from scheduling.travel import Place

CODE, CENTRE = "UNDERWAY", (60.1690, 24.9400)
TEAM = {901: "Sanna Aalto", 902: "Ville Koski", 903: "Outi Salo"}
STREETS = ("Kaivokatu", "Fredrikinkatu", "Albertinkatu", "Eerikinkatu", "Kalevankatu", "Uudenmaankatu")
TEN, AFTERNOON = 10, (13, 14, 15)
SEARCHING = frozenset({"queued", "running"})

Plan = dict[str, tuple[str | None, str | None]]


@dataclass(frozen=True, kw_only=True)
class RunningDay:
    """Everybody has a shift from 8 to 18; two of them have three jobs each in the afternoon, and nobody has set off.

    scene: its territory and day, for whoever logs in; names: of technicians by id; premises: ids, one for each street.
    """

    scene: Scene
    names: dict[str, str]
    premises: list[str]

    @property
    def territory_id(self) -> str:
        return self.scene.ids["territory"]

    @property
    def day(self) -> str:
        return self.scene.facts["day"]

    @property
    def plan(self) -> Plan:
        """Who has each job, and from when on; ids of jobs → technician, start."""
        jobs = self.scene.supervisor.get("/api/v1/jobs", territory_id=self.territory_id, page_size=200)["items"]
        return {job["id"]: (job["technician_id"], job["planned_start"]) for job in jobs if job["state"] == "pending"}

    @property
    def busiest(self) -> str:
        """Who has most jobs."""
        having = [technician for technician, _ in self.plan.values() if technician]
        return max(sorted(set(having)), key=having.count)

    def job(self, job_id: str) -> dict[str, Any]:
        return self.scene.supervisor.get(f"/api/v1/jobs/{job_id}")

    def place(self, work: str, number: int) -> dict[str, Any]:
        """One more job that nobody has, at one of the premises."""
        wanted = {"cause": "trouble", "work": work, "premises_id": self.premises[number], "external_reference": "T-1"}
        return self.scene.supervisor.post("/api/v1/work-orders", wanted)["jobs"][0]

    def keep(self) -> None:
        """Let the day be searched once, as in the morning, so that it is kept as it is; nothing of that is done."""
        body = {"territory_id": self.territory_id, "day": self.day, "seconds": 1, "seed": 1}
        run = f"/api/v1/optimisation-runs/{self.scene.supervisor.post('/api/v1/optimisation-runs', body)['id']}"
        self.scene.until("a plan", lambda: self.scene.supervisor.get(run)["state"] not in SEARCHING)
        self.scene.supervisor.post(f"{run}/discard")

    def yesterday(self) -> str:
        """What is kept of this day is kept of the day before as well, as if all of it had been a day sooner; its date."""
        day = date.fromisoformat(self.day)
        before = str(day - timedelta(days=1))
        with closing(sqlite3.connect(self.scene.site.home / "truckroll.db", timeout=10)) as connection, connection:
            found = "SELECT territory_id, taken_at, situation FROM day_inputs WHERE territory_id = ? AND day = ?"
            [row] = connection.execute(found, (UUID(self.territory_id).hex, self.day)).fetchall()
            territory_id, taken_at, situation = row
            for ahead in (-1, 0, 1):  # the earliest first: no date is moved twice
                situation = situation.replace(str(day + timedelta(days=ahead)), str(day + timedelta(days=ahead - 1)))
            connection.execute(
                "INSERT INTO day_inputs (id, territory_id, day, taken_at, situation) VALUES (?, ?, ?, ?, ?)",
                (uuid4().hex, territory_id, before, taken_at, situation),
            )
        return before


def begin(scene: Scene, now: datetime) -> RunningDay:
    """Set the territory up, with its people and jobs. now: an aware instant."""
    ahead = (TEN - now.astimezone(UTC).hour + 12) % 24 - 12
    day = str(now.astimezone(timezone(timedelta(hours=ahead))).date())
    with closing(Clerk(scene.url, "admin@northbank.example")) as admin:
        master_data = _master_data(
            f"Etc/GMT{-ahead:+d}", day, [place_near(scene.random, *CENTRE) for _ in TEAM]
        )  # its signs are those of POSIX
        admin.post("/api/v1/master-data-imports", {"master_data": master_data})
    territories = scene.supervisor.get("/api/v1/territories")
    scene.ids["territory"] = next(one["id"] for one in territories if one["code"] == CODE)
    scene.facts["day"] = day
    team = scene.supervisor.get("/api/v1/technicians")["items"]
    names = {one["id"]: one["name"] for one in team if one["number"] in TEAM}
    running = RunningDay(scene=scene, names=names, premises=_premises(scene))
    jobs = [running.place("UPGRADE-CPE", number) for number in range(len(running.premises))]
    running.keep()
    midnight = datetime.combine(date.fromisoformat(day), time(), timezone(timedelta(hours=ahead)))
    for number, job in enumerate(jobs):
        start = midnight + timedelta(hours=AFTERNOON[number // 2])
        body = {"technician_id": list(names)[number % 2], "start": start.isoformat()}
        scene.supervisor.post(f"/api/v1/jobs/{job['id']}/assignment", body)
    return running


def _master_data(zone: str, day: str, homes: Sequence[Place]) -> dict[str, Any]:
    latitude, longitude = CENTRE
    place = {"code": CODE, "name": "Day under way", "zone": zone, "latitude": latitude, "longitude": longitude}
    team = [
        {
            "number": number,
            "name": name,
            "organisation": "Northbank Fibre",
            "territory": CODE,
            "home_latitude": home.lat,
            "home_longitude": home.lon,
        }
        for (number, name), home in zip(TEAM.items(), homes, strict=True)
    ]
    skills = [{"technician": number, "skill": code, "level": 2} for number in TEAM for code in ("fibre", "indoor")]
    always = {"first_day": day, "last_day": day, "weekdays": [1, 2, 3, 4, 5, 6, 7]}
    rosters = [{"technician": number, "starts": "08:00:00", "ends": "18:00:00", **always} for number in TEAM]
    return {"territories": [place], "technicians": team, "technician_skills": skills, "rosters": rosters}


def _premises(scene: Scene) -> list[str]:
    """A house in each street, of one customer."""
    account = scene.agent.post("/api/v1/accounts", {"name": "Pirkko Virta", "phone": "+358955501234"})
    homes = f"/api/v1/accounts/{account['id']}/premises"
    address = {"postcode": "00100", "city": "Helsinki", "territory_id": scene.ids["territory"]}
    spots = [place_near(scene.random, *CENTRE) for _ in STREETS]
    return [
        scene.agent.post(homes, {"street": f"{street} 7", "latitude": spot.lat, "longitude": spot.lon, **address})["id"]
        for street, spot in zip(STREETS, spots, strict=True)
    ]
