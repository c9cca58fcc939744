"""The load generator: lets phones act, a fixed number at once, and takes the time of each."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from backend.bench.sync.wire import Line, WrongAnswer

T = TypeVar("T")
Act = Callable[[Line], Awaitable[T]]


@dataclass(kw_only=True)
class Timing(Generic[T]):
    """What a run of acts took. each_s: by act; failures: of acts that got no answer or a wrong one, as text."""

    elapsed_s: float = 0.0
    each_s: list[float] = field(default_factory=list[float])
    results: list[T] = field(default_factory=list[T])
    failures: list[str] = field(default_factory=list[str])
    sent_bytes: int = 0

    def expect(self, wanted: T) -> "Timing[T]":
        """Itself, when nothing failed and every act had this result. Raises WrongAnswer."""
        if self.failures:
            raise WrongAnswer(f"{len(self.failures)} failed, the first: {self.failures[0]}")
        if wrong := [result for result in self.results if result != wanted]:
            raise WrongAnswer(f"{len(wrong)} of {len(self.results)} answers are wrong: {wrong[0]} instead of {wanted}")
        return self


async def spread(acts: Sequence[Act[T]], *, ports: Sequence[int], lines: int) -> Timing[T]:
    """Carry out all acts over `lines` open connections, the next act on each as soon as the one before is done."""
    timing = Timing[T]()
    opened = [await Line.open(ports[n % len(ports)]) for n in range(min(lines, len(acts)))]
    waiting = iter(acts)
    began = time.perf_counter()
    await asyncio.gather(*(_work(line, waiting, timing) for line in opened))
    timing.elapsed_s = time.perf_counter() - began
    for line in opened:
        timing.sent_bytes += line.sent_bytes
        line.close()
    return timing


async def _work(line: Line, waiting: Iterator[Act[T]], timing: Timing[T]) -> None:
    for act in waiting:
        began = time.perf_counter()
        try:
            timing.results.append(await act(line))
        except WrongAnswer as failure:
            timing.failures.append(str(failure))
        timing.each_s.append(time.perf_counter() - began)
