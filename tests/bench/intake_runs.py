"""The single measurements of the intake benchmark. Each starts what it needs and stops it.

Saturated means: devices always have LEAD messages more to deliver than are at rest, or a full
window on every connection where the acknowledgement itself says that. Gateway and peer get
the same load from the same generator, and the clock starts after a warm-up.
"""

import time
from collections.abc import Callable
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Protocol

import msgspec

from tests.bench.intake_account import Account, Progress, account, recorded
from tests.bench.intake_agent import Agent
from tests.bench.intake_broker import Broker, Kind
from tests.bench.intake_mix import compound
from tests.bench.intake_process import Watched
from tests.bench.loadgen import Load
from tests.bench.peer import Peer

DEVICES = 24  # connections
WINDOW = 128  # unanswered messages of one connection; below the endpoint's receive maximum
LEAD = 20_000
SEED = 7
_WARM_UP = 2.0
_FASTEST = 100_000  # messages a second that the warm-up has ready
_LOOK = 0.02  # seconds between two looks at how much is at rest
_SETTLE = 60.0
_runs = count(1)


class Saturated(msgspec.Struct, frozen=True, kw_only=True):
    rate: float  # messages a second, at rest
    cpu_us: float  # of the process under test, per message
    resident_mb: float
    peak_mb: float
    account: Account


class Paced(msgspec.Struct, frozen=True, kw_only=True):
    waits: list[float]  # seconds from a message's send to its answer
    cpu_us: float
    resident_mb: float
    lag: int  # messages acknowledged and not at rest when the load ended
    account: Account


class Gateway(Protocol):
    """What is measured."""

    process: Watched

    def at_rest(self) -> int:
        """Messages that are stored, and events of its own that came between."""
        ...

    def found(self, load: Load) -> Account: ...
    def stop(self) -> None: ...


class Ours:
    def __init__(self, folder: Path, broker: int | None = None) -> None:
        self._agent = Agent(folder, broker)
        self.process = self._agent.process
        self._agent.wait_ready()
        self.port = self._agent.port
        self._progress = Progress(self._agent.folder)
        self._sent: list[str] = []

    def at_rest(self) -> int:
        return self._progress.events()

    def found(self, load: Load) -> Account:
        """Of this load; what was sent before may stand beside it."""
        self._sent += [name for one in load.connections for name in one.ids]
        acknowledged = load.acknowledged()
        until = time.monotonic() + _SETTLE
        while True:  # behind a broker the last ones are still on their way
            found = account(acknowledged, self._sent, recorded(self._agent.folder))
            if not found.lost or time.monotonic() > until:
                return found

    def stop(self) -> None:
        self._progress.close()
        self._agent.stop()


class Theirs:
    def __init__(self, python: str, folder: Path, broker: int, *, named: bool) -> None:
        self._peer = Peer(python, folder, broker, named=named)
        self.process = self._peer.process
        self._peer.wait_ready()

    def at_rest(self) -> int:
        return self._peer.stored()

    def found(self, load: Load) -> Account:
        sent = [name for one in load.connections for name in one.ids]
        return account(load.acknowledged(), sent, self._peer.messages())

    def stop(self) -> None:
        self._peer.stop()


def endpoint_saturated(folder: Path, seconds: float) -> Saturated:
    """Devices at our own endpoint: an answer means at rest, so answers are what is counted."""
    ours = Ours(folder)
    try:
        return _saturated(ours, ours.port, seconds, bounded=False)
    finally:
        ours.stop()


def endpoint_paced(folder: Path, rate: float, seconds: float) -> Paced:
    ours = Ours(folder)
    try:
        return _paced(ours, ours.port, rate, seconds)
    finally:
        ours.stop()


class BehindBroker:
    """A broker, and a gateway behind it. `make` gets folder and port."""

    def __init__(self, folder: Path, kind: Kind, make: Callable[[Path, int], Gateway]) -> None:
        folder.mkdir(parents=True)
        self._broker = Broker(kind, folder / "broker")
        try:
            self.gateway = make(folder / "gateway", self._broker.port)
        except RuntimeError:
            self._broker.stop()
            raise

    def saturated(self, seconds: float) -> Saturated:
        return _saturated(self.gateway, self._broker.port, seconds, bounded=True)

    def paced(self, rate: float, seconds: float) -> Paced:
        return _paced(self.gateway, self._broker.port, rate, seconds)

    def close(self) -> None:
        self.gateway.stop()
        self._broker.stop()


def _load(messages: float) -> Load:
    each = max(1, round(messages / DEVICES))
    return Load.of(compound(DEVICES, f"r{next(_runs):03d}", SEED), each)


def _room(gateway: Gateway, before: int) -> Callable[[], int]:
    """Messages that each connection may have sent, so that LEAD are always on their way."""
    seen, next_look = 0, 0.0

    def room() -> int:
        nonlocal seen, next_look
        now = time.monotonic()
        if now >= next_look:
            seen, next_look = gateway.at_rest() - before, now + _LOOK
        return (seen + LEAD) // DEVICES

    return room


def _saturated(gateway: Gateway, port: int, seconds: float, *, bounded: bool) -> Saturated:
    with closing(_load(_FASTEST * _WARM_UP)) as first:
        first.open(port)
        before = gateway.at_rest()
        began = time.monotonic()
        first.saturate(WINDOW, began + _WARM_UP, _room(gateway, before) if bounded else None)
        reached = (gateway.at_rest() - before) / (time.monotonic() - began)
        first.drain()
        _settle(gateway, before + first.acked)
        gateway.found(first)
    with closing(_load(reached * (seconds + 1) * 1.6 + LEAD)) as load:
        load.open(port)
        before, used = gateway.at_rest(), gateway.process.cpu_seconds()
        began = time.monotonic()
        load.saturate(WINDOW, began + seconds, _room(gateway, before) if bounded else None)
        took = time.monotonic() - began
        done = gateway.at_rest() - before
        rest = load.acked if not bounded else done
        used = gateway.process.cpu_seconds() - used
        resident, peak = gateway.process.resident_mb(), gateway.process.peak_mb()
        load.drain()
        _settle(gateway, before + load.acked)
        return Saturated(
            rate=rest / took,
            cpu_us=used / max(1, done) * 1e6,
            resident_mb=resident,
            peak_mb=peak,
            account=gateway.found(load),
        )


def _paced(gateway: Gateway, port: int, rate: float, seconds: float) -> Paced:
    with closing(_load(rate * _WARM_UP * 1.2 + DEVICES)) as first:
        first.open(port)
        first.pace(rate, time.monotonic() + _WARM_UP)
        gateway.found(first)
    with closing(_load(rate * seconds * 1.2 + DEVICES)) as load:
        load.open(port)
        before, used = gateway.at_rest(), gateway.process.cpu_seconds()
        waits = load.pace(rate, time.monotonic() + seconds)
        lag = load.acked - (gateway.at_rest() - before)
        used = gateway.process.cpu_seconds() - used
        _settle(gateway, before + load.acked)
        return Paced(
            waits=waits,
            cpu_us=used / len(waits) * 1e6,
            resident_mb=gateway.process.resident_mb(),
            lag=lag,
            account=gateway.found(load),
        )


def _settle(gateway: Gateway, until: int) -> None:
    """Wait until what the broker took is at rest too."""
    limit = time.monotonic() + _SETTLE
    while gateway.at_rest() < until and time.monotonic() < limit:
        time.sleep(_LOOK)
