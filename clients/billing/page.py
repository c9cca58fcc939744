"""The ledger as one page for a person: totals, what waits, the last entries. Text only, no script."""

import base64
import hashlib
from collections.abc import Iterable, Sequence
from html import escape

from clients.billing.charges import Entry
from clients.billing.ledger import Counts
from clients.billing.statements import Total

ENTRIES_SHOWN = 50
"""The last entries on the page; all of them are in the ledger's file."""

MINOR_DIGITS = {"BHD": 3, "CLP": 0, "ISK": 0, "JOD": 3, "JPY": 0, "KRW": 0, "KWD": 3, "OMR": 3, "TND": 3, "VND": 0}
"""Currencies whose minor unit is not a hundredth. Source: ISO 4217, list one."""

STYLE = """
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif }
body { max-width: 70rem; margin: 2rem auto; padding: 0 1rem }
.wide { overflow-x: auto }
table { border-collapse: collapse; width: 100% }
th, td { padding: .4rem .8rem; border-bottom: 1px solid #8886; text-align: left; white-space: nowrap }
.number { text-align: right; font-variant-numeric: tabular-nums }
"""

_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()

HEADERS = {
    "content-security-policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none';"
        " frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
"""What keeps a browser from doing more with the page than show it."""


def ledger_page(*, entries: Sequence[Entry], totals: Sequence[Total], counts: Counts) -> str:
    """The whole page. Every text that came in with a callback is escaped."""
    last = list(reversed(entries[-ENTRIES_SHOWN:]))
    return f"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Billing ledger</title><style>{STYLE}</style></head>
<body>
<main>
<h1>Billing ledger</h1>
<p>{counts.entries} entries, {counts.waiting} triggers waiting for an earlier one, {counts.rejected} rejected,
{counts.acknowledgements_queued} acknowledgements to send.</p>
<h2>Totals</h2>
{_table(TOTAL_COLUMNS, map(_total_row, totals))}
<h2>Last entries</h2>
{_table(ENTRY_COLUMNS, map(_entry_row, last)) if last else "<p>None yet: the first callback makes the first entry.</p>"}
</main>
</body>
</html>
"""


def money(amount_minor: int, currency: str) -> str:
    """4990, EUR → "49.90 EUR"."""
    digits = MINOR_DIGITS.get(currency, 2)
    sign, figures = "-" if amount_minor < 0 else "", str(abs(amount_minor)).rjust(digits + 1, "0")
    whole, part = figures[: len(figures) - digits], figures[len(figures) - digits :]
    return f"{sign}{whole}{'.' + part if part else ''} {currency}"


TOTAL_COLUMNS = ("Currency", "Each month", "Charged once", "Credited")
ENTRY_COLUMNS = ("Effective at (UTC)", "Effect", "Code", "Description", "Order", "Quantity", "Amount", "Trigger")
NUMBER_COLUMNS = {"Each month", "Charged once", "Credited", "Quantity", "Amount"}


def _total_row(total: Total) -> tuple[str, ...]:
    sums = (total.monthly_minor, total.once_minor, total.credited_minor)
    return (total.currency, *(money(sum_minor, total.currency) for sum_minor in sums))


def _entry_row(entry: Entry) -> tuple[str, ...]:
    corrects = " (correction)" if entry.supersedes else ""
    return (
        f"{entry.effective_at:%Y-%m-%d %H:%M:%S}",
        entry.effect.replace("_", " ") + corrects,
        entry.charge_code,
        entry.description,
        entry.order_number or "",
        str(entry.quantity),
        money(entry.amount_minor, entry.currency),
        str(entry.trigger_id),
    )


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    kinds = [' class="number"' if column in NUMBER_COLUMNS else "" for column in columns]
    head = "".join(f'<th scope="col"{kind}>{escape(text)}</th>' for kind, text in zip(kinds, columns, strict=True))
    lines = (
        "<tr>" + "".join(f"<td{kind}>{escape(text)}</td>" for kind, text in zip(kinds, row, strict=True)) + "</tr>"
        for row in rows
    )
    # A keyboard reaches what scrolls sideways only if it can be focused.
    return f'<div class="wide" tabindex="0"><table><tr>{head}</tr>{"".join(lines)}</table></div>'
