"""Road travel times from OSRM, in this process or from a server: one table request, cut into tiles, read alike.

In process: the package `osrm-bindings` (Python 3.12 or newer) brings the engine and the programs that prepare an OpenStreetMap extract.
Over HTTP: any `osrm-routed`; its table service is described at https://project-osrm.org/docs/v5.24.0/api/#table-service.
OSRM knows no traffic: `depart_at` changes nothing.
"""

import asyncio
import hashlib
import importlib
import importlib.metadata
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from backend.adapters.roads_tables import MAX_SNAP_M, SERVER_TIMEOUT_SECONDS, Table, side_by_places, tiled
from scheduling.travel import Place, TravelMatrix, TravelTimesUnavailable

OSRM = "osrm"
# In process nothing limits a table but memory and how long the engine is busy: a million cells take about a second.
IN_PROCESS_TABLE_LIMIT = 1_000
# What `osrm-routed` allows unless it is started with another --max-table-size.
SERVER_TABLE_LIMIT = 100
# A country takes minutes to prepare; longer means that the machine is too small for it.
PREPARE_TIMEOUT_SECONDS = 3_600


class OsrmRoads:
    """The port `TravelTimes` by the engine in this process, over data that `prepare_extract` made."""

    def __init__(self, data: Path) -> None:
        """data: what prepare_extract returned. Raises TravelTimesUnavailable when the engine or the data is missing."""
        self.bindings = _bindings()
        try:
            self.engine = self.bindings.OSRM(
                storage_config=str(data),
                algorithm="MLD",
                use_shared_memory=False,
                max_locations_distance_table=IN_PROCESS_TABLE_LIMIT,
            )
        except RuntimeError as error:
            raise TravelTimesUnavailable(f"OSRM cannot read {data}: {error}") from error

    async def matrix(self, places: Sequence[Place], depart_at: datetime) -> TravelMatrix:
        """All pairs. Raises TravelTimesUnavailable when the engine refuses, ValueError above MAX_PLACES."""
        side = side_by_places(len(places), IN_PROCESS_TABLE_LIMIT)
        return await tiled(places, self._ask, side=side, source=OSRM)

    async def _ask(self, places: Sequence[Place], sources: range, destinations: range) -> Table:
        return await asyncio.to_thread(self._table, places, sources, destinations)

    def _table(self, places: Sequence[Place], sources: range, destinations: range) -> Table:
        parameters = self.bindings.TableParameters(
            coordinates=[(place.lon, place.lat) for place in places],
            sources=list(sources),
            destinations=list(destinations),
            annotations=["duration", "distance"],
            generate_hints=False,
        )
        try:
            return _read(self.engine.Table(parameters))
        except RuntimeError as error:
            raise TravelTimesUnavailable(f"OSRM refused a table: {error}") from error


class OsrmHttpRoads:
    """The port `TravelTimes` by an `osrm-routed` server."""

    def __init__(self, http: httpx.AsyncClient, address: str, *, table_limit: int = SERVER_TABLE_LIMIT) -> None:
        """address: such as "http://localhost:5000". table_limit: the server's --max-table-size, at least 2."""
        self._http, self._address, self._table_limit = http, address.rstrip("/"), table_limit

    async def matrix(self, places: Sequence[Place], depart_at: datetime) -> TravelMatrix:
        """All pairs. Raises TravelTimesUnavailable when the server is away or refuses, ValueError above MAX_PLACES."""
        side = side_by_places(len(places), self._table_limit)
        return await tiled(places, self._ask, side=side, source=OSRM)

    async def _ask(self, places: Sequence[Place], sources: range, destinations: range) -> Table:
        coordinates = ";".join(f"{place.lon:.6f},{place.lat:.6f}" for place in places)
        query = {
            "sources": ";".join(map(str, sources)),
            "destinations": ";".join(map(str, destinations)),
            "annotations": "duration,distance",
            "generate_hints": "false",
        }
        try:
            response = await self._http.get(
                f"{self._address}/table/v1/driving/{coordinates}", params=query, timeout=SERVER_TIMEOUT_SECONDS
            )
            answer = response.json()
            if answer["code"] != "Ok":
                raise TravelTimesUnavailable(f"OSRM answered {answer['code']}: {answer.get('message', '')}")
            return _read(answer)
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise TravelTimesUnavailable(f"OSRM at {self._address} gave no table: {error!r}") from error


def prepare_extract(extract: Path, cache: Path) -> Path:
    """Prepare an OpenStreetMap extract (.osm.pbf) for cars, once, and return what OsrmRoads and osrm-routed read.

    cache: a directory for prepared data, made when missing. The name of what is in it comes from the extract's bytes and the
    engine's version, and it appears complete or not at all; of two processes that prepare at once, one throws its work away.
    Blocks for half a second for a town. Raises TravelTimesUnavailable when a program fails.
    """
    package = Path(_bindings().__file__).parent
    prepared = cache / f"osrm-car-{_fingerprint(extract)}"
    if not prepared.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache, prefix="preparing-") as work:
            streets = Path(work) / "car" / "streets.osm.pbf"
            streets.parent.mkdir()
            shutil.copyfile(extract, streets)
            _run(package / "bin" / "osrm-extract", "-p", package / "share" / "profiles" / "car.lua", streets)
            streets.unlink()
            for program in ("osrm-partition", "osrm-customize"):
                _run(package / "bin" / program, streets.with_name("streets.osrm"))
            _publish(streets.parent, prepared)
    return prepared / "streets.osrm"


def _bindings() -> Any:
    try:
        return importlib.import_module("osrm")
    except ImportError as error:
        raise TravelTimesUnavailable(
            "the package osrm-bindings is missing (it needs Python 3.12 or newer): install it, or use an OSRM server"
        ) from error


def _fingerprint(extract: Path) -> str:
    version = importlib.metadata.version("osrm-bindings")
    return hashlib.sha256(version.encode() + b"\0" + extract.read_bytes()).hexdigest()[:16]


def _run(program: Path, *arguments: object) -> None:
    command = [str(program), *map(str, arguments)]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=PREPARE_TIMEOUT_SECONDS)
    except subprocess.CalledProcessError as error:
        said = (error.stdout + error.stderr).strip().splitlines()[-1:]
        raise TravelTimesUnavailable(f"{program.name} failed: {''.join(said)}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise TravelTimesUnavailable(f"{program.name} did not run: {error}") from error


def _publish(work: Path, prepared: Path) -> None:
    try:
        work.rename(prepared)
    except OSError:
        # Another process was first; its directory holds the same.
        if not prepared.exists():
            raise


def _read(answer: Any) -> Table:
    """OSRM's own object and decoded JSON read alike: both are indexed by name and iterated in order."""
    return Table(
        durations_s=[list(row) for row in answer["durations"]],
        distances_m=[list(row) for row in answer["distances"]],
        sources_off_map=[float(place["distance"]) > MAX_SNAP_M for place in answer["sources"]],
        destinations_off_map=[float(place["distance"]) > MAX_SNAP_M for place in answer["destinations"]],
    )
