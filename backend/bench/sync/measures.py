"""The four workloads of one contestant, each with its answers counted: what it took."""

from collections.abc import Sequence
from statistics import median

import msgspec
import uvloop

from backend.bench.figures import percentile
from backend.bench.sync.contestants import Contestant, Phone
from backend.bench.sync.load import Timing, spread
from backend.bench.sync.ours import OurPhone, Ours
from backend.bench.sync.workload import JOBS_PER_PHONE, LINES, OFFICE_CHANGES, WORK_PER_PUSH, Size, edits

OFFICE_TURN = 100  # office changes are told from the phones' own work


class Measures(msgspec.Struct, frozen=True, kw_only=True):
    """first_pull_docs_s, push_mutations_s: documents or operations in a second of all phones together.

    delta_p50_ms, delta_after_foreign_p50_ms: of pulls that bring OFFICE_CHANGES documents; push_p99_ms: of pushes of
    WORK_PER_PUSH operations; upload_bytes: of one operation, its share of every request and header; storm_s: until the
    last of all phones at once has pushed and pulled; storm_failed: phones that could not.
    """

    first_pull_docs_s: float
    delta_p50_ms: float
    delta_after_foreign_p50_ms: float
    push_mutations_s: float
    push_p99_ms: float
    upload_bytes: float
    storm_s: float
    storm_failed: int


def measured(contestant: Contestant, size: Size) -> Measures:
    """Run the workloads one after the other. Raises WrongAnswer at the first count that is not exact."""
    return uvloop.run(_measured(contestant, size))


async def first_pull(contestant: Contestant, size: Size) -> tuple[float, list[Phone]]:
    """(documents a second, the phones that hold them then): each phone is new and asks for everything."""
    rates: list[float] = []
    phones: list[Phone] = []
    for _ in range(size.rounds):
        phones = [contestant.phone(number) for number in range(size.phones)]
        timing = await spread([phone.pull for phone in phones], ports=contestant.ports, lines=LINES)
        timing.expect(JOBS_PER_PHONE)
        rates.append(size.documents / timing.elapsed_s)
    return median(rates), phones


async def _measured(contestant: Contestant, size: Size) -> Measures:
    docs_s, phones = await first_pull(contestant, size)
    office = [contestant.colleague(number) for number in range(size.phones)]
    (await spread([one.pull for one in office], ports=contestant.ports, lines=LINES)).expect(JOBS_PER_PHONE)
    delta, later = await _deltas(contestant, size, phones, office)
    pushes, sent_bytes = await _pushes(contestant, size, phones)
    storm = await _storm(contestant, phones, turn=size.pushes)
    return Measures(
        first_pull_docs_s=docs_s,
        delta_p50_ms=_p50_ms(delta),
        delta_after_foreign_p50_ms=_p50_ms(later),
        push_mutations_s=median(size.phones * WORK_PER_PUSH / push.elapsed_s for push in pushes),
        push_p99_ms=1000 * percentile([taken for push in pushes for taken in push.each_s], 0.99),
        upload_bytes=sent_bytes / (size.phones * WORK_PER_PUSH * len(pushes)),
        storm_s=storm.elapsed_s,
        storm_failed=len(storm.failures),
    )


async def _deltas(
    contestant: Contestant, size: Size, phones: Sequence[Phone], office: Sequence[Phone]
) -> tuple[Timing[int], Timing[int]]:
    """Pulls after changes at the phone's own jobs; and again for half the phones after many at the other half's."""
    await _change(contestant, office, turn=OFFICE_TURN, count=OFFICE_CHANGES)
    delta = await _pull(contestant, phones, OFFICE_CHANGES)
    watched, others = phones[::2], office[1::2]
    for turn in range(1, 1 + max(1, size.foreign_changes // (WORK_PER_PUSH * len(others)))):
        await _change(contestant, others, turn=OFFICE_TURN + turn, count=WORK_PER_PUSH)
    await _change(contestant, office[::2], turn=OFFICE_TURN + 1, count=OFFICE_CHANGES)
    later = await _pull(contestant, watched, OFFICE_CHANGES)
    (await spread([phone.pull for phone in phones[1::2]], ports=contestant.ports, lines=LINES)).expect(WORK_PER_PUSH)
    return delta, later


async def _pushes(contestant: Contestant, size: Size, phones: Sequence[Phone]) -> tuple[list[Timing[int]], int]:
    """Rounds of pushes, and what they uploaded; the pulls between them are not timed."""
    pushes: list[Timing[int]] = []
    for turn in range(size.pushes):
        pushes.append(await _change(contestant, phones, turn=turn, count=WORK_PER_PUSH))
        await spread([phone.pull for phone in phones], ports=contestant.ports, lines=LINES)
    return pushes, sum(push.sent_bytes for push in pushes)


async def _storm(contestant: Contestant, phones: Sequence[Phone], *, turn: int) -> Timing[tuple[int, int]]:
    """Every phone at once, each on a connection of its own."""
    for phone in phones:
        phone.compose(edits(WORK_PER_PUSH, turn))
    storm = await spread([phone.reconnect for phone in phones], ports=contestant.ports, lines=len(phones))
    if not storm.failures:
        storm.expect((WORK_PER_PUSH, WORK_PER_PUSH))
    return storm


async def _change(contestant: Contestant, phones: Sequence[Phone], *, turn: int, count: int) -> Timing[int]:
    for phone in phones:
        phone.compose(edits(count, turn))
    timing = await spread([phone.push for phone in phones], ports=contestant.ports, lines=LINES)
    return timing.expect(count)


async def _pull(contestant: Contestant, phones: Sequence[Phone], count: int) -> Timing[int]:
    timing = await spread([phone.pull for phone in phones], ports=contestant.ports, lines=LINES)
    return timing.expect(count)


def _p50_ms(timing: Timing[int]) -> float:
    return 1000 * percentile(timing.each_s, 0.5)


def first_pull_docs_s(contestant: Contestant, size: Size) -> float:
    """Documents a second, for a contestant that does nothing else."""

    async def only() -> float:
        return (await first_pull(contestant, size))[0]

    return uvloop.run(only())


def phones_with_documents(us: Ours, size: Size) -> list[OurPhone]:
    """A phone of each technician that holds what the server has for it."""

    async def pulled() -> list[OurPhone]:
        phones = [us.phone(number) for number in range(size.phones)]
        (await spread([phone.pull for phone in phones], ports=us.ports, lines=LINES)).expect(JOBS_PER_PHONE)
        return phones

    return uvloop.run(pulled())


def empty_pull_bytes(us: Ours, phones: Sequence[OurPhone]) -> int:
    """The body of a pull that brings nothing."""

    async def asked() -> list[int]:
        return (await spread([phone.empty_answer_bytes for phone in phones], ports=us.ports, lines=LINES)).results

    return max(uvloop.run(asked()))
