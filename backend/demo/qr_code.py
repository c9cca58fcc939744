"""QR codes in a terminal: two rows of modules in a line of text, dark on white in any colours."""

import segno
from rich.text import Text

QUIET = 4  # modules of white around it, ISO/IEC 18004, 9.1
HALVES = {(0, 0): " ", (1, 0): "▀", (0, 1): "▄", (1, 1): "█"}  # by what is dark: above, below


def drawn(text: str) -> Text:
    """The text as a code for cameras, some 20 lines for a link."""
    rows = [list(row) for row in segno.make_qr(text, error="m").matrix_iter(border=QUIET)]
    if len(rows) % 2:
        rows.append([0] * len(rows[0]))
    lines = [
        "".join(HALVES[above, below] for above, below in zip(*pair, strict=True))
        for pair in zip(rows[::2], rows[1::2], strict=True)
    ]
    return Text("\n".join(lines), style="black on white", no_wrap=True)
