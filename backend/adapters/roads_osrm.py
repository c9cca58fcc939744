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
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from numpy.typing import NDArray

from scheduling.travel import MAX_PLACES, NO_SOURCE, UNREACHABLE, Place, TravelMatrix, TravelTimesUnavailable

OSRM = "osrm"
SOURCES = (OSRM, NO_SOURCE)
# A place farther from every street than this is not on the map: OSRM would give it the times of wherever it snapped to.
MAX_SNAP_M = 500.0
# In process nothing limits a table but memory and how long the engine is busy: a million cells take about a second.
IN_PROCESS_TABLE_LIMIT = 1_000
# What `osrm-routed` allows unless it is started with another --max-table-size.
SERVER_TABLE_LIMIT = 100
SERVER_TIMEOUT_SECONDS = 30.0
# A country takes minutes to prepare; longer means that the machine is too small for it.
PREPARE_TIMEOUT_SECONDS = 3_600


@dataclass(frozen=True, slots=True)
class _Table:
    """OSRM's answer for some sources (rows) and destinations (columns); None = no way; snaps in metres off the street."""

    durations_s: list[list[float | None]]
    distances_m: list[list[float | None]]
    source_snaps_m: list[float]
    destination_snaps_m: list[float]


# Asks for one tile: all its coordinates, and which of them are sources and destinations.
_Ask = Callable[[Sequence[Place], range, range], Awaitable[_Table]]


class OsrmRoads:
    """The port `TravelTimes` by the engine in this process, over data that `prepare_extract` made."""

    def __init__(self, data: Path) -> None:
        """data: what prepare_extract returned. Raises TravelTimesUnavailable when the engine or the data is missing."""
        self._osrm = _bindings()
        try:
            self._engine = self._osrm.OSRM(
                storage_config=str(data),
                algorithm="MLD",
                use_shared_memory=False,
                max_locations_distance_table=IN_PROCESS_TABLE_LIMIT,
            )
        except RuntimeError as error:
            raise TravelTimesUnavailable(f"OSRM cannot read {data}: {error}") from error

    async def matrix(self, places: Sequence[Place], depart_at: datetime) -> TravelMatrix:
        """All pairs. Raises TravelTimesUnavailable when the engine refuses, ValueError above MAX_PLACES."""
        return await _tiled(places, IN_PROCESS_TABLE_LIMIT, self._ask)

    async def _ask(self, places: Sequence[Place], sources: range, destinations: range) -> _Table:
        return await asyncio.to_thread(self._table, places, sources, destinations)

    def _table(self, places: Sequence[Place], sources: range, destinations: range) -> _Table:
        parameters = self._osrm.TableParameters(
            coordinates=[(place.lon, place.lat) for place in places],
            sources=list(sources),
            destinations=list(destinations),
            annotations=["duration", "distance"],
            generate_hints=False,
        )
        try:
            return _read(self._engine.Table(parameters))
        except RuntimeError as error:
            raise TravelTimesUnavailable(f"OSRM refused a table: {error}") from error


class OsrmHttpRoads:
    """The port `TravelTimes` by an `osrm-routed` server."""

    def __init__(self, http: httpx.AsyncClient, address: str, *, table_limit: int = SERVER_TABLE_LIMIT) -> None:
        """address: such as "http://localhost:5000". table_limit: the server's --max-table-size, at least 2."""
        self._http, self._address, self._table_limit = http, address.rstrip("/"), table_limit

    async def matrix(self, places: Sequence[Place], depart_at: datetime) -> TravelMatrix:
        """All pairs. Raises TravelTimesUnavailable when the server is away or refuses, ValueError above MAX_PLACES."""
        return await _tiled(places, self._table_limit, self._ask)

    async def _ask(self, places: Sequence[Place], sources: range, destinations: range) -> _Table:
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


async def _tiled(places: Sequence[Place], limit: int, ask: _Ask) -> TravelMatrix:
    """Put a matrix together from tables of at most `limit` coordinates each."""
    if len(places) > MAX_PLACES:
        raise ValueError(f"{len(places)} places exceed the limit of {MAX_PLACES}: split them by territory")
    seconds = np.full((len(places), len(places)), UNREACHABLE, dtype=np.int64)
    metres = seconds.copy()
    off_map = np.zeros(len(places), dtype=np.bool_)
    for rows, columns in _tiles(len(places), limit):
        wanted = list(dict.fromkeys([*rows, *columns]))
        sources, destinations = range(len(rows)), range(len(wanted) - len(columns), len(wanted))
        table = await ask([places[index] for index in wanted], sources, destinations)
        seconds[rows.start : rows.stop, columns.start : columns.stop] = _whole(table.durations_s)
        metres[rows.start : rows.stop, columns.start : columns.stop] = _whole(table.distances_m)
        off_map[rows.start : rows.stop] = np.array(table.source_snaps_m) > MAX_SNAP_M
        off_map[columns.start : columns.stop] = np.array(table.destination_snaps_m) > MAX_SNAP_M
    return _matrix(seconds, metres, off_map)


def _tiles(count: int, limit: int) -> Iterable[tuple[range, range]]:
    """Blocks of rows and columns with no more than `limit` places together; one block when everything fits."""
    size = count if count <= limit else limit // 2
    blocks = [range(start, min(start + size, count)) for start in range(0, count, size or 1)]
    return ((rows, columns) for rows in blocks for columns in blocks)


def _matrix(seconds: NDArray[np.int64], metres: NDArray[np.int64], off_map: NDArray[np.bool_]) -> TravelMatrix:
    """Forget the figures of places that are not on the map; a place is always at no distance from itself."""
    unknown = off_map[:, None] | off_map[None, :]
    np.fill_diagonal(unknown, val=False)
    for figures in (seconds, metres):
        figures[unknown] = UNREACHABLE
        np.fill_diagonal(figures, 0)
    return TravelMatrix(seconds=seconds, metres=metres, sources=SOURCES, source_index=unknown.astype(np.uint8))


def _whole(figures: list[list[float | None]]) -> NDArray[np.int64]:
    rows = [[UNREACHABLE if figure is None else round(figure) for figure in row] for row in figures]
    return np.array(rows, dtype=np.int64)


def _read(answer: Any) -> _Table:
    """OSRM's own object and decoded JSON read alike: both are indexed by name and iterated in order."""
    return _Table(
        durations_s=[list(row) for row in answer["durations"]],
        distances_m=[list(row) for row in answer["distances"]],
        source_snaps_m=[float(place["distance"]) for place in answer["sources"]],
        destination_snaps_m=[float(place["distance"]) for place in answer["destinations"]],
    )
