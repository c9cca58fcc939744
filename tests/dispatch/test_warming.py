"""What a web process has ready before anybody asks for slots."""

import pytest

from backend.dispatch import warming
from scheduling import slots

pytestmark = pytest.mark.anyio


async def test_a_process_loads_what_answers_for_slots(monkeypatch: pytest.MonkeyPatch):
    asked: list[str] = []
    monkeypatch.setattr(slots, "warm", lambda: asked.append("warm"))

    await warming.warm_slots(after_seconds=0)

    assert asked == ["warm"]


def test_warming_asks_what_every_question_for_slots_asks():
    """Of one technician's work and of a crew's: both are compiled, or loaded, by then."""
    from scheduling.fleet import meetings, offers

    slots.warm()

    for entry in (offers.offers, offers.as_they_are, meetings.arrivals):
        assert getattr(entry, "signatures", [None]) != []
