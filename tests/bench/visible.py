"""From a device's publish to the row in the view, on the whole box at 1,000 events a second.

A probe is a card at a door, published to the box's own MQTT port while simulated devices load it.
Who waits for it reads /api/v1/stream like any program of the house: the stream tells an event
once the views stand behind it, which is asked of the view's API for the last of them. So endpoint,
journal, uplink, broker, hub, views and web are all within the figure.
"""

import json
import threading
import time
import urllib.request
from collections.abc import Callable
from contextlib import closing
from http.client import HTTPResponse
from pathlib import Path

from core.batch import parse
from infra.access import new_token
from tests.bench import parts
from tests.bench.box import RunningBox
from tests.bench.context import Context
from tests.bench.load import devices, probe
from tests.bench.parts import Place
from tests.bench.table import Result, at

_EVENTS = 1000  # a second
_PROBES = 20  # a second
_SECONDS = 60
_P50, _P99 = 60.0, 250.0  # ms
_SETTLE = 5.0
_COMPOUND = "c01"


def measure(context: Context) -> list[Result]:
    results = _box(context, "SQLite")
    results += _box(context, context.server.name, "postgres")
    return results


def _box(context: Context, name: str, database: str = "sqlite") -> list[Result]:
    seconds = max(10, round(_SECONDS * context.size))
    with context.place(database) as place:
        data = Path(place.folder) / "data"
        store = ("--store", place.url) if place.url else ()
        box = RunningBox(data, "--compounds", "1", "--no-simulate", *store)
        try:
            box.wait_ready()
            token = new_token(data / "hub", "auditor")
            with _Watch(box.url, token) as watch:
                sent = _loaded(box, context.seed, seconds)
                watch.until(lambda: sent.keys() <= watch.seen.keys(), _SETTLE)
                stands = _in_view(box.url, token, sent)
                memory = box.resident_mb()
        finally:
            box.stop()
        log = Place(str(data / "hub"), place.url)
        with closing(parts.log_of(log)) as written:
            events = sum(parse(one.state).header.last for one in written.journals())
    waits = [(watch.seen[one] - sent[one]) * 1000 for one in sent if one in watch.seen]
    unseen = len(sent) - len(waits)
    rate = events / seconds
    title = f"publish → row in the view, {name}"
    command = context.command("visible")
    p50, p99 = at(waits, 0.5), at(waits, 0.99)
    whole = ", ".join(f"{part} {size:.0f}" for part, size in sorted(memory.items()))
    return [
        Result(f"{title}, p50", f"{p50:.0f} ms of {len(waits)}, {rate:,.0f} ev/s",
               f"≤ {_P50:g} ms", p50 <= _P50, command=command),
        Result(f"{title}, p99", f"{p99:.0f} ms, worst {max(waits):.0f} ms",
               f"≤ {_P99:g} ms", p99 <= _P99, command=command),
        Result(f"{title}: never seen", f"{unseen} of {len(sent)}", "0", not unseen),
        Result(f"{title}: the door's row stands in the view", "yes" if stands else "no", "yes",
               stands),
        Result(f"resident meanwhile, {name}", f"{sum(memory.values()):.0f} MB ({whole})"),
    ]  # fmt: skip


def _loaded(box: RunningBox, seed: int, seconds: int) -> dict[str, float]:
    """Probes among simulated devices; id → when it was published."""
    load = devices(box.mqtt, seed, _EVENTS, seconds)
    try:
        return probe(box.mqtt, seconds, load, _PROBES)
    finally:
        load.wait(seconds + 60)


def _in_view(url: str, token: str, sent: dict[str, float]) -> bool:
    """Whether the probes' door stands in the view of its compound."""
    text = asked(url, token, f"/api/v1/views/safe_community/{_COMPOUND}").read().decode()
    return bool(sent) and "door/probe-door" in text


class _Watch:
    """What a guard's screen subscribes to, on a thread of its own; probes with the moment they
    came."""

    def __init__(self, url: str, token: str) -> None:
        self.seen: dict[str, float] = {}
        self._stop = threading.Event()
        self._answer = asked(url, token, f"/api/v1/stream?compound={_COMPOUND}&type=access.")
        self._thread = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> "_Watch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(30)
        self._answer.close()

    def until(self, there: Callable[[], bool], patience: float) -> None:
        limit = time.monotonic() + patience
        while not there() and time.monotonic() < limit:
            time.sleep(0.05)

    def _read(self) -> None:
        for line in self._answer:
            if self._stop.is_set():
                return
            if not line.startswith(b"data: "):
                continue
            now = time.time()
            if b'"id":"probe-' in line:
                self.seen.setdefault(json.loads(line[6:])["id"], now)


def asked(url: str, token: str, path: str) -> HTTPResponse:
    request = urllib.request.Request(url + path, headers={"Authorization": f"Bearer {token}"})
    answer = urllib.request.urlopen(request, timeout=30)
    assert isinstance(answer, HTTPResponse)
    return answer
