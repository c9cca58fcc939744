"""The world of one simulation: phones, a line, a site, and a ledger of what was truly done."""

from itertools import count

from sync.simulation.invariants import Violation, require_own_work
from sync.simulation.ledger import Ledger
from sync.simulation.line import Line
from sync.simulation.phone import Phone
from sync.simulation.site import Site
from sync.simulation.steps import DAWN_MS, DAY_MS, Size, Step


class World:
    """now_ms: the server's clock; jobs, deleted: document ids; trace: a line for each step that was played.

    backups: what the site gave, with the uids that it held, oldest first; minimum_schema: what the server asks for.
    """

    def __init__(self, site: Site, size: Size, phone: type[Phone] = Phone) -> None:
        self.site, self.size, self.now_ms = site, size, DAWN_MS
        self.ledger, self.line = Ledger(), Line()
        self.phones: list[Phone] = []
        self.jobs: list[str] = []
        self.deleted: list[str] = []
        self.backups: list[tuple[object, set[str]]] = []
        self.epochs, self.minimum_schema, self.outage_until_ms = 0, 1, 0
        self.is_answer_fresh = True
        self.trace: list[str] = []
        self._make_phone = phone
        self._said = list[str]()
        self._outboxes, self._uids = count(1), count(1)
        for number in range(size.devices):
            self.phones.append(self.new_phone(f"phone{number}", f"user{number}"))

    def new_phone(self, device: str, user: str) -> Phone:
        """Return an enrolled phone with an empty storage."""
        self.site.enrol(device, user)
        return self._make_phone(device, user, self._new_outbox)

    def new_uid(self) -> str:
        """Return a UUIDv7 that was never used."""
        return f"01900000-0000-7000-8000-{next(self._uids):012x}"

    def clock(self) -> int:
        """Return the server's time."""
        return self.now_ms

    def say(self, *words: object) -> None:
        """Add to what is told of the step that is being played."""
        self._said += map(str, words)

    def tell(self, step: Step, phone: Phone) -> None:
        """Put what was said of a step into the trace."""
        day, since_dawn_ms = divmod(step.at_ms - DAWN_MS, DAY_MS)
        hour, minute = divmod(5 * 60 + since_dawn_ms // 60_000, 60)
        words = " ".join(self._said)
        self.trace.append(f"{step.number:>5} day {day + 1} {hour:02d}:{minute:02d} {step.name} {phone.device} {words}")
        self._said = []

    def look(self, phone: Phone) -> None:
        """Check what must hold of a phone and inside the site at any moment. Raises Violation."""
        self.ledger.look(phone)
        # Until it sends, a copy cannot know that its numbers are taken, and `last_mid` speaks of the other's work.
        if not phone.is_copied:
            entries, shown = phone.replica.outbox.entries, phone.shown()
            require_own_work(entries, shown, self.site.verdict, is_settling=phone.is_settling)
        for fault in self.site.faults(is_over=False):
            raise Violation.of(fault)

    def _new_outbox(self) -> str:
        return f"outbox{next(self._outboxes)}"
