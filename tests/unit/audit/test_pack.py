"""A pack holds what was asked for, as it was signed, and says what it leaves out."""

import hashlib
import io
import json
import sqlite3
import struct
import zipfile
from collections.abc import Mapping
from typing import Any

import pytest

from core.batch import parse
from core.catalog import CATALOG
from core.errors import BadFrame, BadProof
from core.event import Data
from core.events.access import Granted
from core.events.audit import Exported
from core.events.device import GapDetected
from core.store.sqlite import SQLiteEventStore
from core.tlog import checkpoint, proofs
from core.tlog.lines import decoded
from core.tlog.tiles import cached, reader, tile_of
from core.tlog.tree import check_consistency, leaf_hash
from projections.audit import pack
from projections.audit.pack import Made, Material, Wish
from projections.audit.selection import Selection
from projections.web.deed import event_of
from tests.fix_core import signer_of
from tests.fix_hub import HubRig
from tests.fix_hub import hub_rig as hub_rig
from tests.fix_tlog import published

HUB = signer_of(9)
ORIGIN = "menwei/test"
AT = "2026-11-20T04:00:00.000Z"
ENTRY = struct.Struct(">QqI")


class Rig:
    """A log of one gateway's batches and the hub's own, and packs of it."""

    def __init__(self, hub: HubRig) -> None:
        self.hub = hub

    def say(self, *data: Data, subject: str = "door/south-gate") -> int:
        return self.hub.add([self.hub.event(one, subject) for one in data])

    def own(self, compound: str = "c01") -> int:
        said = Exported(from_position=1, to_position=1, actor="a", reason="audit")
        return self.hub.own.append([event_of(compound, "log", said, AT)])

    def leaves(self) -> list[bytes]:
        head = self.hub.log.head()
        return [leaf_hash(one.state) for one in self.hub.log.read(0, head, 10**9)]

    def packed(
        self, selection: Selection, size: int = 0, **more: Any
    ) -> tuple[Made, zipfile.ZipFile]:
        exported = self.own()
        leaves = self.leaves()
        wish = Wish(
            selection=selection, actor="a", reason="audit", unit="", exported=exported, at=AT
        )
        material = Material(
            log=self.hub.log,
            catalog=CATALOG,
            published=published(leaves[: size or len(leaves)], HUB, ORIGIN),
            **more,
        )
        out = io.BytesIO()
        made = pack.write(out, wish, material, lambda *_: None)
        return made, zipfile.ZipFile(out)


@pytest.fixture
def rig(hub_rig: HubRig) -> Rig:
    found = Rig(hub_rig)
    for record in range(3):
        found.say(Granted(credential="card"), Granted(credential="face"))
        found.say(GapDetected(from_record=record, to_record=record))
    found.own("c02")
    return found


def frames(file: zipfile.ZipFile) -> dict[int, bytes]:
    raw, at, found = file.read("frames"), 0, {}
    while at < len(raw):
        position, received, size = ENTRY.unpack_from(raw, at)
        assert received > 0
        at += ENTRY.size
        found[position] = raw[at : at + size]
        at += size
    assert list(found) == sorted(found)
    return found


def listed(file: zipfile.ZipFile, name: str) -> Any:
    return json.loads(file.read(name))


def test_whole_range_is_there_and_proved_by_the_tiles(rig: Rig) -> None:
    made, file = rig.packed(Selection(first=1, last=7))
    found = frames(file)
    assert list(found) == [1, 2, 3, 4, 5, 6, 7, 8]  # 8: the export says so itself
    told = checkpoint.opened(
        file.read("checkpoint"), ORIGIN, [checkpoint.log_key(ORIGIN, HUB.public)]
    )
    tiles = {
        tile_of(name.removeprefix("tiles/")): file.read(name)
        for name in file.namelist()
        if name.startswith("tiles/")
    }
    node = reader(cached(tiles.__getitem__), told.head.size)
    assert proofs.root(node, told.head.size) == told.head.root
    assert all(node(0, position - 1) == leaf_hash(frame) for position, frame in found.items())
    assert (made.batches, made.events) == (7, 10)
    assert listed(file, "skipped.json") == {}


def test_manifest_names_every_other_file_with_its_hash(rig: Rig) -> None:
    _, file = rig.packed(Selection(first=1, last=7), beside={"verify.py": b"print()"})
    manifest = listed(file, "manifest.json")
    files: Mapping[str, Any] = manifest["files"]
    assert set(files) == set(file.namelist()) - {"manifest.json"}
    for name, told in files.items():
        content = file.read(name)
        assert told == {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
    assert manifest["selection"] == {"from": 1, "to": 7, "compound": "", "types": []}
    assert (manifest["export"], manifest["origin"]) == (8, ORIGIN)


def test_types_leave_batches_out_and_say_which(rig: Rig) -> None:
    _, file = rig.packed(Selection(first=1, last=6, types=("device.gap.",)))
    found = frames(file)
    assert list(found) == [2, 4, 6, 8]
    journal = parse(found[2]).header.journal.id.hex
    assert listed(file, "skipped.json") == {journal: [[1, 1], [3, 3], [5, 5]]}
    assert [one["position"] for one in listed(file, "gaps.json")] == [2, 4, 6]


def test_compound_takes_its_gateways_and_what_the_hub_says_of_it(rig: Rig) -> None:
    rig.own("c01")
    _, file = rig.packed(Selection(first=1, last=8, compound="c01"))
    assert list(frames(file)) == [1, 2, 3, 4, 5, 6, 8, 9]  # 7 is of c02 alone


def test_copy_to_read_is_the_text_that_was_signed(rig: Rig) -> None:
    _, file = rig.packed(Selection(first=1, last=2))
    lines = file.read("events.ndjson").splitlines()
    told = [json.loads(line) for line in lines]
    assert [(one["position"], one["index"]) for one in told] == [(1, 0), (1, 1), (2, 0)]
    first = parse(frames(file)[1])
    texts = [line.partition(b'"event":')[2][:-1] for line in lines[:2]]
    assert b"\n".join(texts) + b"\n" == first.lines()


def test_equal_logs_and_wishes_give_equal_bytes(rig: Rig) -> None:
    leaves = rig.leaves()
    wish = Wish(
        selection=Selection(first=1, last=6), actor="a", reason="audit", unit="", exported=7, at=AT
    )
    material = Material(log=rig.hub.log, catalog=CATALOG, published=published(leaves, HUB, ORIGIN))
    one, other = io.BytesIO(), io.BytesIO()
    pack.write(one, wish, material, lambda *_: None)
    pack.write(other, wish, material, lambda *_: None)
    assert one.getvalue() == other.getvalue()


def test_older_checkpoints_come_with_proofs_that_hold(rig: Rig) -> None:
    leaves = rig.leaves()
    history = [published(leaves[:size], HUB, ORIGIN).checkpoint for size in (1, 3, 6)]
    _, file = rig.packed(Selection(first=1, last=6), history=history)
    newest = checkpoint.parse(file.read("checkpoint")).head
    told = [json.loads(line) for line in file.read("checkpoints").splitlines()]
    assert len(told) == 3
    for one in told:
        head = checkpoint.parse(one["checkpoint"].encode()).head
        proof = [decoded(each) for each in one["proof"]]
        check_consistency(head.size, newest.size, proof, head.root, newest.root)


def test_a_checkpoint_older_than_the_export_is_refused(rig: Rig) -> None:
    with pytest.raises(BadProof, match="older than the export"):
        rig.packed(Selection(first=1, last=6), size=6)


def test_a_damaged_batch_is_named_and_nothing_is_made(rig: Rig) -> None:
    rig.hub.log.close()
    with sqlite3.connect(rig.hub.folder / "log.db") as db:
        state = db.execute("SELECT state FROM stored_events WHERE rowid = 3").fetchone()[0]
        broken = state[:150] + bytes([state[150] ^ 1]) + state[151:]
        db.execute("UPDATE stored_events SET state = ? WHERE rowid = 3", (broken,))
    db.close()
    rig.hub.log = SQLiteEventStore(rig.hub.folder / "log.db")
    wish = Wish(
        selection=Selection(first=1, last=6), actor="a", reason="audit", unit="", exported=7, at=AT
    )
    material = Material(
        log=rig.hub.log, catalog=CATALOG, published=published(rig.leaves(), HUB, ORIGIN)
    )
    with pytest.raises(BadFrame, match="position 3"):
        pack.write(io.BytesIO(), wish, material, lambda *_: None)
