"""A bundle verifies by itself, and one changed byte anywhere is told with its line."""

from typing import Any

import pytest

from clients.billing.signatures import Ed25519Signer, read_signing_key, write_key_pair
from clients.evidence.bundle import verify, write

PRIVATE, PUBLIC = write_key_pair(bytes(range(32)))
OTHER_PRIVATE, OTHER_PUBLIC = write_key_pair(bytes(range(1, 33)))
RECORDS: list[tuple[str, dict[str, Any]]] = [
    ("earned", {"amount_minor": 3990, "currency": "EUR"}),
    ("handover", {"serials": ["LWON0000ABCD"], "weight_kg": 0.25}),
    ("job", {"checklist": {"light": -18.5, "drop": True}, "remark": "Tür, 3. Stock"}),
]


def key(text: str) -> Ed25519Signer:
    found = read_signing_key(text)
    assert isinstance(found, Ed25519Signer)
    return found


def bundle(*keys: str) -> bytes:
    return write(RECORDS, [key(one) for one in keys or (PRIVATE,)])


def test_a_bundle_holds_and_names_its_signers():
    verdict = verify(bundle(PRIVATE, OTHER_PRIVATE))

    assert verdict.holds
    assert (verdict.head, verdict.lines, verdict.signed_by) == (RECORDS[0][1], 4, [PUBLIC, OTHER_PUBLIC])


def test_every_single_changed_byte_is_told_at_its_line_or_the_one_beside_it():
    good = bundle()
    line_of = [number for number, line in enumerate(good.splitlines(keepends=True), start=1) for _ in line]
    wrong: list[tuple[int, list[int]]] = []

    for at in range(len(good)):
        changed = good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :]
        told = [flaw.line for flaw in verify(changed).flaws]
        if not any(abs(line - line_of[at]) <= 1 for line in told):
            wrong.append((at, told))

    assert wrong == []


@pytest.mark.parametrize("line", [0, 1, 2])
def test_a_line_that_was_taken_out_is_told(line: int):
    lines = bundle().splitlines(keepends=True)

    verdict = verify(b"".join(lines[:line] + lines[line + 1 :]))

    assert verdict.flaws[0].line == line + 1
    assert "taken out" in verdict.flaws[0].what


def test_a_file_whose_end_is_missing_is_told():
    lines = bundle().splitlines(keepends=True)

    assert not verify(b"".join(lines[:-1])).holds


def test_a_chain_that_was_made_anew_without_the_key_is_not_signed():
    forged = [("earned", {"amount_minor": 1}), *RECORDS[1:]]
    seal = bundle().splitlines(keepends=True)[-1]

    verdict = verify(b"".join([*write(forged, [key(OTHER_PRIVATE)]).splitlines(keepends=True)[:-1], seal]))

    assert not verdict.holds


@pytest.mark.parametrize("data", [b"", b"\n", b"{}", b"\xff", b"[" * 5000, b'{"kind": "seal"}\n'])
def test_what_is_no_bundle_is_told(data: bytes):
    assert not verify(data).holds
