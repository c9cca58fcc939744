"""The van on the device: what is in it with the own work laid over, and whether serials that are typed can be meant.

What looks wrong is asked about once; who is sure is believed. The server has the last word in any case.
"""

from collections.abc import Collection, Iterable

import msgspec
from msgspec.structs import replace

from clients.device.device import Device
from clients.device.errors import DoubtfulSerial
from clients.device.words import BadWords
from sync.protocol import JsonObject
from sync.serials import Grammar, SerialVerdict, Unit, check, normalised
from sync.vanwork import HandedOver, StockCounted, TransferReceived, UnitFaulty, VanOperation

FOR_USE = frozenset({"available", "reserved"})


def own(device: Device) -> JsonObject:
    """The document of the technician's van. Raises BadWords for who has none, Locked."""
    vans = device.documents("van")
    if not vans:
        raise BadWords("no van is on this device; truckroll device pull")
    return vans[0]


def units_in(device: Device, van: JsonObject) -> list[JsonObject]:
    """The units in the van, by model and serial: what came is in it, what was handed over is not."""
    faulty = {one.get("serial") for one in van.get("faulty") or []}
    gone = set(van.get("handed_over") or [])
    units = {one["serial"]: one for one in [*_arrived(van), *device.documents("serial_unit")]}
    marked = [one | {"state": "quarantined"} if one["serial"] in faulty else one for one in units.values()]
    return sorted((one for one in marked if one["serial"] not in gone), key=lambda one: (one["model"], one["serial"]))


def looked_at(device: Device, operation: VanOperation) -> VanOperation:
    """The operation with its serials as they are compared. Raises DoubtfulSerial when a person should look again first."""
    van = own(device)
    held = {unit["serial"]: unit["model"] for unit in units_in(device, van)}
    match operation:
        case HandedOver(serials=read):
            return replace(operation, serials=_all_of(device, read, held, "in your van"))
        case UnitFaulty(serial=read):
            return replace(operation, serial=_all_of(device, [read], held, "in your van")[0])
        case TransferReceived(serials=read):
            coming = [one for transfer in van.get("transfers") or [] for one in transfer.get("units") or []]
            announced = {one["serial"]: one["model"] for one in coming}
            return replace(operation, serials=_all_of(device, read, announced, "on its way to you"))
        case StockCounted(serials=read) if read is not None:
            return replace(operation, serials=_all_of(device, read, held, "in your van"))
        case _:
            return operation


def _all_of(device: Device, read: Iterable[str], known: dict[str, str], where: str) -> tuple[str, ...]:
    serials = tuple(dict.fromkeys(map(normalised, read)))
    for serial in serials:
        if serial not in known:
            raise DoubtfulSerial(f"{serial} is not {where}{_instead(device, serial, known, serials)}", sure="--sure")
    return serials


def _instead(device: Device, serial: str, known: dict[str, str], read: Collection[str]) -> str:
    """What else could be meant, of what was not read already."""
    units = [Unit(serial=one, model=model) for one, model in known.items() if one not in read]
    grammars = [
        msgspec.convert(one, Grammar) for told in device.documents("serial_grammars") for one in told["grammars"]
    ]
    checked = check(serial, units=units, grammars=grammars)
    if checked.verdict is SerialVerdict.MALFORMED:
        return ", and is no serial of any model"
    return "".join(f"; it looks like {one.serial} ({one.model})" for one in checked.looks_like)


def _arrived(van: JsonObject) -> list[JsonObject]:
    return [one | {"state": "available"} for one in van.get("received") or []]
