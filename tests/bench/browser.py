"""A guard's browser on the duty desk, and when each probe became visible in it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, sync_playwright

# Notes the wall clock when an element first stands in the page that carries a probe's event id, or
# is the alarm that a probe raised (its id ends with its cause's).
_WATCH = """
window.seen = JSON.parse(sessionStorage.getItem('seen') || '{}');
window.loads = Number(sessionStorage.getItem('loads') || 0) + 1;
sessionStorage.setItem('loads', window.loads);
addEventListener('pagehide', () => sessionStorage.setItem('seen', JSON.stringify(window.seen)));
const look = (root) => {
  if (!root.querySelectorAll) return;
  const note = (element) => {
    const alarm = element.getAttribute('data-alarm-id') || '';
    const id = element.getAttribute('data-event-id') || alarm.split(':').pop();
    if (id && id.startsWith('probe-') && !(id in window.seen)) window.seen[id] = Date.now();
  };
  if (root.matches && root.matches('[data-event-id], [data-alarm-id]')) note(root);
  root.querySelectorAll('[data-event-id^="probe-"], [data-alarm-id*=":probe-"]').forEach(note);
};
new MutationObserver((changes) => {
  for (const change of changes) {
    look(change.target);
    change.addedNodes.forEach(look);
  }
}).observe(document, {
  subtree: true, childList: true, attributes: true,
  attributeFilter: ['data-event-id', 'data-alarm-id'],
});
"""

LIVE = "Number(document.querySelector('[data-position]').dataset.position) > 0"


@contextmanager
def duty_desk(url: str, password: str) -> Iterator[Page]:
    """The desk, signed in and watching."""
    program = shutil.which("chromium")
    if program is None:
        raise RuntimeError("chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.add_init_script(_WATCH)
        page.goto(f"{url}/signin")
        page.fill("input[name=name]", "admin")
        page.fill("input[name=password]", password)
        page.press("input[name=password]", "Enter")
        page.wait_for_url(f"{url}/**")
        page.wait_for_selector("[data-position]", state="attached")
        yield page
        browser.close()


def loads(page: Page) -> int:
    """How often the document was loaded; more than sign-in and desk means it was reloaded."""
    found: int = page.evaluate("window.loads")
    return found


def seen(page: Page) -> dict[str, float]:
    """Probe id → seconds since 1970 when it was first in the page."""
    found: dict[str, float] = page.evaluate("window.seen")
    return {name: at / 1000 for name, at in found.items()}
