"""The main job as its users do it: one command, a device, a guard's browser, Ctrl-C, again."""

import json
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from playwright.sync_api import Page, expect

from tests.bench.account import logged
from tests.bench.box import RunningBox
from tests.bench.browser import duty_desk
from tests.fix_browser import PATIENCE_MS

pytestmark = pytest.mark.timeout(400)


def publish(port: int, topic: str, body: dict[str, object]) -> None:
    """Returns once the broker has acknowledged."""
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="door")
    client.connect("127.0.0.1", port)
    client.loop_start()
    sent = client.publish(topic, json.dumps(body), qos=1)
    sent.wait_for_publish(60)
    assert sent.is_published()
    client.disconnect()
    client.loop_stop()


def said(name: str, type_: str, **data: object) -> dict[str, object]:
    return {"specversion": "1.0", "id": name, "source": "side-gate", "type": type_, "data": data}


def row(page: Page, name: str) -> None:
    # The desk may name the event once more, as evidence beside the open alarm.
    expect(page.locator(f'.passage[data-event-id="{name}"]')).to_be_visible(timeout=PATIENCE_MS)


def test_from_the_door_to_the_desk_and_over_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    box = RunningBox(folder, "--no-simulate")
    try:
        password = box.wait_ready(120)
        publish(
            box.mqtt, "site/access/side-gate", said("one", "access.granted.v1", cardNo="0012345678")
        )
        with duty_desk(box.url, password) as page:
            row(page, "one")
            publish(box.mqtt, "site/door/side-gate", said("two", "door.forced.v1"))
            alarm = page.locator('[data-alarm-id="door.forced:door/side-gate:two"]')
            alarm.focus()
            page.keyboard.press("a")
            expect(page.locator(".confirm input")).to_be_focused()
            page.keyboard.press("Enter")
            expect(alarm.locator(".by")).to_contain_text("admin")
    finally:
        box.stop()
    first = logged(folder)
    assert first["one"] == first["two"] == 1
    assert sum(name.startswith("ack:") for name in first) == 1
    again = RunningBox(folder, "--no-simulate")
    try:
        again.wait_listening(120)
        publish(
            again.mqtt,
            "site/access/side-gate",
            said("one", "access.granted.v1", cardNo="0012345678"),
        )
        publish(again.mqtt, "site/access/side-gate", said("three", "access.granted.v1"))
        with duty_desk(again.url, password) as page:
            row(page, "three")
            row(page, "one")
    finally:
        again.stop()
    assert {name: count for name, count in logged(folder).items() if count > 1} == {}
