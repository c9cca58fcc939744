"""What a message of a phone is answered with: who sends it, and the parts of the server that answer.

One thing and not six: Litestar gives each dependency of a route a task of its own, which costs a phone's pull a fifth.
"""

from typing import NamedTuple

from backend.identity.principal import Principal
from backend.kernel.db import Database
from backend.kernel.feed import Feed
from backend.offline.contacts import Contacts
from backend.offline.pressure import Pressure
from backend.offline.waiting import News
from backend.settings import Settings


class Exchange(NamedTuple):
    """See above."""

    principal: Principal
    database: Database
    feed: Feed
    news: News
    contacts: Contacts
    pressure: Pressure
    settings: Settings
