"""What the tests do with any page: look for complaints, check that everybody can use it, keep a picture."""

from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Error, Page

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
# A test that takes the network away expects the browser to say so.
NO_NETWORK = "net::ERR_INTERNET_DISCONNECTED"

SMALL_TARGETS = """() => {
  const found = []
  for (const element of document.querySelectorAll('a, button, input, select, textarea, summary')) {
    const target = element.closest('label') ?? element
    const { width, height } = target.getBoundingClientRect()
    const isSeen = element.checkVisibility({ visibilityProperty: true }) && width > 0
    if (isSeen && (width < 43.5 || height < 43.5)) found.push(`${target.outerHTML.slice(0, 90)} ${width}x${height}`)
  }
  return found
}"""
"""Whatever can be tapped and is smaller than 44 px, half a pixel of rounding aside. A label is part of its field."""


class Screens:
    """complaints: what pages said in their consoles, and errors that nobody caught."""

    def __init__(self, pictures: Path) -> None:
        self.complaints: list[str] = []
        self._expected: tuple[str, ...] = (NO_NETWORK,)
        self._pictures = pictures

    def expect(self, complaint: str) -> None:
        """A complaint that belongs to what the test does, such as a status of a refused request."""
        self._expected += (complaint,)

    def watch(self, page: Page) -> Page:
        page.on("console", self._heard)
        page.on("pageerror", self._broke)
        return page

    def check(self, page: Page, name: str) -> None:
        """Keep a picture in light and dark, and find nothing that keeps somebody from using the screen."""
        self._pictures.mkdir(exist_ok=True)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            page.screenshot(path=self._pictures / f"{name}-{scheme}.png")
            found = Axe().run(page, options=RULES)
            assert found.violations_count == 0, f"{name}, {scheme}: {found.generate_report()}"
        page.emulate_media(color_scheme="light", reduced_motion="reduce")

    def small_targets(self, page: Page) -> list[str]:
        """What a thumb would miss on this screen."""
        return page.evaluate(SMALL_TARGETS)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not any(expected in message.text for expected in self._expected):
            self.complaints.append(message.text)

    def _broke(self, error: Error) -> None:
        self.complaints.append(str(error))
