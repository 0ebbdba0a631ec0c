"""One gateway sends a hundred times what the others do: how long do the others wait for it?

The whole way: a NATS broker as the box starts it, the hub's link, ingest and the log on SQLite,
and gateways in a process of their own. In turns, a phase of twenty gateways alone and one in
which another floods, at the same rate for the twenty. The flooder heeds no window.
"""

import argparse
import asyncio
import contextlib
import multiprocessing
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import psutil

from core.clock import SystemClock
from core.ingest import Ingest
from core.keys import Signer
from core.store.sqlite import SQLiteEventStore
from core.tasks import end
from core.trust import by_key
from infra.box import broker, layout
from infra.box.layout import GATEWAY, Box, Ports
from infra.hub import config
from infra.hub.link import HubLink
from infra.hub.presence import Presences
from infra.hub.refusals import Refusals
from infra.ports import free_port
from tests.bench.fairness_load import EVENTS, Account, Order, Outcome, serve
from tests.bench.table import Result, at, beside, spread

GATEWAYS = 20
RATE = 5.0  # batches a second of each
TIMES = 100
SEED = 20261121
_COMMAND = "python -m tests.bench.fairness"


def measure(
    folder: Path, repeats: int, seconds: float, rate: float = RATE, times: float = TIMES
) -> list[Result]:
    ports = Ports(http=free_port(), mqtt=free_port(), uplink=free_port(), broker=free_port())
    box = Box(folder=folder, compounds=layout.names(GATEWAYS + 1), ports=ports)
    layout.write(box, {}, health_s=3600)
    with _broker(box):
        alone, flooded, hub = asyncio.run(_measure(box, repeats, seconds, rate, times))
    return _rows(alone, flooded, hub, rate, times)


class _Hub:
    """The link over a real log, and how it fares: processor time, and how late its loop is."""

    def __init__(self, box: Box) -> None:
        settings = config.read(box.hub / "hub.toml")
        gateways, clock = settings.config.gateways, SystemClock()
        self.store = SQLiteEventStore(settings.folder / "log.db")
        self.refusals = Refusals(gateways, clock)
        self.link = HubLink(
            settings,
            Ingest(self.store, by_key(gateways)),
            Signer.load_or_create(box.hub / "hub.key"),
            clock,
            Presences(gateways, clock, time.monotonic()),
            self.refusals,
        )
        self.lags: list[list[float]] = []
        self.cpu: list[float] = []

    async def watched(self, running: "asyncio.Future[Outcome]") -> Outcome:
        lags: list[float] = []
        cpu, began = psutil.Process().cpu_times(), time.perf_counter()
        while not running.done():
            asked = time.perf_counter()
            await asyncio.sleep(0.005)
            lags.append(time.perf_counter() - asked - 0.005)
        now = psutil.Process().cpu_times()
        spent = now.user + now.system - cpu.user - cpu.system
        self.cpu.append(spent / (time.perf_counter() - began))
        self.lags.append(lags)
        return await running


async def _measure(
    box: Box, repeats: int, seconds: float, rate: float, times: float
) -> tuple[list[Outcome], list[Outcome], _Hub]:
    hub = _Hub(box)
    linked = asyncio.create_task(hub.link.run())
    context = multiprocessing.get_context("spawn")
    orders, theirs = context.Pipe()
    accounts = [
        Account(one, GATEWAY, f"uplink-{one}", box.password(f"uplink-{one}"),
                box.edge(one) / "gateway.key")
        for one in box.compounds
    ]  # fmt: skip
    while not hub.link.connected:  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(0.05)
    child = context.Process(target=serve, args=(accounts, box.ports.uplink, theirs))
    child.start()
    outcomes: tuple[list[Outcome], list[Outcome]] = ([], [])
    try:
        for turn in range(-1, 2 * repeats):  # the first warms up
            flood = turn >= 0 and turn % 2
            rates = [rate] * GATEWAYS + [rate * times if flood else 0.0]
            order = Order(rates, seconds, SEED + turn)
            asked = asyncio.ensure_future(asyncio.to_thread(_ask, orders, order))
            found = await hub.watched(asked)
            if turn >= 0:
                outcomes[turn % 2].append(found)
        orders.send(None)
        await asyncio.to_thread(child.join, 10)
    finally:
        if child.is_alive():
            child.kill()
        await end(linked)
        hub.store.close()
    return *outcomes, hub


def _ask(orders: Connection, order: Order) -> Outcome:
    orders.send(order)
    found = orders.recv()
    assert isinstance(found, Outcome)
    return found


@contextlib.contextmanager
def _broker(box: Box) -> Iterator[None]:
    command = [broker.program(), "-c", str(broker.write(box))]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 15
        while True:
            try:
                socket.create_connection(("127.0.0.1", box.ports.uplink), timeout=1).close()
                break
            except OSError:
                assert time.monotonic() < until, "the broker does not answer"
                time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(15)


def _rows(
    alone: list[Outcome], flooded: list[Outcome], hub: _Hub, rate: float, times: float
) -> list[Result]:
    rows = []
    for name, share, most in (("p50", 0.5, None), ("p99", 0.99, 2.0)):
        rows.append(
            beside(
                f"frame → receipt, {name}, {GATEWAYS} gateways at {rate:g} batches/s "
                f"beside one at {rate * times:g}/s",
                [_waited(one, share) for one in flooded],
                [_waited(one, share) for one in alone],
                unit=" ms",
                peer="without it",
                most=most,
                command=_COMMAND,
            )
        )
    lost = sum(
        sent - len(waits)
        for one in (*alone, *flooded)
        for sent, waits in list(zip(one.sent, one.waits, strict=True))[:GATEWAYS]
    )
    flood = [len(one.waits[GATEWAYS]) / max(1, one.sent[GATEWAYS]) * 100 for one in flooded]
    own = [at(one.waits[GATEWAYS], 0.99) * 1000 for one in flooded if one.waits[GATEWAYS]]
    late = max(one.late for one in (*alone, *flooded)) * 1000
    quiet, busy = hub.lags[1::2], hub.lags[2::2]
    return [
        *rows,
        Result("frames of the twenty without a receipt", str(lost), "0", lost == 0),
        Result(
            "the flooder's own frames receipted",
            f"{spread(flood, ' %', 0)}, p99 {spread(own or [float('nan')], ' ms', 0)}",
        ),
        Result(
            "hub's event loop late, p99 beside the flood",
            spread([at(one, 0.99) * 1000 for one in busy], " ms", 1),
            peer=f"without it: {spread([at(one, 0.99) * 1000 for one in quiet], ' ms', 1)}",
        ),
        Result(
            "hub's processor time beside the flood",
            spread([one * 100 for one in hub.cpu[2::2]], " %", 0),
            peer=f"without it: {spread([one * 100 for one in hub.cpu[1::2]], ' %', 0)}",
        ),
        Result("timetable late at worst", f"{late:.0f} ms of batches of {EVENTS} events"),
    ]


def _waited(outcome: Outcome, share: float) -> float:
    """Of all frames of the twenty, in milliseconds."""
    return at([one for waits in outcome.waits[:GATEWAYS] for one in waits], share) * 1000


def main() -> int:
    options = argparse.ArgumentParser(prog=_COMMAND)
    options.add_argument("--repeats", type=int, default=5)
    options.add_argument("--seconds", type=float, default=5.0)
    options.add_argument("--rate", type=float, default=RATE)
    options.add_argument("--times", type=float, default=TIMES)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder), chosen.repeats, chosen.seconds, chosen.rate, chosen.times)
    for one in found:
        print(f"{one.name}: {one.measured} | {one.peer} | {one.ratio} {one.limit} "
              f"{'' if one.reached else 'NOT REACHED'}")  # fmt: skip
    return 0 if all(one.reached for one in found) else 1


if __name__ == "__main__":
    sys.exit(main())
