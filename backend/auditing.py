"""`truckroll verify-audit`: whether the audit rows are as they were linked."""

from rich.console import Console

from backend.kernel.audit import SYSTEM
from backend.kernel.audit_chain import Head, Verified
from backend.kernel.audit_chain import verify as verified
from backend.parts import open_parts
from backend.settings import Settings

HOLDS, BROKEN = 0, 1  # exit codes


class BadHead(ValueError):
    """The text is no head of a chain."""


async def verify(settings: Settings, head: str, console: Console) -> int:
    """The exit code. head: one that was noted earlier, "" for none. Prints what was found. Raises BadHead."""
    try:
        noted = Head.read(head) if head else None
    except ValueError as error:
        raise BadHead(f"{head} is no head: name it as it was printed, NUMBER:DIGEST.") from error
    async with open_parts(settings) as parts, parts.database.snapshot(SYSTEM, "verify-audit") as tx:
        found = await verified(tx, noted=noted)
    console.print(_told(found), soft_wrap=True)
    return HOLDS if found.fault is None else BROKEN


def _told(found: Verified) -> str:
    if found.fault is None:
        return f"[green]the chain holds:[/] {found.rows} rows; note its head: {found.head}"
    number, audit_id, why = found.fault
    where = "behind its end" if number is None else f"at link {number}"
    row = "" if audit_id is None else f" (audit row {audit_id})"
    return f"[red]the chain does not hold[/] {where}{row}: {why}; {found.rows} rows before it hold"
