"""Serials as a device judges them: by the units of the van, by what is put in elsewhere and by what serials of every
model look like. Needs no network.

What looks wrong is asked about once; who says `is_confirmed` is believed.
"""

import msgspec
from msgspec.structs import replace

from clients.device.device import Device
from clients.device.errors import DoubtfulSerial
from sync.operations import Operation, SerialInstalled, SerialRecovered, SerialSwapped
from sync.serials import Grammar, SerialCheck, SerialVerdict, Unit, check, normalised

TO_PUT_IN = frozenset({"available", "reserved"})
"""States of units in the van that may be put in; what was taken out is in the van, too."""


def judged(device: Device, job_id: str, operation: Operation) -> Operation:
    """The operation with its serial as it is compared. Raises DoubtfulSerial when a person should look again first."""
    match operation:
        case SerialInstalled():
            return _judged(device, job_id, operation, "serial")
        case SerialSwapped():
            return _judged(device, job_id, replace(operation, recovered=normalised(operation.recovered)), "installed")
        case SerialRecovered():
            return _judged_out(device, job_id, operation)
        case _:
            return operation


def check_serial(device: Device, job_id: str, text: str) -> SerialCheck:
    """What is to be thought of a serial that is to be put in at this job. Raises KeyError for no job of this device."""
    job = device.document("job", job_id)
    return check(text, units=_units(device), grammars=_grammars(device), wanted=frozenset(job.get("parts") or {}))


def check_recovery(device: Device, job_id: str, text: str) -> SerialCheck | None:
    """What is to be thought of a serial that is taken out at this job; None where any unit may be.

    Raises KeyError for no job of this device.
    """
    wanted = device.document("job", job_id).get("to_recover") or []
    if not wanted:
        return None
    units = [Unit(serial=one["serial"], model=one.get("model") or "") for one in wanted]
    return check(text, units=units, grammars=_grammars(device))


def question(checked: SerialCheck) -> str | None:
    """What a person should look at again, None when there is nothing."""
    match checked.verdict:
        case SerialVerdict.OK:
            return None
        case SerialVerdict.UNKNOWN:
            return f"{checked.serial} is a serial of {checked.model}, but not of a unit in your van"
        case SerialVerdict.WRONG_MODEL:
            return f"{checked.serial} is a {checked.model}, which this job does not ask for"
        case SerialVerdict.NOT_IN_VAN:
            return f"{checked.serial} is not to be put in: it is installed or taken out already"
        case SerialVerdict.LOOKS_LIKE:
            return f"{checked.serial} is not in your van, but looks like {_alike(checked)}"
        case SerialVerdict.MALFORMED:
            return f"{checked.serial} is no serial of any model"


def _judged_out(device: Device, job_id: str, operation: SerialRecovered) -> Operation:
    """Held against the units that the job is to bring back, which its document lists: no network is needed."""
    checked = check_recovery(device, job_id, operation.serial)
    if checked is None or checked.verdict is SerialVerdict.OK or operation.is_confirmed:
        return replace(operation, serial=normalised(operation.serial))
    told = f"{checked.serial} is not among the units that this job is to bring back"
    raise DoubtfulSerial(f"{told}; it looks like {_alike(checked)}" if checked.looks_like else told)


def _judged(device: Device, job_id: str, operation: SerialInstalled | SerialSwapped, name: str) -> Operation:
    checked = check_serial(device, job_id, getattr(operation, name))
    # A technician without stock of ours, as some contractors are, would be asked about every unit.
    doubt = question(checked) if device.documents("serial_unit") else None
    if doubt is not None and not operation.is_confirmed:
        raise DoubtfulSerial(doubt)
    return replace(operation, **{name: checked.serial})


def _alike(checked: SerialCheck) -> str:
    return " or ".join(f"{one.serial} ({one.model})" for one in checked.looks_like)


def _units(device: Device) -> list[Unit]:
    """What is in the van, and what is put in at the jobs of this device."""
    van = device.documents("serial_unit")
    mine = [Unit(serial=one["serial"], model=one["model"], is_here=one.get("state") in TO_PUT_IN) for one in van]
    installed = [one for job in device.documents("job") for one in job.get("serials") or []]
    gone = [Unit(serial=one["serial"], model=one.get("model") or "", is_here=False) for one in installed]
    return [*gone, *mine]


def _grammars(device: Device) -> list[Grammar]:
    """What serials of every model look like, whatever is in the van."""
    return [msgspec.convert(one, Grammar) for told in device.documents("serial_grammars") for one in told["grammars"]]
