"""Where things are on the dispatcher's board, and what hands do there."""

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

from backend.demo.story.scene import Scene

SETTLE_MS = 60  # a button let go in the same frame as the last move is lost


def bar_of(desk: Page, job_id: str) -> Locator:
    """A job's bar on the timeline."""
    return desk.locator(f'[role=gridcell][data-job="{job_id}"]')


def item_of(desk: Page, job_id: str) -> Locator:
    """A job in the backlog."""
    return desk.locator(f'button[data-job="{job_id}"]')


def row_of(desk: Page, name: str) -> Locator:
    """A technician's row."""
    return desk.get_by_role("row").filter(has=desk.get_by_role("rowheader", name=re.compile(f"^{re.escape(name)}, ")))


def drag(desk: Page, job: Locator, row: Locator, share: float) -> None:
    """Take a job up and hold it over a row, at this share of its length; the button stays down."""
    job.scroll_into_view_if_needed()
    begin, target = job.bounding_box(), row.bounding_box()
    assert begin is not None
    assert target is not None
    desk.mouse.move(begin["x"] + 8, begin["y"] + 8)
    desk.mouse.down()
    head = 216  # the technician's name
    x = target["x"] + head + (target["width"] - head) * share
    desk.mouse.move(x - 40, target["y"] + 20, steps=6)
    desk.mouse.move(x, target["y"] + 20, steps=6)


def let_go(desk: Page) -> None:
    desk.wait_for_timeout(SETTLE_MS)
    desk.mouse.up()


def told(desk: Page, words: str) -> None:
    """The board says so."""
    expect(desk.locator(".told")).to_contain_text(words)


def someone_with_a_gap(scene: Scene, day: str, job: dict[str, Any]) -> dict[str, Any]:
    """Of the technicians who could take the job, the one for whom it costs least."""
    found = scene.dispatcher.get(f"/api/v1/jobs/{job['id']}/obstacles", day=day)["technicians"]
    return min((one for one in found if one["reason"] is None), key=lambda one: one["cost_delta_seconds"])
