"""The hub's memory with a city of 10,000 devices at 1,000 events a second: level, and flat.

`menwei hub` as a program of its own, on a real broker. What the gateways' uplinks would send is
published by this process: each gateway's batches in turn, small ones, because at this rate a
gateway has few events before it commits. Receipts are left unread; the hub's own count of what it
has taken is held against what was sent.
"""

import json
import os
import statistics
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import paho.mqtt.client as paho
import psutil
from paho.mqtt.enums import CallbackAPIVersion

from core import topics
from core.batch import parse
from core.ingest import Arrival
from infra.ports import free_port
from tests.bench import parts
from tests.bench.context import Context
from tests.bench.intake_broker import Broker
from tests.bench.intake_process import Watched
from tests.bench.parts import Load, Place
from tests.bench.table import Result
from tests.bench.timing import Tree

_DEVICES = 10_000
_COMPOUNDS = 233  # of one gateway with some 45 devices each
_RATE = 1000  # events a second
_BATCH = 10  # events
_MOST = 300.0  # MB
_SLOPE = 0.02  # of the level, from the first third of the time to the last
_WARM = 150_000  # events at first, as fast as _RUSH, until every device has been heard
_RUSH = 5000  # a second
_JUDGED = 2.0  # minutes below which nothing is said about flatness
_PATIENCE = 60.0
_LAST = 3.0  # seconds for the last receipts


def measure(context: Context) -> list[Result]:
    seconds = max(20.0, context.soak * 60)
    warm = context.events(_WARM)
    events = warm + int(seconds * _RATE)
    load = context.load(events, _COMPOUNDS, devices=_DEVICES, batch=_BATCH)
    return [
        row for database in ("postgres", "sqlite") for row in _soak(context, database, load, warm)
    ]


def _soak(context: Context, database: str, load: Load, warm: int) -> list[Result]:
    city, seconds = load.city(), (load.events - warm) / _RATE
    with context.place(database) as place:
        folder = Path(place.folder)
        broker = Broker("nats", folder / "broker")
        try:
            with _hub(folder, place, load, broker.port) as hub:
                tree = Tree(lambda: (hub.process.pid,))
                alone = psutil.Process(hub.process.pid)
                arrivals = city.arrivals(load.events)
                with _uplinks(broker.port) as client:
                    _, early = _sent(client, arrivals, alone, _RUSH, warm)
                    used = tree.cpu_seconds()
                    levels, sent = _sent(client, arrivals, alone, _RATE, load.events - warm)
                    used, whole = tree.cpu_seconds() - used, tree.resident_mb()
        finally:
            broker.stop()
        log = Place(str(folder / "hub"), place.url)
        with closing(parts.log_of(log)) as written:
            held = sum(
                parse(one.state).header.last
                for one in written.journals()
                if city.trust.history.now(parse(one.state).header.journal.key) is not None
            )
    third = max(1, len(levels) // 3)
    before, after = statistics.median(levels[:third]), statistics.median(levels[-third:])
    judged = context.soak >= _JUDGED
    growth = after / before - 1
    name = f"hub, {city.devices:,} devices of {len(city.gateways)} gateways, "
    name += f"{sent / seconds:,.0f} ev/s for {seconds / 60:.1f} min, {context.name_of(database)}"
    command = context.command(f"resident --soak {context.soak:g}")
    return [
        Result(
            f"{name}: resident at the highest",
            f"{max(levels):.0f} MB; {used / sent * 1e6:.0f} µs of CPU an event, "
            f"{whole:.0f} MB at the end, with its children",
            f"≤ {_MOST:g} MB",
            max(levels) <= _MOST,
            command=command,
        ),
        Result(
            f"{name}: memory from the first third to the last",
            f"{growth:+.1%} ({before:.0f} → {after:.0f} MB)",
            f"≤ {_SLOPE:+.0%}" if judged else "",
            growth <= _SLOPE or not judged,
            command=command,
        ),
        Result(f"{name}: sent and not stored", f"{early + sent - held}", "0", early + sent == held),
    ]


def _sent(
    client: paho.Client,
    arrivals: Iterator[Arrival],
    hub: psutil.Process,
    rate: float,
    events: int,
) -> tuple[list[float], int]:
    """(the hub's memory each second, events sent): evenly, by the clock."""
    levels: list[float] = []
    sent, began = 0, time.monotonic()
    for arrival in arrivals:
        ahead = sent / rate - (time.monotonic() - began)
        if ahead > 0:
            time.sleep(ahead)
        topic = topics.topic(arrival.compound, arrival.gateway, topics.UP)
        client.publish(topic, arrival.frame, qos=1)
        header = parse(arrival.frame).header
        sent += header.last - header.first + 1
        if time.monotonic() - began >= len(levels) + 1:
            levels.append(hub.memory_info().rss / 1e6)
        if sent >= events:
            break
    return levels, sent


@contextmanager
def _uplinks(port: int) -> Iterator[paho.Client]:
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="uplinks")
    client.connect("127.0.0.1", port)
    client.loop_start()
    try:
        yield client
        time.sleep(_LAST)
    finally:
        client.disconnect()
        client.loop_stop()


@contextmanager
def _hub(folder: Path, place: Place, load: Load, broker: int) -> Iterator[Watched]:
    http = free_port()
    config = folder / "hub.toml"
    config.write_text(_config(place, load, broker, http), encoding="utf-8")
    hub = Watched(
        [sys.executable, "-m", "infra.cli", "hub", "--config", str(config)],
        folder / "hub.out",
        Path.cwd(),
        dict(os.environ),
    )
    try:
        until = time.monotonic() + _PATIENCE
        while "listening to gateways" not in hub.said() or not _healthy(http):
            if not hub.alive() or time.monotonic() > until:
                raise RuntimeError(f"the hub does not start: {hub.said()[-2000:]}")
            time.sleep(0.1)
        yield hub
    finally:
        hub.stop()


def _config(place: Place, load: Load, broker: int, http: int) -> str:
    """hub.toml with every gateway of the city."""
    lines = ['data = "hub"']
    lines += ["[broker]", 'host = "127.0.0.1"', f"port = {broker}", "[http]", f"port = {http}"]
    if place.url:
        lines += ["[store]", f"url = {json.dumps(place.url)}"]
    for gateway in load.city().gateways:
        lines += [
            "[[gateways]]",
            f'compound = "{gateway.compound}"',
            f'name = "{gateway.name}"',
            f'key = "{gateway.key}"',
        ]
    return "\n".join(lines) + "\n"


def _healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
