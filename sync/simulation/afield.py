"""What happens afield: technicians work, phones talk over a bad line, break, are lost and replaced."""

from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from sync.protocol import Draft, JsonObject, PullAnswer, Result
from sync.simulation import works
from sync.simulation.invariants import require_equal, require_forward, require_reasons
from sync.simulation.ledger import Work
from sync.simulation.line import Letter, Reply, Wanted, pull_letter, push_letter, sync_letter
from sync.simulation.phone import Phone
from sync.simulation.steps import CLONES_AT_MOST, DAY_MS, Fate, Step, pick
from sync.simulation.world import World

YEARS_MS: Final = 2 * 365 * DAY_MS
_SKEWS_MS: Final = (0, 0, 90_000, -90_000, YEARS_MS, -YEARS_MS)
_PAGES_BYTES: Final = (1, 600, 100_000, 100_000)


def record(world: World, phone: Phone, step: Step) -> None:
    """The technician does something at a job that the phone shows, now and then at one that it does not."""
    shown = phone.shown()
    here = [document.id for document in phone.replica.documents.values() if document.kind == "job"]
    is_astray = step.dice % 16 == 0 or (not here and step.dice % 4 == 0)
    jobs = world.jobs if is_astray else here
    if not jobs:
        return
    job = pick(jobs, step.job)
    van = {unit["model"]: unit["serial"] for name, unit in shown.items() if name.startswith("serial_unit/")}
    serials = list(van.values()) if van and step.dice % 3 else world.site.serials
    sitting = works.Sitting(
        job=shown.get(f"job/{job}", {}), number=step.number, serial=pick(serials, step.dice), van=van
    )
    for op, args in works.KINDS[step.dice // 16 % len(works.KINDS)](sitting):
        _do(world, phone, job, op, args)


def _do(world: World, phone: Phone, job: str, op: str, args: JsonObject) -> None:
    at, off = world.now_ms + phone.skew_ms, phone.offset_ms
    mutation = phone.record(Draft(uid=world.new_uid(), op=op, kind="job", id=job, args=args, at=at, off=off))
    work = Work(
        uid=mutation.uid,
        job=job,
        text=args["text"] if op == "note" else None,
        put_in=args.get(works.PUT_IN[op]) if op in works.PUT_IN else None,
        taken_out=args.get(works.TAKEN_OUT[op]) if op in works.TAKEN_OUT else None,
        recorder=phone.storage,
        true_ms=world.now_ms,
        is_exact=phone.knows_the_time,
    )
    world.ledger.record(phone, work)
    world.say(f"{op} #{mutation.mid} at {job};")


def push(world: World, phone: Phone, step: Step) -> None:
    letter = push_letter(phone, world.site, world.clock)
    if letter is not None:
        _carry(world, letter, step)


def pull(world: World, phone: Phone, step: Step) -> None:
    _carry(world, pull_letter(phone, world.site, world.clock, _taken(world, phone), _wanted(step.dice)), step)


def sync(world: World, phone: Phone, step: Step) -> None:
    _carry(world, sync_letter(phone, world.site, world.clock, _taken(world, phone), _wanted(step.dice)), step)


def late(world: World, phone: Phone, step: Step) -> None:
    """One delayed message arrives, whichever, however old."""
    world.is_answer_fresh = False
    world.line.deliver_late(step.dice)
    world.is_answer_fresh = True


def kill(world: World, phone: Phone, step: Step) -> None:
    phone.relaunch()


def see(world: World, phone: Phone, step: Step) -> None:
    """The technician looks at every verdict that needs it."""
    world.ledger.see(phone)
    phone.see()


def set_clock(world: World, phone: Phone, step: Step) -> None:
    phone.skew_ms = _SKEWS_MS[step.dice % len(_SKEWS_MS)]
    world.say(phone.skew_ms)


def upgrade(world: World, phone: Phone, step: Step) -> None:
    phone.schema = max(phone.schema, world.minimum_schema)


def courier(world: World, phone: Phone, step: Step) -> None:
    """The outbox is exported and sent from another phone of the same user, whose answer the owner never hears."""
    other = phone.copy()
    other.device = f"{phone.user}-spare"
    world.site.enrol(other.device, phone.user)
    letter = push_letter(other, world.site, world.clock)
    if letter is not None:
        world.line.carry(letter, Fate.ANSWER_LOST, step.dice)


def clone(world: World, phone: Phone, step: Step) -> None:
    """The storage is copied to another phone, as backups of phones do; both believe to be the one."""
    if len(world.phones) < world.size.devices + CLONES_AT_MOST:
        copy = phone.copy()
        copy.is_copied = phone.is_copied = True
        world.phones.append(copy)
        world.ledger.clone(phone, copy)


def lose(world: World, phone: Phone, step: Step) -> None:
    """The storage is gone: evicted, reset, or with the phone in a river."""
    index = world.phones.index(phone)
    others = [other for other in world.phones if other is not phone]
    world.ledger.lose(phone, world.site.decided(), others)
    world.phones[index] = world.new_phone(phone.device, phone.user)


def enrol(world: World, phone: Phone, step: Step) -> None:
    """The phone becomes another device of its user; what it holds, it keeps."""
    phone.device = f"{phone.user}.{step.number}"
    world.site.enrol(phone.device, phone.user)


def _carry(world: World, letter: Letter, step: Step) -> None:
    fate = Fate.REQUEST_LOST if world.now_ms < world.outage_until_ms else step.fate
    world.say(fate)
    world.line.carry(heard(world, letter), fate, step.dice)


def heard(world: World, letter: Letter) -> Letter:
    """Let it be said what the phone hears, and be checked what it makes of the verdicts."""

    def take(reply: Reply) -> None:
        letter.take(reply)
        world.ledger.look(letter.phone)
        world.say(letter.phone.device, "hears", "an answer;" if isinstance(reply, bytes) else f"{reply.code};")
        results: list[Result] = [e.result for e in letter.phone.replica.outbox.entries if e.result]
        require_reasons(results)

    return replace(letter, take=take)


def _taken(world: World, phone: Phone) -> Callable[[PullAnswer], None]:
    """Check what a phone makes of a page, if it takes it."""
    before = phone.replica.cursor

    def taken(answer: PullAnswer) -> None:
        if phone.replica.cursor != answer.cursor:
            return
        world.say(f"{len(answer.patch)} changes{' and more' if answer.more else ''}, last #{answer.last_mid};")
        require_forward(before, answer.cursor, answer.resync)
        world.ledger.hear(phone, answer, is_first=before is None)
        if world.is_answer_fresh and not answer.more:
            require_equal(phone.held(), world.site.view(phone.user), phone.device)

    return taken


def _wanted(dice: int) -> Wanted:
    return Wanted(limit_bytes=_PAGES_BYTES[dice % len(_PAGES_BYTES)], with_digests=dice // 8 % 6 == 0)
