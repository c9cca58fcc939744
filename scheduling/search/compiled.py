"""The only door to Numba: machine code for the search, compiled at its first call and kept on disk for the next process.

With NUMBA_DISABLE_JIT=1 in the environment all of it runs as the Python that it is, for a debugger.
"""

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from numba import config, njit  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]

# The stubs know neither all options nor what comes back.
_njit: Any = njit
_settings: Any = config
Function = TypeVar("Function", bound=Callable[..., Any])


def entry(function: Function) -> Function:
    """Compile a function that Python calls: of numbers, arrays and tuples of them. It behaves as written, with wrapping integers.

    It may look into arrays and make no new ones: counting who holds them, at every call that passes a tuple of arrays, took half of
    the search's time, so it is left out. What it compiles to is kept, with all that it calls.
    """
    dispatcher = _compile(function, cache=True)
    if not _settings.DISABLE_JIT:
        # Numba asks a function's own file whether kept code is stale, but a caller holds the code of what it calls.
        dispatcher._cache._cache_file._source_stamp = _digest()  # noqa: SLF001, Numba has no public way to say so
    return dispatcher


def compiled(function: Function) -> Function:
    """As entry, for what only machine code calls: unpacking Python's tuples is most of the code of a small function."""
    return _compile(function, no_cpython_wrapper=True, no_cfunc_wrapper=True)


def inlined(function: Function) -> Function:
    """As compiled, for what is called most: a call copies every tuple of arrays, so its code is put where it is called."""
    return _compile(function, no_cpython_wrapper=True, no_cfunc_wrapper=True, forceinline=True)


def _compile(function: Callable[..., Any], **options: bool) -> Any:
    return _njit(_nrt=False, error_model="numpy", **options)(function)


@cache
def _digest() -> str:
    """What identifies the source text that machine code comes from: this folder's compiled modules, and the shape of their data."""
    texts = [source.read_bytes() for source in sorted(Path(__file__).parent.glob("*.py"))]
    return hashlib.sha256(b"".join(text for text in texts if b"inlined" in text or b"class Tables" in text)).hexdigest()
