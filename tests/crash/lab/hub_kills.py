"""Real SIGKILL of a hub's store and ingest under load from gateways; what it may not break is
its receipts."""

import random
import socket
import tempfile
import time
from pathlib import Path

from core import codec
from core.receipt import Receipt
from tests.crash.lab import account, hub_life
from tests.crash.lab.account import Wrong
from tests.crash.lab.nursery import Life, Nursery, said
from tests.crash.lab.powerloss import memory
from tests.crash.lab.tally import Tally, Unit
from tests.fix_broker import PATIENCE
from tests.fix_core import START, Enrolled

_WINDOW = 16  # batches sent beyond the last receipt


class Sender:
    """A gateway that sends until it is receipted, and remembers what it was told."""

    def __init__(self, lane: Enrolled) -> None:
        self.lane = lane
        self.journal = lane.journal.id.hex
        self.frames: list[bytes] = []  # by number, from 1
        self.sent = 0
        self.committed = 0

    def next(self, chance: random.Random) -> bytes | None:
        if self.sent >= self.committed + _WINDOW:
            return None
        if len(self.frames) <= self.sent:
            lines = [codec.encode(one) for one in self.lane.events(chance.randint(1, 4))]
            (made,) = self.lane.writer.batches(lines, START)
            self.lane.writer.advance([made])
            self.frames.append(made.frame)
        self.sent += 1
        return self.frames[self.sent - 1]

    def heard(self, receipt: Receipt) -> None:
        if receipt.committed < self.committed:
            raise Wrong(f"a receipt went back from {self.committed} to {receipt.committed}")
        self.committed = receipt.committed

    def begin(self) -> None:
        """A new connection: what was under way is gone, and some receipted batches go again."""
        self.sent = max(0, self.committed - 1)

    def check(self, stored: list[bytes]) -> None:
        if stored != self.frames[: len(stored)]:
            raise Wrong("the log is not what was sent")
        if len(stored) < self.committed:
            raise Wrong(f"receipted {self.committed} batches, {len(stored)} are there")


def hub(unit: Unit) -> Tally:
    """`unit.trials` lives of one hub."""
    tally, chance = Tally(), random.Random(f"hub kills {unit.seed}")
    with tempfile.TemporaryDirectory(dir=memory()) as scratch, Nursery() as nursery:
        folder = Path(scratch)
        senders = [Sender(one) for one in hub_life.gateways()]
        try:
            for _ in range(unit.trials):
                life, begun = nursery.born("hub", folder), time.monotonic()
                if chance.random() < 0.25:
                    time.sleep(chance.uniform(0.0, 0.02))
                else:
                    first = talk(folder, senders, chance.uniform(0.0, 0.04), chance, life)
                    if first:
                        tally.measure("restart s", first - begun)
                life.kill()
                tally.trials += 1
            frames = account.frames(folder / hub_life.LOG)
            account.settle((), account.events(frames)).close()
            for sender in senders:
                sender.check(frames.get(sender.journal, []))
                tally.count("receipted", sender.committed)
                tally.count("stored", len(frames.get(sender.journal, [])))
        except Wrong as wrong:
            tally.fail(f"story {unit.number} (seed {unit.seed}): {wrong}\n{said(folder)}")
    return tally


def talk(
    folder: Path, senders: list[Sender], seconds: float, chance: random.Random, life: Life
) -> float:
    """Sends and hears for so long after the first receipt, then kills in the midst of it.
    When the first receipt came; 0 if it did not."""
    by_journal = {one.journal: one for one in senders}
    first, waiting = 0.0, b""
    connection = connected(folder)
    end = time.monotonic() + 2.0
    for sender in senders:
        sender.begin()
    try:
        while time.monotonic() < end:
            for sender in chance.sample(senders, len(senders)):
                frame = sender.next(chance)
                if frame is not None:
                    connection.sendall(hub_life.packed(frame))
            try:
                waiting += connection.recv(1 << 20)
            except BlockingIOError:
                continue
            parts, waiting = hub_life.cut(waiting)
            for part in parts:
                answer = hub_life.receipt(part)
                by_journal[answer.journal].heard(answer)
                if answer.refused:
                    raise Wrong(f"refused: {answer.refused}")
            if parts and not first:
                first = time.monotonic()
                end = first + seconds
    except TimeoutError:
        pass
    finally:
        life.kill()
        connection.close()
    return first


def connected(folder: Path) -> socket.socket:
    until = time.monotonic() + PATIENCE
    while True:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(0.5)
        try:
            connection.connect(str(folder / hub_life.SOCKET))
        except (FileNotFoundError, ConnectionRefusedError) as error:
            connection.close()
            if time.monotonic() > until:
                raise Wrong("the hub does not listen") from error
            time.sleep(0.001)
        else:
            return connection
