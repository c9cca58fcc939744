"""The outbox as one file: taken from a phone that cannot send it, and sent from another of the same technician.

The file is a store without a key: it opens no door, and only the technician whose work it is can send it. Sending it
from both phones, or twice, changes nothing: the server knows each piece of work by its uid.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec
from msgspec.structs import replace

from clients.device.errors import NotAnOutbox, NotEnrolled, OtherTechnician
from clients.device.identity import Identity
from clients.device.store import DeviceStore
from sync import Outbox, Replica, wire
from sync.outbox import adopt


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
    """Take over the work of an exported file; it goes out with this device's own.

    Raises NotEnrolled, OtherTechnician, FileNotFoundError, NotAnOutbox.
    """
    if not file.is_file():
        raise FileNotFoundError(f"there is no file {file}")
    identity, replica = _whose(store), store.replica()
    assert replica is not None, "who is enrolled has an outbox"
    with _opened(file) as carrier:
        theirs, carried = carrier.identity(), carrier.replica()
        if theirs is None or carried is None or theirs.technician_id != identity.technician_id:
            raise OtherTechnician(f"{file} is not an outbox of the technician of this device")
        _check_seals(carried.outbox)
        photos = 0
        for photo in carrier.photos():  # first: work may wait for its photo, a photo for nothing
            store.save_photo(photo)
            photos += 1
        outbox = adopt(replica.outbox, [entry.mutation for entry in carried.outbox.entries])
        store.save_replica(replace(replica, outbox=outbox))
    return Carried(mutations=outbox.next_mid - replica.outbox.next_mid, photos=photos)


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


def _check_seals(outbox: Outbox) -> None:
    for entry in outbox.entries:
        mutation = entry.mutation
        if wire.mutation_digest(mutation, mutation.base) != mutation.digest:
            raise NotAnOutbox(f"number {mutation.mid} was changed in the file")
