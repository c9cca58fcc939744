"""What can keep a device from its server. Nothing that was done is lost by any of it."""


class Offline(Exception):
    """There is no network, or something else answers than the server: what was done waits in the outbox."""


class NotEnrolled(Exception):
    """The device must be enrolled with a code first."""


class Locked(Exception):
    """The server was not heard from for longer than the lease: nothing is shown until it is. Sending goes on."""


class OtherTechnician(Exception):
    """This device holds another technician's work, which is that technician's to send: use another store."""


class StoreInUse(Exception):
    """Another process works on this store at the same moment: nothing was saved, begin again from what it holds."""


class NotAnOutbox(Exception):
    """This file is no exported outbox, or it was changed on its way."""


class DoubtfulSerial(Exception):
    """A serial that was read looks wrong: nothing was recorded. Look again, then confirm it or read it anew.

    sure: how it is confirmed.
    """

    def __init__(self, text: str, *, sure: str = "is_confirmed=true") -> None:
        super().__init__(text)
        self.sure = sure


class PhotoRefused(Exception):
    """The server will never take this photo; the text is its reason. It stays here for a person."""


class Stuck(Exception):
    """Device and server do not come to an end with each other."""
