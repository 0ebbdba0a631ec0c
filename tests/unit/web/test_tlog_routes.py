"""The log as a checker fetches it: hashes for everybody, batches for auditors, and what is served
leads from a stored batch to the signed root."""

import hashlib
import struct
from typing import get_args

import pytest
from eventsourcing.persistence import StoredEvent

from core.events.door import Closed, Opened
from core.tlog import inclusion, proofs
from core.tlog.checkpoint import Checkpoint, log_key, opened
from core.tlog.diverged import Diverged
from core.tlog.tiles import Tile, cached, reader, tiles
from core.tlog.tree import check_consistency, check_inclusion, leaf_hash, root_of
from projections.web.accounts import Role
from tests.fix_hub import NOW, ORIGIN
from tests.unit.web.conftest import Caller

ROLES = get_args(Role)
ELSEWHERE = "192.0.2.7"


@pytest.fixture
def grown(caller: Caller) -> Caller:
    """Three batches, signed."""
    rig = caller.rig
    rig.add([rig.event(Opened(cause="grant"), "door/1"), rig.event(Closed(), "door/1")])
    rig.add([rig.event(Opened(), "door/2")])
    rig.add([rig.event(Closed(), "door/2")])
    rig.sign()
    return caller


def many(caller: Caller, count: int, size: int = 90) -> None:
    """So many batches of nobody's, as the log sees them: bytes."""
    stored = [
        StoredEvent(caller.rig.writer.journal.id, number, "menwei.batch.v1", b"%d" % number * size)
        for number in range(1, count + 1)
    ]
    caller.rig.log.append(stored, NOW)
    caller.rig.sign()


def signed(caller: Caller) -> Checkpoint:
    answer = caller.get("/tlog/checkpoint", role=None, client=ELSEWHERE)
    assert answer.status_code == 200
    return opened(answer.content, ORIGIN, [log_key(ORIGIN, caller.rig.hub_key.public)])


def frames(caller: Caller) -> list[bytes]:
    return [frame for _, frame in caller.rig.log.frames(0, 10_000, 10**9)]


def test_before_anything_is_signed_there_is_nothing(caller: Caller) -> None:
    for path in ("/tlog/checkpoint", "/tlog/tile/0/000.p/1", "/tlog/tile/entries/000.p/1",
                 "/api/v1/proof/1", "/api/v1/proof/consistency?from=1"):  # fmt: skip
        assert caller.get(path, role="admin").status_code == 404


def test_the_checkpoint_is_a_signed_note_that_nobody_keeps(grown: Caller) -> None:
    assert signed(grown).head.size == 3
    answer = grown.get("/tlog/checkpoint", role=None, client=ELSEWHERE)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=2"


def test_a_checker_needs_nothing_but_tiles(caller: Caller) -> None:
    many(caller, 700)
    head = signed(caller).head
    asked: dict[Tile, bytes] = {}
    for tile in tiles(head.size):
        answer = caller.get(f"/tlog/{tile.path}", role=None, client=ELSEWHERE)
        assert answer.headers["content-type"] == "application/octet-stream"
        assert "immutable" in answer.headers["cache-control"]
        asked[tile] = answer.content
    node = reader(cached(asked.__getitem__), head.size)
    assert node(0, 699) == leaf_hash(frames(caller)[699])
    assert proofs.root(node, head.size) == head.root


def test_no_such_tile(grown: Caller) -> None:
    for path in (
        "0/000", "0/000.p/4", "0/000.p/0", "0/000.p/256", "0/000.p/03", "0/001.p/1", "1/000.p/1",
        "00/000.p/3", "64/000", "0/0", "0/x000/000.p/3", "-1/000", "0/000.p/3/", "0/000.p",
        "../hub.key", "%2e%2e/hub.key", "data/000.p/3", "0/٠٠٠.p/3",
    ):  # fmt: skip
        answer = grown.get(f"/tlog/tile/{path}", role="admin")
        assert answer.status_code == 404, path
        assert "immutable" not in answer.headers.get("cache-control", "")


@pytest.mark.parametrize("path", ["/tlog/tile/entries/000.p/3", "/tlog/frames/000.p/3"])
def test_batches_are_for_auditors(grown: Caller, path: str) -> None:
    statuses = {role: grown.get(path, role=role).status_code for role in ROLES}
    assert statuses == {"viewer": 403, "guard": 403, "auditor": 200, "admin": 200}
    assert grown.get(path, role=None).status_code == 401
    assert grown.get(path, role="auditor").headers["cache-control"].startswith("private")


@pytest.mark.parametrize(
    ("path", "length"), [("/tlog/tile/entries/", ">H"), ("/tlog/frames/", ">I")]
)
def test_bundles_hash_to_their_tile(caller: Caller, path: str, length: str) -> None:
    many(caller, 300)
    for place in ("000", "001.p/44", "000.p/7"):
        raw = caller.get(f"{path}{place}", role="auditor").content
        hashes = b""
        while raw:
            (size,) = struct.unpack_from(length, raw)
            entry, raw = (
                raw[struct.calcsize(length) :][:size],
                raw[struct.calcsize(length) + size :],
            )
            hashes += hashlib.sha256(b"\0" + entry).digest()
        assert hashes == caller.get(f"/tlog/tile/0/{place}", role=None).content


def test_a_batch_longer_than_an_entry_may_be_is_served_as_a_frame(caller: Caller) -> None:
    many(caller, 3, size=65_535)
    assert len(caller.get("/tlog/tile/entries/000.p/3", role="auditor").content) == 3 * 65_537
    caller.rig.log.append([StoredEvent(caller.rig.own._journal.id, 1, "t", b"x" * 65_536)], NOW)
    caller.rig.sign()
    answer = caller.get("/tlog/tile/entries/000.p/4", role="auditor")
    assert answer.status_code == 404
    assert "/tlog/frames/000.p/4" in answer.json()["detail"]
    assert len(caller.get("/tlog/frames/000.p/4", role="auditor").content) == 3 * 65_539 + 65_540


def test_no_such_bundle(grown: Caller) -> None:
    for place in ("000.p/4", "001.p/1", "000", "x", "0/000.p/3"):
        for path in ("/tlog/tile/entries/", "/tlog/frames/"):
            assert grown.get(f"{path}{place}", role="auditor").status_code == 404, place


def test_a_proof_leads_from_the_stored_bytes_to_the_signed_root(grown: Caller) -> None:
    stored = frames(grown)
    for position in (1, 2, 3):
        found = grown.json(f"/api/v1/proof/{position}")
        path = [bytes.fromhex(one) for one in found["path"]]
        leaf, root = leaf_hash(stored[position - 1]), bytes.fromhex(found["root"])
        check_inclusion(position - 1, 3, leaf, path, root)
        assert (found["leaf"], found["index"], found["size"]) == (leaf.hex(), position - 1, 3)
        assert found["checkpoint"].encode() == signed(grown).encode()
        assert found["holds"] is True
        assert grown.json(f"/api/v1/events/{position}/0")["inclusion"] == found


def test_as_text_it_is_a_tlog_proof(grown: Caller) -> None:
    answer = grown.get("/api/v1/proof/2", headers={"Accept": "text/plain"})
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    found = inclusion.parse(answer.content)
    head = opened(found.checkpoint, ORIGIN, [log_key(ORIGIN, grown.rig.hub_key.public)]).head
    check_inclusion(found.index, head.size, leaf_hash(frames(grown)[1]), found.path, head.root)


@pytest.mark.parametrize("accept", ["text/plain", "application/json"])
def test_a_batch_that_is_not_signed_yet_has_no_proof(grown: Caller, accept: str) -> None:
    rig = grown.rig
    position = rig.add([rig.event(Opened(), "door/3")])
    answer = grown.get(f"/api/v1/proof/{position}", headers={"Accept": accept})
    assert answer.status_code == 404
    assert answer.json()["detail"].startswith("3 batches are signed")
    assert grown.json(f"/api/v1/events/{position}/0")["inclusion"] is None
    rig.sign()
    assert grown.json(f"/api/v1/events/{position}/0")["inclusion"]["holds"] is True


def test_a_batch_that_was_replaced_does_not_hold(grown: Caller) -> None:
    with grown.rig.log._writer.datastore.transaction(commit=True) as c:
        c.execute("UPDATE stored_events SET state = (SELECT state FROM stored_events"
                  " WHERE rowid = 3) WHERE rowid = 2")  # fmt: skip
    assert grown.json("/api/v1/proof/2")["holds"] is False
    assert grown.json("/api/v1/events/2/0")["inclusion"]["holds"] is False


def test_consistency(caller: Caller) -> None:
    many(caller, 300)
    leaves = [leaf_hash(frame) for frame in frames(caller)]
    for since, upto in ((1, 300), (100, 200), (256, 300), (299, 300), (300, 300)):
        found = caller.json(f"/api/v1/proof/consistency?from={since}&to={upto}")
        path = [bytes.fromhex(one) for one in found["path"]]
        check_consistency(since, upto, path, root_of(leaves[:since]), root_of(leaves[:upto]))
    assert caller.json("/api/v1/proof/consistency?from=100")["to"] == 300


@pytest.mark.parametrize(
    ("query", "status"),
    [("from=2&to=1", 404), ("from=1&to=4", 404), ("from=4", 404),
     ("from=0", 422), ("to=3", 422), ("from=x", 422), ("from=-1", 422)],
)  # fmt: skip
def test_no_such_consistency(grown: Caller, query: str, status: int) -> None:
    assert grown.get(f"/api/v1/proof/consistency?{query}").status_code == status


@pytest.mark.parametrize("path", ["/api/v1/proof/1", "/api/v1/proof/consistency?from=1"])
def test_every_role_may_have_a_proof_and_nobody_else(grown: Caller, path: str) -> None:
    assert [grown.get(path, role=role).status_code for role in ROLES] == [200] * len(ROLES)
    assert grown.get(path, role=None).status_code == 401


def test_a_log_that_halted_is_on_health_and_metrics(grown: Caller) -> None:
    assert grown.json("/healthz", role=None)["signed"] == 3
    assert "menwei_tlog_size 3.0" in grown.get("/metrics", role=None).text
    grown.rig.tlog.halt(Diverged("leaf", 2, "another hash"))
    told = grown.json("/healthz", role=None)
    assert told["diverged"] == {"what": "leaf", "position": 2, "detail": "another hash"}
    assert "menwei_tlog_diverged 1.0" in grown.get("/metrics", role=None).text
    assert signed(grown).head.size == 3
