"""What the command line shows of a device. A document may lack any field: it is another program's."""

from collections import Counter
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from clients.device.device import Device
from clients.device.store import DeviceStore
from clients.device.van import FOR_USE, units_in
from sync.outbox import Entry
from sync.protocol import NEEDS_ATTENTION, JsonObject, MutationState

COLOURS = {
    MutationState.APPLIED: "green",
    MutationState.MERGED: "green",
    MutationState.DUPLICATE: "green",
    MutationState.CONFLICT: "yellow",
    MutationState.QUARANTINED: "yellow",
    MutationState.REJECTED: "red",
    MutationState.RETRY: "yellow",
}
RECORDS = ("to_recover", "notes", "measurements", "serials", "recovered", "photos", "parts_consumed", "time_entries")
"""Lists of a job's document, in the order in which they are shown."""


def show_jobs(console: Console, device: Device) -> None:
    """The jobs of the day, and what waits for each."""
    jobs = sorted(device.documents("job"), key=lambda job: (job.get("planned_start") or "~", job.get("number") or ""))
    if not jobs:
        console.print("no jobs on this device")
        return
    table = Table("job", "at", "work", "where", "state", "to send", box=None)
    for job in jobs:
        waiting = sum(entry.mutation.id == job["id"] for entry in _waiting(device))
        row = (_text(job, "number"), _planned(job), _text(job, "work", "name"), _text(job, "premises", "street"))
        table.add_row(*row, _text(job, "state"), str(waiting or ""))
    console.print(table)


def show_job(console: Console, device: Device, job_id: str) -> None:
    """Everything of one job as it is shown on this device, and what became of the own work on it."""
    job = device.document("job", job_id)
    table = Table(box=None, show_header=False)
    table.add_column(style="dim")
    table.add_column()
    for name, value in _facts(job):
        table.add_row(name, Text(value))
    console.print(table)
    _show_entries(console, [entry for entry in device.replica.outbox.entries if entry.mutation.id == job_id], {})


def show_van(console: Console, device: Device, van: JsonObject) -> None:
    """What is in the van with the low marks, what is on its way to it, and what goes back."""
    levels: dict[str, JsonObject] = van.get("levels") or {}
    units = units_in(device, van)
    counts = Counter(unit["model"] for unit in units if unit.get("state") in FOR_USE) | Counter(van.get("parts") or {})
    table = Table("model", "there", "low at", "full at", "", box=None)
    for model in sorted(counts.keys() | levels.keys()):
        level = levels.get(model) or {}
        is_low = counts[model] < level.get("minimum", 0)
        marks = [str(level.get(name, "")) for name in ("minimum", "maximum")]
        table.add_row(model, str(counts[model]), *marks, Text("low", style="yellow") if is_low else "")
    console.print(Text(f"{van.get('name', '')}", style="bold"))
    console.print(table)
    for transfer in van.get("transfers") or []:
        coming = [one["serial"] for one in transfer.get("units") or []]
        parts = [f"{count} × {model}" for model, count in (transfer.get("parts") or {}).items()]
        console.print(f"on its way: {transfer['id']} from {transfer.get('from_name')}: {', '.join([*parts, *coming])}")
    back = [f"{unit['serial']} ({unit.get('state')})" for unit in units if unit.get("state") not in FOR_USE]
    console.print(f"to be returned: {', '.join(back) or 'nothing'}")


def show_verdicts(console: Console, device: Device, answered: int) -> None:
    """What became of the last work that was sent, and what still waits."""
    console.print(f"{answered} answered, {device.unsent} to send")
    judged = [entry for entry in device.replica.outbox.entries if entry.result is not None]
    _show_entries(console, judged[-answered:] if answered else [], _numbers(device))


def show_status(console: Console, device: Device, store: DeviceStore) -> None:
    """Whose device this is, what it holds, what waits, and what a person should look at."""
    replica, identity = device.replica, store.identity()
    tokens = identity.tokens if identity else None
    offset_ms = device.offset_ms
    table = Table(box=None, show_header=False)
    table.add_column(style="dim")
    table.add_column()
    table.add_row("technician", tokens.technician_name if tokens else "none: enrol this device again")
    table.add_row("server", store.server() or "")
    table.add_row("network", "online" if device.is_online else "offline, by your own switch")
    table.add_row("clock", "never compared" if offset_ms is None else f"{offset_ms / 1000:+.1f} s to the server's")
    table.add_row("documents", str(len(replica.documents)))
    table.add_row("to send", f"{device.unsent} of {len(replica.outbox.entries)} pieces of work")
    table.add_row("photos", f"{sum(1 for _ in store.photos())} to send, {len(store.refused_photos())} refused")
    console.print(table)
    _show_entries(console, [entry for entry in replica.outbox.entries if entry.needs_attention], _numbers(device))


def _show_entries(console: Console, entries: list[Entry], numbers: dict[str, str]) -> None:
    if not entries:
        return
    table = Table("no.", "what", "on", "became", "why", box=None)
    for entry in entries:
        mutation, state = entry.mutation, entry.state
        why = (entry.result.code if entry.result and state in NEEDS_ATTENTION else None) or ""
        on = numbers.get(mutation.id, mutation.id if numbers else "")
        table.add_row(str(mutation.mid), mutation.op, on, Text(state, style=COLOURS.get(state, "")), why)
    console.print(table)


def _facts(job: JsonObject) -> list[tuple[str, str]]:
    """(name, text) of what there is of this job."""
    promised = job.get("window") or {}
    address = " ".join(filter(None, (_text(job, "premises", part) for part in ("street", "postcode", "city"))))
    found = [
        ("job", f"{_text(job, 'number')} {_text(job, 'work', 'name')}"),
        (
            "state",
            " · ".join(filter(None, (_text(job, part) for part in ("state", "assignment", "outcome", "reason")))),
        ),
        ("planned", _planned(job)),
        ("promised", _local(promised.get("start"), promised.get("zone"))),
        ("customer", f"{_text(job, 'customer', 'name')} {_text(job, 'customer', 'phone')}"),
        ("where", address),
        ("access", _text(job, "premises", "access_notes")),
        ("hazards", ", ".join([*(job.get("hazards") or []), *((job.get("premises") or {}).get("hazards") or [])])),
        ("checklist", _spelled(job.get("checklist"))),
        *((name.replace("_", " "), "\n".join(map(_spelled, job.get(name) or []))) for name in RECORDS),
        ("signature", _text(job, "signature", "signer_name")),
    ]
    return [(name, text) for name, text in found if text.strip()]


def _text(document: JsonObject, *path: str) -> str:
    """What stands at this place of the document, "" when there is nothing."""
    found: Any = document
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return "" if found is None else str(found)


def _spelled(record: Any) -> str:
    """A record of a list, on one line, without what it leaves open."""
    if not isinstance(record, dict):
        return "" if record is None else str(record)
    return ", ".join(f"{name} {value}" for name, value in record.items() if value is not None)


def _planned(job: JsonObject) -> str:
    return _local(job.get("planned_start"), (job.get("window") or {}).get("zone"))


def _local(instant: str | None, zone: str | None) -> str:
    """An instant in the zone of the promise, else in this machine's."""
    if not instant:
        return ""
    return datetime.fromisoformat(instant).astimezone(ZoneInfo(zone) if zone else None).strftime("%a %d %b %H:%M")


def _waiting(device: Device) -> list[Entry]:
    unsent = (MutationState.QUEUED, MutationState.SENT, MutationState.RETRY)
    return [entry for entry in device.replica.outbox.entries if entry.state in unsent]


def _numbers(device: Device) -> dict[str, str]:
    """Id → number of each job that is held."""
    return {job["id"]: str(job.get("number", "")) for job in device.documents("job")}
