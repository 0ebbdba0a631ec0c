"""A hub that is killed while a timer runs: the escalation is of the same second, said once; and a
thousand triggers are one alarm that is told once."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core import codec
from core.batch import Head, Journal, parse
from core.catalog import CATALOG
from core.clock import SystemClock, parse_rfc3339, rfc3339
from core.event import Data, Event, Recorded, source_of
from core.events.alarm import Escalated, Raised, RulesAdopted
from core.events.door import HeldOpen
from core.events.timer import Fired
from core.ingest import Arrival, Ingest
from core.keys import Signer
from core.keystore import KeyStore
from core.ownjournal import OwnJournal
from core.store.open import open_log
from core.store.sqlite import SQLiteEventStore
from core.trust import Gateway, by_key
from core.writer import BatchWriter
from tests.fix_broker import PATIENCE
from tests.fix_core import signer_of
from tests.fix_ports import free_port

RULES = """\
[[rule]]
name = "held"
kind = "door.heldopen"
priority = 2
on = ["door.heldopen.v1"]
clear = ["door.closed.v1"]
lasting = true
escalate = [{{ after_s = {after}, to = "shift-leader" }}]
"""

pytestmark = pytest.mark.timeout(600)


class Box:
    """A hub's folder, and the process that runs on it. `after`: seconds until it is escalated."""

    def __init__(self, folder: Path, after: float) -> None:
        self.folder, self.after = folder, after
        folder.mkdir()
        (folder / "password").write_text("x", encoding="utf-8")
        (folder / "rules.toml").write_text(RULES.format(after=after), encoding="utf-8")
        self.signer = signer_of(9)
        http, broker = free_port(), free_port()  # nobody answers at the broker's
        (folder / "hub.toml").write_text(
            f"""\
data = "."

[broker]
port = {broker}
username = "hub"
password_file = "password"

[http]
port = {http}

[history]
enabled = false

[rules]
file = "rules.toml"

[[gateways]]
compound = "c01"
name = "gw01"
key = "{self.signer.public.hex()}"
""",
            encoding="utf-8",
        )
        SQLiteEventStore(folder / "log.db").close()  # so that it can be read from now on
        self.process: subprocess.Popen[bytes] | None = None

    def happened(self, count: int) -> str:
        """A gateway's facts, as the hub ingested them just before; when they were recorded."""
        now = rfc3339(datetime.fromtimestamp(time.time(), UTC))
        store = SQLiteEventStore(self.folder / "log.db")
        keys = KeyStore(self.folder / "keys.db")
        hub = Signer.load_or_create(self.folder / "hub.key")
        own = OwnJournal(store, hub, SystemClock(), keys)
        gateway = Gateway(compound="c01", name="gw01", key=self.signer.public.hex())
        writer = BatchWriter(Journal(self.signer.public, 1), self.signer, Head())
        events = [
            Event(
                id=f"d:{number}",
                source=source_of("c01", "gw01", "south"),
                type=HeldOpen.TYPE,
                subject="door/south",
                time=now,
                recordedtime=now,
                data=HeldOpen(),
            )
            for number in range(count)
        ]
        batches = writer.batches([codec.encode(one) for one in events], parse_rfc3339(now))
        arrivals = [Arrival("c01", "gw01", one.frame) for one in batches]
        Ingest(store, by_key([gateway]), own).accept(arrivals, parse_rfc3339(now))
        keys.close()
        store.close()
        return now

    def start(self) -> None:
        with (self.folder / "hub.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "infra.cli", "hub", "--config", self.folder / "hub.toml"],
                stdout=log,
                stderr=log,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )

    def end(self, number: int) -> None:
        process, self.process = self.process, None
        if process is not None:
            process.send_signal(number)
            process.wait(PATIENCE)

    def said(self, kind: type[Data]) -> list[Event]:
        log = open_log(self.folder / "log.db")
        try:
            found = [
                item
                for stored in log.read(0, 10_000, 1 << 30)
                for item in codec.recorded(parse(stored.state), stored.id, CATALOG)
            ]
        finally:
            log.close()
        return [
            one.event
            for one in found
            if isinstance(one, Recorded) and isinstance(one.event.data, kind)
        ]

    def until(self, true: Callable[[], bool], patience: float = PATIENCE) -> None:
        end = time.monotonic() + patience
        while not true():
            assert self.process is not None
            log = (self.folder / "hub.log").read_text(encoding="utf-8")
            assert self.process.poll() is None, log[-3000:]
            assert time.monotonic() < end, log[-3000:]
            time.sleep(0.05)


Make = Callable[[float], Box]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[Box] = []

    def make(after: float) -> Box:
        made.append(Box(tmp_path / str(len(made)), after))
        return made[-1]

    yield make
    for one in made:
        one.end(signal.SIGKILL)


def killed_mid_timer(make: Make) -> tuple[Box, str]:
    """A hub that was killed before its timer was due, and when that is: as long as this machine
    needs to start one."""
    for after in (10.0, 30.0, 90.0):
        box = make(after)
        box.start()
        box.until(lambda: len(box.said(RulesAdopted)) == 1)  # noqa: B023 - called at once
        box.end(signal.SIGTERM)
        recorded = box.happened(1000)
        box.start()
        box.until(lambda: len(box.said(Raised)) == 1)  # noqa: B023
        box.end(signal.SIGKILL)
        if not box.said(Fired):
            return box, rfc3339(parse_rfc3339(recorded) + timedelta(seconds=after))
    raise AssertionError("it is to be killed before it is due")


def test_killed_mid_timer_it_escalates_at_the_same_second(make: Make) -> None:
    box, due = killed_mid_timer(make)
    while datetime.fromtimestamp(time.time(), UTC) < parse_rfc3339(due):
        time.sleep(0.1)  # it is away as it comes due
    box.start()
    box.until(lambda: len(box.said(Escalated)) == 1)
    box.end(signal.SIGTERM)
    box.start()  # and does not say anything again
    time.sleep(4)
    box.end(signal.SIGTERM)
    (fired,), (escalated,), (raised,) = box.said(Fired), box.said(Escalated), box.said(Raised)
    assert fired.time == escalated.time == due
    assert isinstance(escalated.data, Escalated)
    assert (escalated.data.due, escalated.data.to) == (due, "shift-leader")
    assert parse_rfc3339(fired.recordedtime) > parse_rfc3339(due)
    assert isinstance(raised.data, Raised)
    assert raised.data.alarm == "door.heldopen:door/south:d:0"
    assert raised.data.response_ms > 0
    assert len(box.said(RulesAdopted)) == 1
    assert Counter(one.id for one in box.said(HeldOpen)).total() == 1000
