"""What a technician sees of the own van at once: each operation of `vanwork` laid over its document.

Guesses as those of `optimistic`, and as total. Van document: `name`, `parts` {model: quantity}, `transfers` [{id,
from_name, state, units [{serial, model}], parts {model: quantity}}], of each what has not arrived; `levels`, `counted`,
`places`. Only here, until the server's own document says it: `received` [{serial, model}], `handed_over` [serial],
`counts` [{model, serials, quantity}], `requests` [{model, quantity, note}], `faulty` [{serial, method, reason}].
"""

from collections.abc import Mapping
from typing import Any, Final

from sync.protocol import JsonObject
from sync.replica import Applier


def _transfer_received(van: Mapping[str, Any], args: Mapping[str, Any]) -> JsonObject:
    """What was announced is in the van; what was not is for the office to look at."""
    transfers: list[JsonObject] = van.get("transfers") or []
    transfer = next((one for one in transfers if one.get("id") == args.get("transfer")), None)
    if transfer is None:
        return {**van}
    units: list[JsonObject] = transfer.get("units") or []
    coming: dict[str, int] = transfer.get("parts") or {}
    counted: dict[str, int] = args.get("parts") or {}
    read: list[str] = args.get("serials") or []
    here = [one for one in units if one.get("serial") in read]
    arrived = {model: min(count, coming.get(model, 0)) for model, count in counted.items()}
    left = {
        **transfer,
        "state": "short",
        "units": [one for one in units if one not in here],
        "parts": {
            model: count - arrived.get(model, 0) for model, count in coming.items() if count > arrived.get(model, 0)
        },
    }
    others = [one for one in transfers if one is not transfer]
    return {
        **van,
        "transfers": [*others, left] if left["units"] or left["parts"] else others,
        "received": [*(van.get("received") or []), *here],
        "parts": _more(van, arrived, 1),
    }


def _handed_over(van: Mapping[str, Any], args: Mapping[str, Any]) -> JsonObject:
    before: list[str] = van.get("handed_over") or []
    serials: list[str] = args.get("serials") or []
    return {**van, "handed_over": [*before, *serials], "parts": _more(van, args.get("parts") or {}, -1)}


def _stock_counted(van: Mapping[str, Any], args: Mapping[str, Any]) -> JsonObject:
    parts: dict[str, int] = van.get("parts") or {}
    if args.get("quantity") is not None:
        parts = {**parts, str(args.get("model")): args["quantity"]}
    return {**van, "parts": parts, "counts": [*(van.get("counts") or []), dict(args)]}


def _appended_to(name: str) -> Applier:
    def append(van: Mapping[str, Any], args: Mapping[str, Any]) -> JsonObject:
        return {**van, name: [*(van.get(name) or []), dict(args)]}

    return append


def _more(van: Mapping[str, Any], parts: Mapping[str, int], sign: int) -> dict[str, int]:
    known: Mapping[str, int] = van.get("parts") or {}
    return {**known, **{model: known.get(model, 0) + sign * count for model, count in parts.items()}}


VAN_APPLIERS: Final[dict[str, Applier]] = {
    "transfer_received": _transfer_received,
    "handed_over": _handed_over,
    "stock_counted": _stock_counted,
    "parts_requested": _appended_to("requests"),
    "unit_faulty": _appended_to("faulty"),
}
"""Applier by name of operation."""
