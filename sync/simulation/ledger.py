"""What was truly done, where it is kept, and what may be missed: the simulator's own memory of all work."""

from collections.abc import Iterable

from msgspec import Struct

from sync.outbox import attention
from sync.protocol import MutationState, PullAnswer, Put
from sync.simulation.invariants import require
from sync.simulation.phone import Phone


class Work(Struct, frozen=True, kw_only=True):
    """One mutation as it was done. text: of a note; put_in, taken_out: serials; recorder: the storage it was first on.

    true_ms: when, by the server's clock; is_exact: the phone knew the time.
    """

    uid: str
    job: str
    text: str | None
    put_in: str | None
    taken_out: str | None
    recorder: str
    true_ms: int
    is_exact: bool


class Ledger:
    """works: by uid, in the order in which they were done; notes: by text; told: uids whose verdict a technician was asked to look at.

    excused: work that nobody can have any more, as the storage that had it alone is gone, or a backup that was older
    than promised was restored.
    """

    def __init__(self) -> None:
        self.works: dict[str, Work] = {}
        self.notes: dict[str, Work] = {}
        self.excused: set[str] = set()
        self.told: set[str] = set()
        self._duties: dict[Phone, set[str]] = {}
        self._unseen: dict[Phone, set[str]] = {}
        self._orphans: set[str] = set()
        self._durable: set[str] = set()
        self._versions: dict[Phone, dict[tuple[str, str], int]] = {}

    def record(self, phone: Phone, work: Work) -> None:
        self.works[work.uid] = work
        if work.text is not None:
            self.notes[work.text] = work
        self._duties.setdefault(phone, set()).add(work.uid)

    def clone(self, original: Phone, clone: Phone) -> None:
        self._duties[clone] = set(self._duties.get(original, ()))

    def back_up(self, decided: set[str]) -> None:
        """A backup holds these."""
        self._durable = decided

    def lose(self, phone: Phone, decided: set[str], others: Iterable[Phone]) -> None:
        """A storage is gone; what the server had of it is now the server's alone."""
        lost = self._duties.pop(phone, set()) - self._held(others)
        self.excused |= lost - decided
        self._orphans |= lost & decided
        self.told |= lost  # there is nobody to tell

    def restore(self, decided: set[str], phones: Iterable[Phone], *, is_promised: bool) -> None:
        """The server went back. is_promised: to what `durable_mid` has told of."""
        if not is_promised:  # a phone may still hear that what is gone was durable
            self.excused |= self._durable - decided
        self._durable = decided
        missing = self.works.keys() - decided - self._held(phones) - self.excused
        lost = missing - self._orphans
        require(not is_promised or not lost, "I1", f"no phone and no backup holds {sorted(lost)[:3]} any more")
        self.excused |= missing

    def look(self, phone: Phone) -> None:
        """Check what a phone keeps: I1, nothing is let go of that no backup holds; I14, nothing before it was seen."""
        entries = phone.replica.outbox.entries
        held = {entry.mutation.uid for entry in entries}
        gone = self._duties.get(phone, set()) - held
        lost = gone - self._durable - self.excused
        require(not lost, "I1", f"{phone.device} let go of {sorted(lost)[:3]}, which no backup holds")
        self._duties[phone] = self._duties.get(phone, set()) - gone
        unheard = self._unseen.get(phone, set()) - held
        require(not unheard, "I14", f"{phone.device} dropped {sorted(unheard)[:3]} before anyone saw the verdict")
        self._unseen[phone] = {entry.mutation.uid for entry in attention(phone.replica.outbox)}
        self.told |= self._unseen[phone]

    def hear(self, phone: Phone, answer: PullAnswer, *, is_first: bool) -> None:
        """Check what a phone is told of documents, anew after a first pull: I10, no version goes back."""
        versions = self._versions[phone] = {} if is_first else self._versions.setdefault(phone, {})
        for row in answer.patch:
            if isinstance(row, Put):
                last = versions.get((row.kind, row.id), 0)
                require(row.version >= last, "I10", f"{row.kind}/{row.id} went from version {last} to {row.version}")
                versions[row.kind, row.id] = row.version

    def see(self, phone: Phone) -> None:
        """The technician has looked."""
        self._unseen[phone] = set()

    def _held(self, phones: Iterable[Phone]) -> set[str]:
        return {
            entry.mutation.uid
            for phone in phones
            for entry in phone.replica.outbox.entries
            if entry.state is not MutationState.RESOLVED
        }
