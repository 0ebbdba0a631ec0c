"""The edge's inside without a network: intake, journal, quarantine and keys over real files."""

import json
import sqlite3
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core import codec
from core.batch import Batch, Lane, parse
from core.catalog import CATALOG
from core.clock import rfc3339
from core.event import Data, Event
from core.events.device import SessionOpened
from core.keystore import KeyStore
from core.receipt import Receipt, sign
from core.tlog.tree import leaf_hash
from devices import hikvision
from devices.adapter import Known, Site
from edge import rotation
from edge.budget import Room
from edge.counters import Counters
from edge.delivery import Answer, Delivery
from edge.gate.gate import Gate
from edge.gate.opening import Opening
from edge.intake import Intake, Own
from edge.journal import EdgeJournal
from edge.journals import open_journals
from edge.known import Memory
from edge.quarantine import Held, Quarantine
from edge.rates import Shares
from edge.stream import Stream
from tests.fix_broker import (
    LONG,
    PATIENCE,
    Broker,
    Endpoint,
    Nats,
    Publisher,
    eventually,
    running,
    tail,
)
from tests.fix_core import START, FixedClock, signer_of, verified

SHANGHAI = ZoneInfo("Asia/Shanghai")
COMPOUND, GATEWAY = "c01", "gw01"
HUB_KEY = signer_of(1).public
Payload = tuple[str, bytes]  # topic, bytes

_FACE = json.loads((Path(hikvision.__path__[0]) / "samples" / "face-granted.json").read_bytes())
PERSONAL = ("李小雨", "R-2048")  # what that sample says about a person


def native(
    record: int,
    *,
    device: str = "door-07",
    type: str = "door.opened.v1",
    at: datetime = START,
    data: dict[str, Any] | None = None,
) -> Payload:
    """What a native device publishes as its record number `record`."""
    envelope = {
        "specversion": "1.0",
        "id": f"{device}-{record}",
        "source": f"/devices/{device}",
        "type": type,
        "time": rfc3339(at),
        "data": {"cause": "grant"} if data is None else data,
    }
    return f"site/access/{device}", json.dumps(envelope, ensure_ascii=False).encode()


def level(record: int, *, device: str = "bin-03", mm: int = 500, at: datetime = START) -> Payload:
    """What a bin's sensor publishes: by the bulk lane."""
    data = {"distanceMm": mm}
    return native(record, device=device, type="waste.bin.level.measured.v1", data=data, at=at)


def face(serial: int, *, at: datetime = START, posts: int = 1, **record: Any) -> Payload:
    """A face terminal's alert about a person; `posts` counts its attempts to deliver it."""
    alert = json.loads(json.dumps(_FACE))
    alert["dateTime"] = at.astimezone(SHANGHAI).isoformat(timespec="seconds")
    alert["activePostCount"] = posts
    alert["AccessControllerEvent"] |= {"serialNo": serial, **record}
    return "hikvision/025e10aa0007/acs", json.dumps(alert, ensure_ascii=False).encode()


class RigLink:
    """Where the rig's messages come from: acknowledged is what is settled as stored or refused."""

    def __init__(self, rig: "EdgeRig") -> None:
        self._rig = rig

    def settle(self, settled: Sequence[tuple[int, Answer]]) -> None:
        for packet, answer in settled:
            number = packet - 1
            self._rig.acked.append(number)
            self._rig.answers[number] = answer
            self._rig.steps.append(f"ack {number}")


class EdgeRig:
    """A gateway whose broker is the test. `steps` says in which order durable things happened;
    `acked` holds the numbers of the messages acknowledged, in order."""

    def __init__(
        self,
        folder: Path,
        clock: FixedClock,
        *,
        remembered: int = 2_000_000,
        budget: int = 256_000_000,
        known: Mapping[str, Known] | None = None,
    ) -> None:
        """`known`: the only devices taken; None: any."""
        self.folder, self.clock = folder, clock
        self.steps: list[str] = []
        self.acked: list[int] = []
        self.answers: dict[int, Answer] = {}
        self.room = Room(bulk=True, prune=False)
        self.shares = Shares(1_000_000, 1_000_000)
        self.seconds = 0.0  # of the monotonic clock
        self._count = 0
        self._link = RigLink(self)
        self._remembered, self._budget, self._known = remembered, budget, known
        self.signer = signer_of(9)
        self.open()

    def open(self) -> None:
        """As the agent starts; with the key that was ordered meanwhile, if one was."""
        self.keys = KeyStore(self.folder / "keys.db")
        memory = Memory(ids=self._remembered)
        place = rotation.Place(self.folder, COMPOUND, GATEWAY)
        self.signer = rotation.finish(place, self.signer, self.clock, HUB_KEY, memory)
        self.journals = open_journals(
            self.folder, self.signer, self.clock, HUB_KEY, memory, EdgeJournal
        )
        self.journal = self.journals.active
        self.quarantine = Quarantine(self.folder / "quarantine.db", self.keys, self._budget)
        self.counters = Counters()
        self.intake = Intake(
            compound=COMPOUND,
            gateway=GATEWAY,
            site=Site(zone=SHANGHAI, devices=self._known or {}),
            journal=self.journal,
            quarantine=self.quarantine,
            keys=self.keys,
            clock=self.clock,
            counters=self.counters,
            room=lambda: self.room,
            shares=self.shares,
            monotonic=lambda: self.seconds,
            only_known=self._known is not None,
            gate=self.gate_of_this_life(),
            publish=self.say,
        )

    def gate_of_this_life(self) -> Gate | None:
        """A gateway that only stores has none."""
        return None

    def say(self, word: Opening) -> None:
        """Of a gate, to a door."""

    def close(self) -> None:
        self.journals.close()
        self.quarantine.close()
        self.keys.close()

    def reopen(self) -> None:
        """As after a restart: what was only in memory is gone."""
        self.close()
        self.open()

    def begin(self) -> None:
        """As the agent begins: what the journal files have to say of themselves stands first."""
        opened = SessionOpened(boot=self.journal.boot, reason="start")
        self.take(*self.journals.findings, opened)

    def delivery(self, message: Payload, *, retained: bool = False) -> Delivery:
        self._count += 1
        return Delivery(*message, self._link, self._count, retained)

    def take(self, *messages: Payload | Data) -> None:
        """One group. Payloads are numbered from 0 in the order of all `take`s."""
        self.intake.take(
            [self.delivery(one) if isinstance(one, tuple) else Own(one) for one in messages]
        )

    def batches(self) -> list[Batch]:
        """The journal's batches; every signature, number and link has been checked."""
        return [batch for lane in self.journal.streams for batch in self.lane(lane)]

    def lane(self, lane: Lane) -> list[Batch]:
        stream = self.journal.streams[lane]
        return verified([stored.state for stored in stream.read(0, 1_000_000)])

    def receipted(self, lane: Lane = Lane.URGENT, number: int = 0) -> None:
        """The hub says that it has this lane up to batch `number`; 0: all of it."""
        stream = self.journal.streams[lane]
        found = receipt_of(stream, number or stream.head.number)
        stream.took(number or stream.head.number, found)

    def events(self, *types: str) -> list[Event]:
        """What is in the journal, of these types; without any, what is not the gateway's own."""
        found = events_of(self.batches())
        if types:
            return [event for event in found if event.type in types]
        return [event for event in found if not event.id.startswith("gw:")]

    def held(self) -> list[Held]:
        return sorted(self.quarantine.newest(10_000), key=lambda one: (one.reason, one.sha256))

    def plain(self) -> bytes:
        """Everything the journal says, decompressed, after everything its files hold."""
        files = [path.read_bytes() for path in sorted(self.folder.glob("journal.db*"))]
        return b"".join([*files, *(batch.lines() for batch in self.batches())])


def receipt_of(stream: Stream, number: int) -> bytes:
    """What the hub of these tests says of a journal it has up to batch `number`."""
    stored = stream.read(number - 1, 1)[0]
    told = Receipt(
        journal=stream.journal.id.hex, committed=number, hash=leaf_hash(stored.state).hex()
    )
    return sign(told, signer_of(1))


def events_of(batches: Sequence[Batch]) -> list[Event]:
    return [CATALOG.read(one) for batch in batches for one in codec.envelopes(batch)]


def journal_of(path: Path) -> list[Batch]:
    """The batches in a journal file nobody has open, checked; none if there is no file."""
    if not path.exists():
        return []
    with sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        rows = db.execute(
            "SELECT state FROM stored_events ORDER BY originator_id, originator_version"
        ).fetchall()
    db.close()
    journals: dict[object, list[bytes]] = {}
    for (frame,) in rows:
        journals.setdefault(parse(frame).header.journal.id, []).append(frame)
    return [batch for frames in journals.values() for batch in verified(frames)]


def configured(folder: Path, broker: Endpoint, hub_key: bytes, **uplink: object) -> Path:
    """edge.toml for `broker` in `folder`, which is also the data folder."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f'compound = "{COMPOUND}"', f'gateway = "{GATEWAY}"', 'data = "."', "health_s = 3600"]
    for part in ("intake", "uplink"):
        user, password = broker.login(f"{part}-{COMPOUND}")
        if part == "uplink":
            lines += ["[uplink]", f'hub_key = "{hub_key.hex()}"']
            lines += [f"{key} = {value}" for key, value in uplink.items()]
        lines += [f"[{part}.broker]", f"port = {broker.port}", f'username = "{user}"']
        if authority := getattr(broker, "authority", None):
            lines.append(f'ca_file = "{authority}"')
        if user:
            (folder / f"{part}.password").write_text(password)
            lines.append(f'password_file = "{part}.password"')
    path = folder / "edge.toml"
    path.write_text("\n".join(lines) + "\n")
    return path


class EdgeProcess:
    """`menwei edge` as a process of its own, on `config`."""

    def __init__(self, config: Path, module: str = "infra.cli") -> None:
        self.folder, self.log = config.parent, config.parent / "edge.log"
        self._config, self._module = config, module
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *, wait: bool = True, **limits: int) -> None:
        """`wait` until it listens; `file_size`: no file of it may grow beyond that many bytes."""
        told = self.said().count(_LISTENING)
        self._process = running(
            self._module, "edge", "--config", str(self._config), log=self.log, **limits
        )
        if wait:
            eventually(lambda: self.said().count(_LISTENING) > told or not self.alive())

    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def said(self) -> str:
        return self.log.read_text() if self.log.exists() else ""

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """SIGKILL; nothing if it is gone already."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(PATIENCE)
            self._process = None

    def stop(self) -> int:
        assert self._process is not None
        self._process.terminate()
        return self.ended()

    def ended(self) -> int:
        """Its exit code, once it has ended by itself."""
        assert self._process is not None
        code = self._process.wait(PATIENCE)
        self._process = None
        return code

    def events(self, *types: str) -> list[Event]:
        """As `EdgeRig.events`, of the journal as it is on disk now."""
        found = events_of(journal_of(self.folder / "journal.db"))
        if types:
            return [event for event in found if event.type in types]
        return [event for event in found if not event.id.startswith("gw:")]


class Load:
    """Devices that publish until told to stop, about 400 messages a second; a thread of its own."""

    def __init__(self, broker: Endpoint) -> None:
        self.publisher = Publisher(broker)
        self.ids: list[str] = []  # of message number n
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.is_set():
            for _ in range(8):
                number = len(self.ids)
                if number % 10 == 9:
                    message, name = face(number), f"hik:025e10aa0007:1:{number}"
                else:
                    message, name = native(number), f"door-07-{number}"
                self.ids.append(name)
                self.publisher.publish(*message)
            self._stop.wait(0.02)

    def end(self) -> set[str]:
        """Ids of all messages, every one of which has been acknowledged now."""
        self._stop.set()
        self._thread.join()
        self.publisher.settle(LONG)
        assert sorted(self.publisher.acked()) == list(range(len(self.ids)))
        return set(self.ids)

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        self.publisher.close()


_LISTENING = "listening to devices"


def after(**passed: float) -> datetime:
    return START.astimezone(UTC) + timedelta(**passed)


@pytest.fixture
def edge(tmp_path: Path, clock: FixedClock) -> Iterator[EdgeRig]:
    rig = EdgeRig(tmp_path, clock)
    yield rig
    rig.close()


@pytest.fixture
def edge_process(tmp_path: Path, broker: Broker) -> Iterator[EdgeProcess]:
    """Not started; its hub does not exist, so what it records stays with it."""
    process = EdgeProcess(configured(tmp_path / "edge", broker, signer_of(1).public))
    yield process
    process.kill()
    print(tail(process.log))


@pytest.fixture
def nats_edge(tmp_path: Path, nats: Nats) -> Iterator[EdgeProcess]:
    """As `edge_process`, where one broker is enough to tell."""
    process = EdgeProcess(configured(tmp_path / "edge", nats, signer_of(1).public))
    yield process
    process.kill()
    print(tail(process.log))
