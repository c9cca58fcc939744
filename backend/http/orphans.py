"""A server's process that lost the one that started it: nobody would stop it, and it would go on answering at the port.

The server starts processes and passes signals on to them. When it is killed itself it cannot.
"""

import multiprocessing
import os
import threading
from multiprocessing.connection import wait


def end_with_parent() -> None:
    """End this process as soon as its parent has ended, however that was; nothing where `multiprocessing` made none.

    At once, as a kill does: what was not committed is not there, and callers ask again.
    """
    if (parent := multiprocessing.parent_process()) is not None:
        threading.Thread(target=_follow, args=(parent.sentinel,), name="parent", daemon=True).start()


def _follow(sentinel: int) -> None:
    wait([sentinel])  # the system closes the parent's end of this pipe, whatever ended it
    os._exit(1)
