"""`truckroll verify-bundle`: says whether a file is as it was sealed and by whom, or where it was changed."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from clients.evidence.bundle import Verdict, verify_file

HOLDS, CHANGED, UNTRUSTED = 0, 1, 2  # exit codes


def verify(file: Path, trusted: Sequence[str], console: Console) -> int:
    """The exit code. trusted: public keys; without any, who sealed it is told and is for the reader to compare."""
    verdict = verify_file(file)
    for flaw in verdict.flaws:
        console.print(f"✗ line {flaw.line} (byte {flaw.at_byte}) {flaw.kind}: {flaw.what}", style="red", markup=False)
    if not verdict.holds:
        return CHANGED
    console.print(f"✓ {verdict.lines} lines as they were sealed: {_told(verdict)}", markup=False)
    for key in verdict.signed_by:
        console.print(f"  sealed by {key}{' (trusted)' if key in trusted else ''}", markup=False)
    if trusted and not set(trusted) & set(verdict.signed_by):
        console.print("✗ none of the keys that you trust sealed it", style="red")
        return UNTRUSTED
    return HOLDS


def _told(verdict: Verdict) -> str:
    head = verdict.head
    return f"{head.get('obligation')} of {head.get('amount_minor')} {head.get('currency')} earned {head.get('earned_from')}"
