"""Sorting more lines than fit in memory: pieces are sorted here, kept on disk, and read together in order.

Source: D. E. Knuth, The Art of Computer Programming, vol. 3, section 5.4 (external sorting by merging).
"""

import heapq
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

LINES_AT_ONCE = 50_000  # some 15 MB of billed items: a million is read from twenty files at once
BUFFER_BYTES = 256 << 10  # of each file that is read: few calls, little memory


def sort_to_disk(lines: Iterable[bytes], folder: Path) -> list[Path]:
    """Files of sorted lines in `folder`, for `in_order`. lines: each ends with its only line feed."""
    left = iter(lines)
    files: list[Path] = []
    while piece := sorted(islice(left, LINES_AT_ONCE)):
        files.append(folder / f"{len(files):06d}")
        files[-1].write_bytes(b"".join(piece))
    return files


def in_order(files: Iterable[Path]) -> Iterator[bytes]:
    """The lines of all files in order; they are closed when the last one is read, or the iterator is."""
    with ExitStack() as opened:
        yield from heapq.merge(*(opened.enter_context(file.open("rb", BUFFER_BYTES)) for file in files))
