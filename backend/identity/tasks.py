"""Background work of identity: links that show nothing any more are forgotten."""

from datetime import timedelta

from backend.identity.models import AccessLink
from backend.kernel.retention import Kept, chore

LINKS = Kept(table=AccessLink, after=AccessLink.expires_at, period=timedelta(days=1))  # nothing brings one back
CHORES = chore(LINKS)
