"""Whether a serial number was read rightly, told where it is read: on a phone without a network, and on the server.

It is held against what is known of units (a van's stock) and against the vendors' grammars. The answer is advice: a
person may always confirm what was read, and what was read is then recorded. Pure; run from tests/vectors/serials.json.
"""

import re
from collections.abc import Collection, Iterable
from enum import StrEnum
from typing import Annotated, Final, TypeAlias

from msgspec import Meta, Struct

MOST_CHARACTERS = 64  # of a serial; vendors print 8 to 20, and what is longer is another code of the label
MOST_SLIPS = 2  # one wrong character or two that are easily confused: beyond that every serial of a pallet is alike
MOST_LIKENESSES = 3  # as many as a technician compares with a label

CONFUSABLE: Final = ("0ODQ", "1ILJ", "2Z", "5S", "6G", "8B", "UV", "MN")
"""Groups of characters that are taken for one another on a small or scratched label, also by OCR."""

_DIGITS: Final = "0123456789"
_ALPHANUMERIC: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class CheckRule(StrEnum):
    """How the last character of a serial follows from those before it. A rule reads the end that it can spell.

    luhn: digits, as in an IMEI (ISO/IEC 7812-1:2017, annex B; 3GPP TS 23.003, annex B). luhn_36: the same with base 36,
    over digits and letters. mod_11_2: digits, the last may be X; mod_37_36: digits and letters (ISO/IEC 7064:2003,
    clauses 7 and 9).
    """

    LUHN = "luhn"
    LUHN_36 = "luhn_36"
    MOD_11_2 = "mod_11_2"
    MOD_37_36 = "mod_37_36"


class Grammar(Struct, frozen=True, kw_only=True):
    """What serials of a model look like. pattern: an anchored regular expression that Python and browsers read alike."""

    model: str
    pattern: str
    check: CheckRule | None = None


class Unit(Struct, frozen=True, kw_only=True):
    """A unit that is known. is_here: it is where the reader takes units from, and may be put in."""

    serial: str
    model: str
    is_here: bool = True


class SerialVerdict(StrEnum):
    """What is to be thought of a serial that was read. Only ok needs no question.

    unknown: well formed, but not among the known units; wrong_model: nothing of this model is wanted; not_in_van: known,
    but elsewhere; looks_like: like a unit that is here; malformed: no serial of any known model.
    """

    OK = "ok"
    UNKNOWN = "unknown"
    WRONG_MODEL = "wrong_model"
    NOT_IN_VAN = "not_in_van"
    LOOKS_LIKE = "looks_like"
    MALFORMED = "malformed"


class Likeness(Struct, frozen=True, kw_only=True):
    """A unit that is here and could be meant. slips: the weight of what must have gone wrong, 1 to MOST_SLIPS."""

    serial: str
    model: str
    slips: Annotated[int, Meta(ge=1, le=MOST_SLIPS)]


class SerialCheck(Struct, frozen=True, kw_only=True):
    """The verdict on a serial. serial: as it was understood; model: as far as known; looks_like: the likeliest first."""

    verdict: SerialVerdict
    serial: str
    model: str | None = None
    looks_like: tuple[Likeness, ...] = ()


Models: TypeAlias = Collection[str]


def check(
    text: str, *, units: Iterable[Unit], grammars: Iterable[Grammar], wanted: Models = frozenset()
) -> SerialCheck:
    """Judge what was read. wanted: models that are still to be put in; none says that any will do."""
    serial = normalised(text)
    known = list(units)
    exact = next((unit for unit in known if unit.serial == serial), None)
    if exact is not None and exact.is_here:
        return _found(exact, wanted)
    alike = likenesses(serial, known)
    if exact is not None:
        return SerialCheck(verdict=SerialVerdict.NOT_IN_VAN, serial=serial, model=exact.model, looks_like=alike)
    grammar = next((grammar for grammar in grammars if is_well_formed(serial, grammar)), None)
    # A check character that holds says that the label was read rightly: nobody is asked about its neighbours.
    if alike and (grammar is None or grammar.check is None):
        model = grammar.model if grammar else None
        return SerialCheck(verdict=SerialVerdict.LOOKS_LIKE, serial=serial, model=model, looks_like=alike)
    if grammar is None:
        return SerialCheck(verdict=SerialVerdict.MALFORMED, serial=serial)
    verdict = SerialVerdict.WRONG_MODEL if wanted and grammar.model not in wanted else SerialVerdict.UNKNOWN
    return SerialCheck(verdict=verdict, serial=serial, model=grammar.model)


def normalised(text: str) -> str:
    """A serial as it is compared: Latin letters in capitals, without the blanks that a label puts between groups."""
    return re.sub(r"[ \t\r\n]", "", text).translate(_CAPITALS)


def is_well_formed(serial: str, grammar: Grammar) -> bool:
    """Whether a normalised serial fits the pattern and, where the model has one, the check character."""
    if len(serial) > MOST_CHARACTERS or not re.fullmatch(grammar.pattern, serial):
        return False
    return grammar.check is None or holds(grammar.check, serial)


def holds(rule: CheckRule, serial: str) -> bool:
    """Whether the check character at the end is right; an end of less than two characters has none."""
    match rule:
        case CheckRule.LUHN:
            return _luhn(_end(serial, _DIGITS), _DIGITS)
        case CheckRule.LUHN_36:
            return _luhn(_end(serial, _ALPHANUMERIC), _ALPHANUMERIC)
        case CheckRule.MOD_11_2:
            end = _end(serial.removesuffix("X"), _DIGITS)
            return _mod_11_2(end + "X" if serial.endswith("X") else end)
        case CheckRule.MOD_37_36:
            return _mod_37_36(_end(serial, _ALPHANUMERIC))


def likenesses(serial: str, units: Iterable[Unit]) -> tuple[Likeness, ...]:
    """Units that are here and differ by a slip of reading or typing, the likeliest first, at most MOST_LIKENESSES."""
    found = [
        Likeness(serial=unit.serial, model=unit.model, slips=distance)
        for unit in units
        if unit.is_here and (distance := slips(serial, unit.serial)) is not None and distance > 0
    ]
    return tuple(sorted(found, key=lambda alike: (alike.slips, alike.serial))[:MOST_LIKENESSES])


def slips(read: str, meant: str) -> int | None:
    """The least weight of slips that makes one of the other, None above MOST_SLIPS.

    A confusable character or two neighbours exchanged weigh 1, any other wrong, missing or added character 2.
    Optimal string alignment: Damerau (1964), doi 10.1145/363958.363994; exchanged neighbours are the commonest slip
    after single characters: Verhoeff, "Error detecting decimal codes" (1969), table 2.
    """
    if abs(len(read) - len(meant)) > 1 or len(read) > MOST_CHARACTERS:
        return None
    before: list[int] = []
    above = [2 * column for column in range(len(meant) + 1)]
    for row, character in enumerate(read, start=1):
        here = [2 * row]
        for column, other in enumerate(meant, start=1):
            least = min(above[column] + 2, here[-1] + 2, above[column - 1] + _wrong(character, other))
            if (
                row > 1
                and column > 1
                and character != other
                and read[row - 2] == other
                and meant[column - 2] == character
            ):
                least = min(least, before[column - 2] + 1)
            here.append(least)
        before, above = above, here
    return above[-1] if above[-1] <= MOST_SLIPS else None


def _found(unit: Unit, wanted: Models) -> SerialCheck:
    verdict = SerialVerdict.WRONG_MODEL if wanted and unit.model not in wanted else SerialVerdict.OK
    return SerialCheck(verdict=verdict, serial=unit.serial, model=unit.model)


def _wrong(read: str, meant: str) -> int:
    if read == meant:
        return 0
    return 1 if any(read in group and meant in group for group in CONFUSABLE) else 2


def _end(serial: str, alphabet: str) -> str:
    """The longest end of the serial that is spelled in this alphabet."""
    return serial[len(serial.rstrip(alphabet)) :]


def _luhn(text: str, alphabet: str) -> bool:
    base = len(alphabet)
    total = 0
    for place, character in enumerate(reversed(text)):
        weighed = alphabet.index(character) * (1 + place % 2)
        total += weighed // base + weighed % base
    return len(text) > 1 and total % base == 0


def _mod_11_2(text: str) -> bool:
    """The pure system of ISO/IEC 7064: each character is added and the sum doubled; X stands for 10."""
    total = 0
    for character in text:
        total = (2 * total + (10 if character == "X" else int(character))) % 11
    return len(text) > 1 and total == 1


def _mod_37_36(text: str) -> bool:
    """The hybrid system of ISO/IEC 7064, over base 36 with the modulus 37 between the characters."""
    product = 36
    for character in text[:-1]:
        product = ((product + _ALPHANUMERIC.index(character)) % 36 or 36) * 2 % 37
    return len(text) > 1 and (product + _ALPHANUMERIC.index(text[-1])) % 36 == 1


_CAPITALS: Final = {code: code - 32 for code in range(ord("a"), ord("z") + 1)}
