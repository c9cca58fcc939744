"""`truckroll verify-bundle`: says whether a file is as it was sealed and by whom, or where it was changed."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec
from rich.console import Console

from clients.evidence.bundle import Verdict, verify_file
from clients.evidence.keys import KeysMalformed, PublishedKey, read_published

HOLDS, CHANGED, UNTRUSTED = 0, 1, 2  # exit codes


def verify(file: Path, trusted: Sequence[str], console: Console, *, published: Sequence[PublishedKey] = ()) -> int:
    """The exit code.

    trusted: public keys that count whenever they sealed; published: those that count for what was sealed while they were in
    force. Without any of both, who sealed it is told and is for the reader to compare.
    """
    verdict = verify_file(file)
    for flaw in verdict.flaws:
        console.print(f"✗ line {flaw.line} (byte {flaw.at_byte}) {flaw.kind}: {flaw.what}", style="red", markup=False)
    if not verdict.holds:
        return CHANGED
    console.print(f"✓ {verdict.lines} lines as they were sealed: {_told(verdict)}", markup=False)
    standings = [_standing(key, trusted, published, _gathered_at(verdict)) for key in verdict.signed_by]
    for key, (_, standing) in zip(verdict.signed_by, standings, strict=True):
        console.print(f"  sealed by {key}{standing}", markup=False, soft_wrap=True)
    if (trusted or published) and not any(counts for counts, _ in standings):
        console.print("✗ none of the keys that you trust sealed it", style="red")
        return UNTRUSTED
    return HOLDS


def verify_with(file: Path, trusted: Sequence[str], keys: Path | None, console: Console) -> int:
    """The same with the published keys of a file; one that holds none is told, and nothing is trusted then."""
    try:
        published = read_published(keys) if keys else ()
    except KeysMalformed as error:
        console.print(f"✗ {error}", style="red", markup=False)
        return UNTRUSTED
    return verify(file, trusted, console, published=published)


def _standing(
    key: str, trusted: Sequence[str], published: Sequence[PublishedKey], gathered_at: datetime | None
) -> tuple[bool, str]:
    """Whether a signature by this key counts, and why in words."""
    if key in trusted:
        return True, " (trusted)"
    spans = [one for one in published if one.public_key == key]
    if gathered_at is not None and any(one.sealed_at(gathered_at) for one in spans):
        return True, f" (published, in force at {gathered_at:%F %T} UTC)"
    if spans:
        return False, f" (published, but not in force at {gathered_at or 'a time that the bundle does not tell'})"
    return False, " (unknown)" if trusted or published else ""


def _gathered_at(verdict: Verdict) -> datetime | None:
    """When the bundle says that it was made; None when it says none, or without a zone."""
    try:
        found = msgspec.convert(verdict.head.get("gathered_at"), datetime)
    except msgspec.ValidationError:
        return None
    return found if found.tzinfo is not None else None


def _told(verdict: Verdict) -> str:
    head = verdict.head
    return f"{head.get('obligation')} of {head.get('amount_minor')} {head.get('currency')} earned {head.get('earned_from')}"
