"""Travel times without any supplier: the air line, with a detour and a speed that fit a town."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from scheduling.travel import Place, TravelMatrix, great_circle_matrix


class GreatCircleRoads:
    """The port `TravelTimes` that always answers."""

    async def matrix(self, places: Sequence[Place], depart_at: datetime) -> TravelMatrix:
        return await asyncio.to_thread(great_circle_matrix, places, depart_at)
