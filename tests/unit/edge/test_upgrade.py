"""A journal of version 0.1: one lane, ids under another key, a cursor in `meta`. It goes on."""

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from core import codec
from core.batch import Head, Journal, Lane
from core.event import Event
from core.events.journal import Conflicted, DamageFound, Opened
from core.writer import BatchWriter
from tests.fix_core import START, FixedClock, signer_of
from tests.fix_edge import EdgeRig, native
from tests.unit.edge.pump import Hub, Pump

EPOCH = 1_790_000_000
_SCHEMA = """
PRAGMA journal_mode = WAL;
CREATE TABLE stored_events (originator_id TEXT, originator_version INTEGER, topic TEXT,
    state BLOB, PRIMARY KEY (originator_id, originator_version));
CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE seen (n INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, digest BLOB NOT NULL);
"""


def written_by_0_1(path: Path, groups: Sequence[Sequence[Event]], cursor: int) -> None:
    """As edge/journal.py of 0.1 left it; keys were SHA-256 of source and id."""
    signer = signer_of(9)
    writer = BatchWriter(Journal(signer.public, EPOCH, Lane.ALL), signer, Head())
    db = sqlite3.connect(path)
    db.executescript(_SCHEMA)
    for number, events in enumerate(groups):
        (batch,) = writer.batches([codec.encode(one) for one in events], START)
        writer.advance([batch])
        stored = batch.stored()
        name = batch.header.journal.id.hex
        row = (name, stored.originator_version, stored.topic, stored.state)
        db.execute("INSERT INTO stored_events VALUES (?, ?, ?, ?)", row)
        key = number.to_bytes(16)
        db.execute("INSERT INTO seen (key, digest) VALUES (?, ?)", (key, b"d" * 16))
    for name, value in (("epoch", EPOCH), ("boot", 7), ("cursor", cursor)):
        db.execute("INSERT INTO meta VALUES (?, ?)", (name, value))
    db.commit()
    db.close()


@pytest.fixture
def edge(tmp_path: Path, clock: FixedClock) -> Iterator[EdgeRig]:
    """Ten events in five batches, of which the hub has two."""
    before = tmp_path / "before"
    before.mkdir()
    rig = EdgeRig(before, clock)
    rig.take(*(native(record) for record in range(10)))
    events = rig.events()
    rig.close()
    folder = tmp_path / "edge"
    folder.mkdir()
    groups = [events[at : at + 2] for at in range(0, 10, 2)]
    written_by_0_1(folder / "journal.db", groups, cursor=2)
    (folder / "keys.db").write_bytes((before / "keys.db").read_bytes())
    opened = EdgeRig(folder, clock)
    yield opened
    opened.close()


def test_it_goes_on_in_two_lanes(edge: EdgeRig) -> None:
    assert (edge.journal.epoch, edge.journal.boot) == (EPOCH, 8)
    assert edge.journal.streams[Lane.ALL].head.number == 5
    (opened,) = edge.journals.findings
    assert isinstance(opened, Opened)
    assert opened.reason == "upgraded"
    assert [(one.lane, one.number) for one in opened.tails] == [(Lane.ALL, 5)]
    edge.begin()
    edge.take(native(10))
    assert edge.journal.streams[Lane.ALL].head.number == 5
    assert len(edge.events()) == 11


def test_what_it_held_is_told_again_whatever_its_content(edge: EdgeRig) -> None:
    edge.begin()
    edge.take(*(native(record) for record in range(10)), native(3, data={"cause": "fire"}))
    assert edge.counters.duplicates == 11
    assert edge.events(Conflicted.TYPE) == []


def test_it_is_done_once(edge: EdgeRig) -> None:
    edge.begin()
    edge.reopen()
    assert edge.journals.findings == ()
    edge.take(native(3), native(11))
    assert edge.counters.duplicates == 1
    with sqlite3.connect(edge.folder / "journal.db") as db:
        assert not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'seen'").fetchall()
    db.close()


def test_its_batches_are_delivered_under_their_old_names(edge: EdgeRig) -> None:
    edge.begin()
    edge.take(native(10))
    hub = Hub()
    for stored in edge.journal.streams[Lane.ALL].read(0, 2):
        hub.take(stored.state)
    Pump(edge, hub).run()
    assert hub.devices() == {f"door-07-{record}": 1 for record in range(11)}


def test_a_damaged_one(tmp_path: Path, edge: EdgeRig) -> None:
    """It is read as far as it goes, and stands aside like any other."""
    events = edge.events()
    folder = tmp_path / "damaged"
    folder.mkdir()
    written_by_0_1(folder / "journal.db", [events[:4], events[4:6], events[6:]], cursor=0)
    with sqlite3.connect(folder / "journal.db") as db:
        db.execute("UPDATE stored_events SET state = x'00' WHERE originator_version = 2")
    db.close()
    edge.clock.at = START
    rig = EdgeRig(folder, edge.clock)
    opened, found = rig.journals.findings
    assert isinstance(opened, Opened)
    assert isinstance(found, DamageFound)
    assert (opened.reason, found.epoch, found.from_batch) == ("damaged", EPOCH, 2)
    assert rig.journal.epoch > EPOCH
    rig.begin()
    hub = Hub()
    pump = Pump(rig, hub)
    pump.run()
    whole = {event.id for event in (*events[:4], *events[6:])}
    assert set(hub.devices()) == whole
    assert [gap.count for gap in hub.gaps()] == [2]
    rig.close()
