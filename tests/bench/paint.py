"""How long a guard waits for a screen of a large compound: from asking for it to its first paint,
in a real browser, on a running box."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from playwright.sync_api import Page

from tests.bench import browser
from tests.bench.box import RunningBox
from tests.bench.context import Context
from tests.bench.table import Result, at, spread

_DEVICES, _DOORS = 10_000, 1_000
_WALL_MS, _DESK_MS = 2000.0, 4000.0
_PATIENCE_MS = 60_000
_WINDOW = 500  # messages under way
_CLOSED = {"type": "door.closed.v1", "data": {}}

# When the wall has first drawn so many: before them it may have drawn none.
_WATCH = """
new MutationObserver((changes) => {
  for (const { target } of changes)
    if (Number(target.dataset.painted) >= DEVICES) window.wall ??= performance.now();
}).observe(document, { subtree: true, attributes: true, attributeFilter: ['data-painted'] });
"""
_PAINTED = "window.wall > 0"
_FIRST = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


def measure(context: Context) -> list[Result]:
    devices, doors = round(_DEVICES * context.size), round(_DOORS * context.size)
    desk = f"document.querySelectorAll('.tile.door').length > 0 && {_FIRST} > 0"
    rows = []
    with _desk(context, "wall", devices) as (page, url):
        page.add_init_script(_WATCH.replace("DEVICES", str(devices)))
        page.goto(f"{url}/wall")
        page.wait_for_function(_PAINTED, timeout=_PATIENCE_MS)
        took = [_again(page, _PAINTED, "window.wall") for _ in range(context.repeats)]
        rows.append(_row(f"wall of {devices:,} devices, first paint", took, _WALL_MS, context))
    with _desk(context, "desk-of-doors", doors) as (page, _url):
        page.wait_for_function(desk, timeout=_PATIENCE_MS)
        took = [_again(page, desk, _FIRST) for _ in range(context.repeats)]
        rows.append(_row(f"desk of {doors:,} doors, first paint", took, _DESK_MS, context))
    return rows


def _row(name: str, took: list[float], limit: float, context: Context) -> Result:
    return Result(
        name,
        spread(took, " ms", 0),
        f"≤ {limit:g} ms",
        at(took, 0.5) <= limit,
        command=context.command("paint"),
    )


def _again(page: Page, painted: str, when: str) -> float:
    """Milliseconds of a whole reload."""
    page.reload()
    page.wait_for_function(painted, timeout=_PATIENCE_MS)
    found: float = page.evaluate(when)
    return found


@contextmanager
def _desk(context: Context, name: str, devices: int) -> Iterator[tuple[Page, str]]:
    """Signed in at a box whose view has heard of so many doors, each of a device of its own."""
    box = RunningBox(context.part(name) / "data", "--compounds", "1", "--no-simulate")
    try:
        password = box.wait_ready()
        _closed(box.mqtt, devices)
        with browser.duty_desk(box.url, password) as page:
            yield page, box.url
    finally:
        box.stop()


def _closed(port: int, doors: int) -> None:
    """Every one told by its own device, and acknowledged."""
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="doors")
    client.max_inflight_messages_set(_WINDOW)
    client.connect("127.0.0.1", port)
    client.loop_start()
    sent = []
    for number in range(doors):
        name = f"lock-{number:05d}"
        body = {"specversion": "1.0", "id": f"rest-{number}", "source": name, **_CLOSED}
        sent.append(client.publish(f"site/door/{name}", json.dumps(body), qos=1))
    for one in sent:
        one.wait_for_publish(60)
    client.disconnect()
    client.loop_stop()
