"""The door to Numba for questions to a live plan: machine code, kept on disk for the next process; without Numba the Python that it is.

It looks into arrays and makes no new ones, so that counting who holds them is left out: that would be most of a call's time.
"""

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

try:
    from numba import config, njit  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]
except ModuleNotFoundError:
    config = njit = None

Function = TypeVar("Function", bound=Callable[..., Any])


def entry(function: Function) -> Function:
    """Compile a function that Python calls with numbers, arrays and tuples of them, and keep what it compiles to."""
    dispatcher = _compile(function, cache=True)
    if njit is not None and not _option("DISABLE_JIT"):
        # Numba asks a function's own file whether kept code is stale, but it holds the code of what it calls, too.
        dispatcher._cache._cache_file._source_stamp = _digest()  # noqa: SLF001, Numba has no public way to say so
    return dispatcher


def inlined(function: Function) -> Function:
    """Compile a function into each of its callers: a call would copy every tuple of arrays."""
    return _compile(function, no_cpython_wrapper=True, no_cfunc_wrapper=True, forceinline=True)


def _compile(function: Callable[..., Any], **options: bool) -> Any:
    compiler: Any = njit
    return function if compiler is None else compiler(_nrt=False, error_model="numpy", **options)(function)


def _option(name: str) -> Any:
    settings: Any = config
    return getattr(settings, name)


@cache
def _digest() -> str:
    """What identifies the source text that machine code comes from: this folder."""
    texts = [source.read_bytes() for source in sorted(Path(__file__).parent.glob("*.py"))]
    return hashlib.sha256(b"".join(texts)).hexdigest()
