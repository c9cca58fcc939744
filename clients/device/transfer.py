"""The outbox as one file: taken from a phone that cannot send it, and sent from another of the same technician.

The file is a store without a key: it opens no door, and only the technician whose work it is can send it. Sending it
from both phones, or twice, changes nothing: the server knows each piece of work by its uid.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec
from msgspec.structs import replace

from clients.device.browser_outbox import SavedOutbox, read_saved
from clients.device.errors import NotAnOutbox, NotEnrolled, OtherTechnician
from clients.device.identity import Identity
from clients.device.store import DeviceStore
from sync import Outbox, Replica, wire
from sync.outbox import adopt
from sync.protocol import Mutation


class Carried(msgspec.Struct, frozen=True, kw_only=True):
    """How much went over."""

    mutations: int
    photos: int


def export_outbox(store: DeviceStore, file: Path) -> Carried:
    """Write the work and the waiting photos to a new file. Raises NotEnrolled, FileExistsError."""
    identity, replica = _whose(store), store.replica()
    assert replica is not None, "who is enrolled has an outbox"
    file.touch(mode=0o600, exist_ok=False)
    photos = 0
    with closing(DeviceStore(file)) as carrier:
        carrier.save_identity(Identity(private_key="", technician_id=identity.technician_id))
        outbox = replica.outbox
        carrier.save_replica(Replica(outbox=Outbox(id=outbox.id, next_mid=outbox.next_mid, entries=outbox.entries)))
        for photo in store.photos():
            carrier.save_photo(photo)
            photos += 1
    return Carried(mutations=len(replica.outbox.entries), photos=photos)


def import_outbox(store: DeviceStore, file: Path) -> Carried:
    """Take over the work of an exported file, or of one that the app in a browser saved; it goes out with this device's own.

    Raises NotEnrolled, OtherTechnician, FileNotFoundError, NotAnOutbox.
    """
    if not file.is_file():
        raise FileNotFoundError(f"there is no file {file}")
    identity, replica = _whose(store), store.replica()
    assert replica is not None, "who is enrolled has an outbox"
    saved = read_saved(file)
    if saved is not None:
        return _import_saved(store, replica, saved, of=identity.technician_id)
    with _opened(file) as carrier:
        theirs, carried = carrier.identity(), carrier.replica()
        if theirs is None or carried is None or theirs.technician_id != identity.technician_id:
            raise OtherTechnician(f"{file} is not an outbox of the technician of this device")
        mutations = [entry.mutation for entry in carried.outbox.entries]
        _check_seals(mutations)
        photos = 0
        for photo in carrier.photos():  # first: work may wait for its photo, a photo for nothing
            store.save_photo(photo)
            photos += 1
        return Carried(mutations=_adopt(store, replica, mutations), photos=photos)


def _import_saved(store: DeviceStore, replica: Replica, saved: SavedOutbox, *, of: str | None) -> Carried:
    """What a browser saved. Its photos stayed on that phone, and their records wait for them at the server."""
    if saved.technician != of:
        raise OtherTechnician("this is not an outbox of the technician of this device")
    _check_seals(saved.mutations)
    return Carried(mutations=_adopt(store, replica, saved.mutations), photos=0)


def _adopt(store: DeviceStore, replica: Replica, mutations: Sequence[Mutation]) -> int:
    """How many of them were new."""
    outbox = adopt(replica.outbox, mutations)
    store.save_replica(replace(replica, outbox=outbox))
    return outbox.next_mid - replica.outbox.next_mid


def _whose(store: DeviceStore) -> Identity:
    identity = store.identity()
    if identity is None or identity.technician_id is None:
        raise NotEnrolled("enrol this device with a code first")
    return identity


@contextmanager
def _opened(file: Path) -> Iterator[DeviceStore]:
    try:
        with closing(DeviceStore(file)) as carrier:
            yield carrier
    except (sqlite3.DatabaseError, msgspec.DecodeError) as error:
        raise NotAnOutbox(f"{file} is no exported outbox: {error}") from error


def _check_seals(mutations: Iterable[Mutation]) -> None:
    for mutation in mutations:
        if wire.mutation_digest(mutation, mutation.base) != mutation.digest:
            raise NotAnOutbox(f"number {mutation.mid} was changed in the file")
