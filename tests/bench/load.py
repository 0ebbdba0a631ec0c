"""500 device messages a second for a minute, beside a guard's browser: loss, doubles, latency."""

import json
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from tests.bench import account, browser
from tests.bench.box import RunningBox
from tests.bench.table import Result

PROBES_PER_SECOND = 5
SEED = 7
_CARD = {
    "type": "access.granted.v1",
    "data": {"credential": "card", "subjectClass": "resident", "direction": "in"},
}
_AT_REST = {"type": "door.closed.v1", "data": {}}
_FORCED = {"type": "door.forced.v1", "data": {}}
_EACH = 1.41  # events of a simulated message, over a working morning


def measure(folder: Path, rate: int, seconds: int) -> list[Result]:
    """Start, watch, load, account. Everything on loopback, everything stopped at the end."""
    results: list[Result] = []
    box = RunningBox(folder / "data", "--compounds", "1")
    try:
        password = box.wait_ready()
        with browser.duty_desk(box.url, password) as page:
            page.wait_for_function(browser.LIVE)
            started = time.monotonic() - box.started
            results.append(
                Result(
                    "make run → page with live events", f"{started:.1f} s", "≤ 20 s", started <= 20
                )
            )
            time.sleep(15)
            results += _memory("idle", box.resident_mb())
        box.stop()
        results += _under_load(folder, rate, seconds)
    finally:
        box.stop()
    return results


def _under_load(folder: Path, rate: int, seconds: int) -> list[Result]:
    data = folder / "load" / "data"
    data.parent.mkdir()
    box = RunningBox(data, "--compounds", "1", "--no-simulate")
    record = folder / "sent.jsonl"
    try:
        password = box.wait_ready()
        with browser.duty_desk(box.url, password) as page:
            page.wait_for_function(browser.LIVE)
            page.wait_for_timeout(2000)
            before = browser.loads(page)
            load = subprocess.Popen(
                [
                    sys.executable, "-m", "infra.cli", "simulate",
                    "--mqtt", f"127.0.0.1:{box.mqtt}", "--seed", str(SEED),
                    "--rate", str(rate), "--duration", str(seconds),
                    "--record", str(record),
                ],
            )  # fmt: skip
            sent = probe(box.mqtt, seconds, load)
            load.wait(seconds + 60)
            busy = box.resident_mb()
            page.wait_for_timeout(3000)
            visible = browser.seen(page)
            reloads = browser.loads(page) - before
        box.stop()
    finally:
        box.stop()
    stored = account.logged(data)
    promised = account.promised(record, "c01", SEED) | set(sent)
    lost = [name for name in promised if name not in stored]
    twice = [name for name, count in stored.items() if count > 1]
    waits = sorted(visible[name] - at for name, at in sent.items() if name in visible)
    p50, p99 = _at(waits, 0.5), _at(waits, 0.99)
    unseen = len(sent) - len(waits)
    messages = sum(1 for _ in record.open(encoding="utf-8"))
    return [
        Result(f"messages at {rate}/s for {seconds} s", f"{messages}"),
        Result("acknowledged and not in the log", str(len(lost)), "0", not lost),
        Result("in the log twice", str(len(twice)), "0", not twice),
        Result("reloads of the page meanwhile", str(reloads), "0", reloads == 0),
        Result("publish → visible, p50", f"{p50 * 1000:.0f} ms"),
        Result("publish → visible, p99", f"{p99 * 1000:.0f} ms", "≤ 1000 ms", p99 <= 1.0),
        Result("probes never seen in the page", f"{unseen} of {len(sent)}", "0", unseen == 0),
        *_memory("under load", busy),
    ]


def devices(port: int, seed: int, events: int, seconds: int) -> "subprocess.Popen[bytes]":
    """A simulated compound that says about so many events a second."""
    return subprocess.Popen(
        [
            sys.executable, "-m", "infra.cli", "simulate", "--mqtt", f"127.0.0.1:{port}",
            "--seed", str(seed), "--rate", str(round(events / _EACH)), "--duration", str(seconds),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip


def probe(
    port: int,
    seconds: int,
    load: "subprocess.Popen[bytes]",
    rate: float = PROBES_PER_SECOND,
    *,
    alarms: bool = False,
) -> dict[str, float]:
    """Publishes probes while the load runs; id → when it was handed to the socket. `alarms`: each
    is a door of its own that was forced, else all are cards at one door."""
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="probe")
    client.connect("127.0.0.1", port)
    client.loop_start()
    sent: dict[str, float] = {}
    stop = threading.Event()
    if alarms:  # doors stand there before they are forced: a plan is not drawn anew at each alarm
        for number in range(round(seconds * rate) + 1):
            device = f"door-of-probe-{number}"
            body = {"specversion": "1.0", "id": f"rest-{number}", "source": device, **_AT_REST}
            client.publish(f"site/access/{device}", json.dumps(body), qos=1).wait_for_publish(10)
        stop.wait(3)
    until = time.monotonic() + seconds
    while time.monotonic() < until and load.poll() is None:
        name = f"probe-{len(sent)}"
        device = f"door-of-{name}" if alarms else "probe-door"
        said = _FORCED if alarms else _CARD
        body = {"specversion": "1.0", "id": name, "source": device, **said}
        sent[name] = time.time()
        client.publish(f"site/access/{device}", json.dumps(body), qos=1).wait_for_publish(10)
        stop.wait(1 / rate)
    client.disconnect()
    client.loop_stop()
    return sent


def _memory(when: str, found: dict[str, float]) -> list[Result]:
    total = sum(found.values())
    parts = ", ".join(f"{name} {size:.0f}" for name, size in sorted(found.items()))
    return [
        Result(
            f"resident, whole box, {when}", f"{total:.0f} MB ({parts})", "≤ 400 MB", total <= 400
        ),
        Result(
            f"resident, edge agent, {when}",
            f"{found['edge']:.0f} MB",
            "≤ 60 MB",
            found["edge"] <= 60,
        ),
    ]


def _at(values: list[float], share: float) -> float:
    if not values:
        return float("nan")
    if share == 0.5:
        return statistics.median(values)
    return values[min(len(values) - 1, round(share * len(values)))]
