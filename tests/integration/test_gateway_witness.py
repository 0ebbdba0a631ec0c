"""A hub whose history was rewritten while it was down, by somebody with its disk and its keys: the
gateway refuses it, the alarm is raised, everything goes on being delivered, a person decides."""

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import httpx
import msgspec
import pytest

from core import codec
from core.batch import ZERO_HASH, Head, parse, seal
from core.catalog import CATALOG
from core.event import Data
from core.events.alarm import Cleared, Raised
from core.events.door import Opened
from core.events.logproof import Refused, Trusted
from core.keys import Signer
from core.store.open import open_log
from core.tlog import checkpoint, note
from core.tlog.checkpoint import log_key
from edge.witness import state
from edge.witness.evidence import Evidence
from edge.witness.state import State
from tests.fix_broker import COMPOUND, LONG, PATIENCE, Nats, Publisher, eventually, running, tail
from tests.fix_edge import EdgeProcess, native

_D = TypeVar("_D", bound=Data)


class Whole:
    """Broker, hub and gateway as processes of their own."""

    def __init__(self, nats: Nats) -> None:
        self.hub, self.edge = nats.box.hub, nats.box.edge(COMPOUND)
        self.config = self.edge / "edge.toml"
        settings = self.hub / "hub.toml"
        text = settings.read_text(encoding="utf-8")
        settings.write_text(f"{text}\n[log]\ncheckpoint_s = 1\n[history]\nenabled = false\n")
        self.gateway = EdgeProcess(self.config)
        self.process: subprocess.Popen[bytes] | None = None
        self.port = nats.box.devices_port(COMPOUND)
        self.http = nats.box.ports.http
        self._login = nats.login

    def login(self, user: str) -> tuple[str, str]:
        return self._login(user)

    def start_hub(self) -> None:
        self.process = running(
            "infra.cli", "hub", "--config", str(self.hub / "hub.toml"), log=self.hub / "hub.txt"
        )

    def stop_hub(self) -> None:
        assert self.process is not None
        self.process.terminate()
        assert self.process.wait(PATIENCE) == 0, tail(self.hub / "hub.txt")
        self.process = None

    def end(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        self.gateway.kill()

    def menwei(self, *words: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "infra.cli", "journal", *words]
        ended = subprocess.run(
            [*command, "--config", str(self.config)],
            capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip
        return ended.returncode, ended.stdout + ended.stderr

    def publish(self, first: int, count: int) -> None:
        device = Publisher(self)
        for number in range(first, first + count):
            device.publish(*native(number))
        device.settle()
        device.close()

    def checkpoint(self) -> str:
        """As the hub shows it to everybody."""
        return httpx.get(f"http://127.0.0.1:{self.http}/tlog/checkpoint", timeout=PATIENCE).text

    @property
    def believed(self) -> State:
        return state.read(self.edge)

    def logged(self, kind: type[_D]) -> list[_D]:
        """What the events of this type in the hub's log say."""
        log = open_log(self.hub / "log.db")
        frames = [parse(one.state) for one in log.read(0, 10_000, 1 << 30)]
        log.close()
        found = [CATALOG.read(one).data for frame in frames for one in codec.envelopes(frame)]
        return [one for one in found if isinstance(one, kind)]


@pytest.fixture
def whole(nats: Nats) -> Iterator[Whole]:
    made = Whole(nats)
    yield made
    made.end()
    print(tail(made.gateway.log), tail(made.hub / "hub.txt"))


def rewrite(hub: Path) -> None:
    """The hub's own words about its first minute, written anew in good order with its own key; and
    the tree over all of it built anew by itself, as if there had been none."""
    signer = Signer.load_or_create(hub / "hub.key")
    with sqlite3.connect(hub / "log.db") as db:
        rows = db.execute("SELECT rowid, state FROM stored_events ORDER BY rowid").fetchall()
        heads: dict[object, Head] = {}
        for rowid, frame in rows:
            batch = parse(frame)
            header = batch.header
            if header.journal.key != signer.public:
                continue
            head = heads.get(header.journal, Head())
            header = msgspec.structs.replace(
                header,
                written_us=header.written_us - 60_000_000,
                previous=head.hash if head.number else ZERO_HASH,
            )
            new = seal(header, batch.lines(), signer)
            heads[header.journal] = new.head()
            db.execute("UPDATE stored_events SET state = ? WHERE rowid = ?", (new.frame, rowid))
    db.close()
    assert heads
    for one in (hub / "tlog" / "1").iterdir():
        if one.name != "origin":
            shutil.rmtree(one) if one.is_dir() else one.unlink()


def test_a_hub_that_rewrote_its_history_is_refused_at_the_gateway(whole: Whole) -> None:
    whole.start_hub()
    whole.gateway.start()
    whole.publish(1, 20)
    eventually(lambda: whole.believed.proven, LONG)
    code, said = whole.menwei("verify")
    assert (code, "proven at" in said) == (0, True), said
    eventually(lambda: f"— {COMPOUND}/gw01 " in whole.checkpoint(), LONG)
    known = whole.believed.head
    assert known is not None

    whole.stop_hub()
    rewrite(whole.hub)
    whole.start_hub()
    eventually(lambda: whole.believed.refused, LONG)
    kept = whole.believed
    assert kept.refused in ("forked", "inconsistent")
    assert kept.head == known

    eventually(lambda: whole.logged(Raised), LONG)
    assert {(one.kind, one.priority) for one in whole.logged(Raised)} == {("log.refused", 1)}
    assert len(whole.logged(Refused)) == 1
    (path,) = whole.edge.glob("fork-*.json")
    shown = msgspec.json.decode(path.read_bytes(), type=Evidence)
    for one in (shown.known, shown.told):
        signed = checkpoint.parse(one.encode())
        note.opened(signed.note, [log_key(signed.head.origin, bytes.fromhex(shown.hub_key))])
    before = len(whole.logged(Opened))
    whole.publish(100, 10)
    eventually(lambda: len(whole.logged(Opened)) == before + 10, LONG)
    code, said = whole.menwei("verify")
    assert (code, "refused" in said) == (1, True), said

    code, said = whole.menwei("trust", "--reason", "a drill")
    assert code == 3, said
    assert whole.gateway.stop() == 0
    code, said = whole.menwei("trust", "--reason", "a drill")
    assert code == 0, said
    whole.gateway.start()
    eventually(lambda: whole.believed.proven, LONG)
    eventually(lambda: whole.logged(Cleared), LONG)
    assert len(whole.logged(Refused)) == 1
    (trusted,) = whole.logged(Trusted)
    assert (trusted.detail, trusted.known_size) == ("a drill", known.size)
    assert whole.menwei("verify")[0] == 0
