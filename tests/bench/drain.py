"""A gateway that was offline for long: a backlog of a million events, and what is urgent meanwhile.

The backlog is written into the gateway's journal as its own intake would (bulk lane, batches of
100 level measurements), then the whole box starts. Devices go on publishing; each urgent probe
is timed from publish to its place in the hub's log. Nothing of the backlog may be missing.
"""

import argparse
import json
import sqlite3
import sys
import tempfile
import threading
import time
from datetime import timedelta
from pathlib import Path

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from core import codec
from core.batch import Lane, parse
from core.clock import SystemClock, rfc3339
from core.event import Event, source_of
from core.events.waste import LevelMeasured
from core.keys import Signer
from edge.journals import open_journals
from tests.bench.box import RunningBox
from tests.bench.table import Result

_BATCH = 100
_PROBES = 5  # a second
_LIVE = 100  # other messages a second


def measure(folder: Path, backlog: int) -> list[Result]:
    data = folder / "data"
    box = RunningBox(data, "--no-simulate")
    box.wait_ready()
    box.stop()
    _write_backlog(data, backlog)
    box = RunningBox(data, "--no-simulate")
    try:
        box.wait_listening()
        with _Devices(box.mqtt) as devices:
            started = time.monotonic()
            seconds, seen = _drained(data, backlog, devices)
            elapsed = time.monotonic() - started
        arrival = devices.count / elapsed
    finally:
        box.stop()
    waits = sorted(seen[name] - at for name, at in devices.sent.items() if name in seen)
    worst = waits[-1] if waits else float("nan")
    p99 = waits[min(len(waits) - 1, round(0.99 * len(waits)))] if waits else float("nan")
    rate = backlog / seconds
    return [
        Result(
            f"backlog of {backlog:,} events drained in {seconds:.0f} s",
            f"{rate:,.0f} events/s, {rate / arrival:.0f} × the arrival of {arrival:.0f}/s",
            "≥ 10 ×",
            rate >= 10 * arrival,
        ),
        Result(
            "urgent, publish → hub's log, meanwhile",
            f"p99 {p99:.2f} s, worst {worst:.2f} s of {len(waits)}",
            "≤ 2 s",
            p99 <= 2 and len(waits) >= len(devices.sent) - _PROBES,
        ),
    ]


def _write_backlog(data: Path, backlog: int) -> None:
    """Through the journal itself, so that it is signed and chained like any other."""
    edge, clock = data / "edge" / "c01", SystemClock()
    hub_key = Signer.load_or_create(data / "hub" / "hub.key").public
    signer = Signer.load_or_create(edge / "gateway.key")
    journals = open_journals(edge, signer, clock, hub_key)
    source = source_of("c01", "gw01", "bin-backlog")
    begin = clock.now() - timedelta(days=3)
    for first in range(0, backlog, _BATCH):
        at = rfc3339(begin + timedelta(milliseconds=first))
        lines = [
            codec.encode(
                Event(
                    id=f"backlog-{number}",
                    source=source,
                    type=LevelMeasured.TYPE,
                    subject="bin/backlog",
                    time=at,
                    recordedtime=at,
                    data=LevelMeasured(distance_mm=200 + number % 600, battery_pct=80),
                )
            )
            for number in range(first, first + _BATCH)
        ]
        journals.active.commit({Lane.BULK: lines})
    journals.close()


class _Devices:
    """Publish while the gateway catches up: some urgent, some not."""

    def __init__(self, port: int) -> None:
        self.sent: dict[str, float] = {}
        self.count = 0
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id="live")
        self._client.connect("127.0.0.1", port)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "_Devices":
        self._client.loop_start()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self._client.disconnect()
        self._client.loop_stop()

    def _run(self) -> None:
        while not self._stop.wait(1 / _LIVE):
            self.count += 1
            if self.count % (_LIVE // _PROBES) == 0:
                name = f"probe-{self.count}"
                self.sent[name] = time.time()
                self._publish(name, "access", "door-live", "door.opened.v1", {"cause": "grant"})
            else:
                name = f"live-{self.count}"
                data = {"distanceMm": 300 + self.count % 500}
                self._publish(name, "waste", "bin-live", "waste.bin.level.measured.v1", data)

    def _publish(self, name: str, domain: str, device: str, kind: str, data: object) -> None:
        body = {"specversion": "1.0", "id": name, "source": device, "type": kind, "data": data}
        self._client.publish(f"site/{domain}/{device}", json.dumps(body), qos=1)


def _drained(data: Path, backlog: int, devices: _Devices) -> tuple[float, dict[str, float]]:
    """(seconds until the hub has all of it, probe → when it stood in the hub's log)."""
    started, stored, position = time.monotonic(), 0, 0
    seen: dict[str, float] = {}
    db = sqlite3.connect(f"{(data / 'hub' / 'log.db').as_uri()}?mode=ro", uri=True)
    try:
        while stored < backlog and time.monotonic() - started < 1800:
            rows = db.execute(
                "SELECT rowid, state FROM stored_events WHERE rowid > ? ORDER BY rowid", (position,)
            ).fetchall()
            now = time.time()
            for position, frame in rows:  # noqa: B007 - the last one is where to go on
                batch = parse(frame)
                if batch.header.journal.lane is Lane.URGENT:
                    for one in codec.envelopes(batch):
                        if one.id in devices.sent:
                            seen[one.id] = now
                elif batch.header.last - batch.header.first + 1 == _BATCH:
                    stored += _BATCH
            time.sleep(0.02)
    finally:
        db.close()
    return time.monotonic() - started, seen


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m tests.bench.drain")
    options.add_argument("--backlog", type=int, default=1_000_000)
    with tempfile.TemporaryDirectory() as folder:
        results = measure(Path(folder), options.parse_args().backlog)
    for one in results:
        print(f"{one.name}: {one.measured} (limit {one.limit}, {'yes' if one.reached else 'NO'})")
    return 0 if all(one.reached for one in results) else 1


if __name__ == "__main__":
    sys.exit(main())
