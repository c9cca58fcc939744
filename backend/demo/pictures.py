"""Pictures that the demo draws for itself, as real PNG files."""

import math
import struct
import zlib
from collections.abc import Callable
from functools import cache

Colour = tuple[int, int, int]

WIDTH, HEIGHT, PEN = 160, 48, 1.5  # of a signature, in pixels
INK, PAPER = (20, 30, 90), (255, 255, 255)


def png(width: int, height: int, colour: Callable[[int, int], Colour]) -> bytes:
    """A picture of so many pixels, each red, green and blue from 0 to 255. colour: of a pixel, by column and row."""
    rows = b"".join(b"\0" + b"".join(bytes(colour(x, y)) for x in range(width)) for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    body = b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


@cache
def signature() -> bytes:
    """A stroke that could be anybody's name."""

    def colour(x: int, y: int) -> Colour:
        stroke = HEIGHT / 2 + math.sin(x / 6) * 14 * math.exp(-x / 90)
        return INK if 12 < x < WIDTH - 12 and abs(y - stroke) < PEN else PAPER

    return png(WIDTH, HEIGHT, colour)
