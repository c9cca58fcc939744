"""What Northbank Fibre sells and how its work is done: `catalogue.json`, as `truckroll import-catalogue` would take it.

A GPON serial is the vendor's four letters and eight hexadecimal digits (ITU-T G.984.3, 10.2.3); the others follow the
shapes that vendors print on their labels. The telephone adapter has a lithium battery, and the newest gateway encrypts
so strongly that its export is controlled.
"""

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from backend.catalogue import service as catalogue
from backend.catalogue.draft_schemas import Catalogue
from backend.kernel.db import Transaction

PUBLISHED = datetime(2025, 1, 1, tzinfo=UTC)
CATALOGUE = msgspec.json.decode((Path(__file__).parent / "catalogue.json").read_bytes(), type=Catalogue)


async def add_catalogue(tx: Transaction) -> None:
    """Everything that Northbank sells."""
    await catalogue.publish(tx, CATALOGUE, PUBLISHED)
