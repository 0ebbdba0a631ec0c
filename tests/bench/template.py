"""Some hours of one simulated compound on their real way: vendor bytes, intake, journal.

What comes out is what a city is made of (tests/bench/city.py): the lines of the journal, in the
order of their commits, in pages of PAGE events. Nothing is thinned out unless `tracks` says so.
"""

import heapq
import os
import secrets
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from unittest.mock import patch

import msgspec
import orjson

from core.batch import Lane, parse
from core.events.device import HealthReported, SessionOpened
from core.keystore import KeyStore
from devices.adapter import Site
from edge import health
from edge.budget import Room
from edge.counters import Counters
from edge.delivery import Answer, Delivery
from edge.intake import Intake, Own
from edge.journals import open_journals
from edge.quarantine import Quarantine
from edge.rates import Shares
from edge.stream import Stream
from infra.simulate.agenda import Timed
from infra.simulate.compound import Compound, known_devices
from infra.simulate.day import messages
from infra.simulate.world import ZONE
from tests.fix_core import FixedClock, signer_of

PAGE = 100  # events in a page, which becomes a batch
COMPOUND, GATEWAY = "c01", "gw01"
START = datetime.fromisoformat("2026-11-20T06:00:00+08:00")  # a Friday morning
_GROUP = 64  # messages in one commit of the intake
_REPORT = 128  # commits between two health reports


class Template(msgspec.Struct, frozen=True):
    """Pages of lines on disk; reading one costs one `pread`."""

    path: str
    ends: tuple[int, ...]  # of the pages, in the file
    types: dict[str, int]
    devices: tuple[str, ...]
    names: tuple[str, ...]  # of devices and of what they speak of
    size: int  # bytes of all lines, without their ends

    @property
    def pages(self) -> int:
        return len(self.ends)

    @property
    def events(self) -> int:
        return self.pages * PAGE

    def read(self, handle: int, page: int) -> bytes:
        """PAGE lines, each with its end. `handle`: an open file descriptor of `path`."""
        begin = self.ends[page - 1] if page else 0
        return os.pread(handle, self.ends[page] - begin, begin)


class _Line(msgspec.Struct):
    type: str
    source: str
    subject: str


def made(folder: Path, seed: int, hours: float, tracks: int = 1) -> Template:
    """The template, from `folder` if it was made there before. Of the cameras' tracked objects
    one in `tracks` is kept."""
    name = f"template-{seed}-{hours:g}-{tracks}"
    known = folder / f"{name}.json"
    if not known.exists():
        with TemporaryDirectory(dir=folder) as work:
            found = _simulated(Path(work), folder / f"{name}.lines", seed, hours, tracks)
        known.write_bytes(msgspec.json.encode(found))
    return msgspec.json.decode(known.read_bytes(), type=Template)


def _simulated(work: Path, to: Path, seed: int, hours: float, tracks: int) -> Template:
    chance = Random(seed)
    types: Counter[str] = Counter()
    devices: dict[str, None] = {}
    subjects: dict[str, None] = {}
    ends: list[int] = []
    size = 0
    with (  # keys and nonces follow from the seed
        patch.object(secrets, "token_bytes", lambda count=32: chance.randbytes(count)),
        patch.object(secrets, "token_hex", lambda count=32: chance.randbytes(count).hex()),
        patch.object(os, "urandom", chance.randbytes),
    ):
        gateway = _Gateway(work, Compound(seed, COMPOUND))
        try:
            gateway.run(hours, tracks)
            with to.open("wb") as file:
                page: list[bytes] = []
                for line in gateway.lines():
                    page.append(line)
                    if len(page) == PAGE:
                        file.write(b"\n".join(page) + b"\n")
                        ends.append(file.tell())
                        for told in map(_LINES.decode, page):
                            types[told.type] += 1
                            devices[told.source.rpartition("/")[2]] = None
                            subjects[told.subject.rpartition("/")[2]] = None
                        size += sum(map(len, page))
                        page = []
        finally:
            gateway.close()
    names = sorted(({**devices, **subjects}).keys() - {GATEWAY})
    return Template(str(to), tuple(ends), dict(types), tuple(devices), tuple(names), size)


_LINES = msgspec.json.Decoder(_Line)


class _Gateway:
    """The inside of an edge agent, less broker and uplink: a receipt is taken for granted."""

    def __init__(self, folder: Path, compound: Compound) -> None:
        self._folder, self._compound = folder, compound
        self._clock = FixedClock(START.astimezone(UTC))
        self._keys = KeyStore(folder / "keys.db")
        signer = signer_of(1)
        self._journals = open_journals(folder, signer, self._clock, signer.public)
        self._quarantine = Quarantine(folder / "quarantine.db", self._keys, 1 << 28)
        self._counters = Counters()
        self._intake = Intake(
            compound=COMPOUND,
            gateway=GATEWAY,
            site=Site(zone=ZONE, devices=known_devices(compound)),
            journal=self._journals.active,
            quarantine=self._quarantine,
            keys=self._keys,
            clock=self._clock,
            counters=self._counters,
            room=lambda: Room(bulk=True, prune=False),
            shares=Shares(1_000_000, 1_000_000),
            monotonic=lambda: self._clock.at.timestamp(),
        )

    def run(self, hours: float, tracks: int) -> None:
        opened = SessionOpened(boot=self._journals.active.boot, reason="start")
        self._intake.take([Own(data) for data in (*self._journals.findings, opened)])
        group: list[Timed] = []
        commits = 0
        for timed in messages(self._compound, START, until=START + timedelta(hours=hours)):
            if not _kept(timed, tracks):
                continue
            group.append(timed)
            if len(group) == _GROUP:
                self._take(group)
                group = []
                commits += 1
                if commits % _REPORT == 0:
                    self._report()
        self._take(group)
        self._report()

    def lines(self) -> Iterator[bytes]:
        """Events as they were committed, both lanes."""
        lanes = (_batches(stream) for stream in self._journals.streams)
        for _, _, lines in heapq.merge(*lanes):
            yield from lines.splitlines()

    def close(self) -> None:
        self._journals.close()
        self._quarantine.close()
        self._keys.close()

    def settle(self, settled: Sequence[tuple[int, Answer]]) -> None:
        """The simulator is where its messages came from."""
        assert all(answer is Answer.STORED for _, answer in settled)

    def _take(self, group: Sequence[Timed]) -> None:
        if group:
            self._clock.at = group[-1].at.astimezone(UTC)
            self._intake.take([Delivery(one.topic, one.payload, self, 1) for one in group])

    def _report(self) -> None:
        found = health.report(
            self._journals, self._counters, self._folder, self._clock.now(), disk_full=False
        )
        self._intake.take([Own(_of_no_machine(found))])
        for stream in self._journals.streams:
            stream.took(stream.head.number)


def _of_no_machine(found: HealthReported) -> HealthReported:
    """Two runs write the same bytes, wherever they run."""
    return msgspec.structs.replace(
        found, disk_free_bytes=48_318_382_080, resident_bytes=52_428_800, journal_bytes=33_554_432
    )


def _batches(stream: Stream) -> Iterator[tuple[int, Lane, bytes]]:
    after = 0
    while page := stream.read(after, 64):
        for one in page:
            batch = parse(one.state)
            yield batch.header.written_us, batch.header.journal.lane, batch.lines()
            after = batch.header.number


def _kept(timed: Timed, tracks: int) -> bool:
    if tracks == 1 or timed.topic != "frigate/events":
        return True
    track: str = orjson.loads(timed.payload)["after"]["id"]
    return zlib.crc32(track.encode()) % tracks == 0
