"""The tree from the store alone: what differs is named, and only tiles are ever mended."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from core.folder import claim
from core.tlog.checkpoint import log_key
from core.tlog.checkpoints import last
from tests.fix_core import signer_of
from tests.fix_signed import SignedHub
from tests.unit.audit.conftest import Audit


def change(path: Path, at: int) -> None:
    raw = bytearray(path.read_bytes())
    raw[at] ^= 1
    path.write_bytes(raw)


def stored(hub: SignedHub, statement: str) -> None:
    with closing(sqlite3.connect(hub.folder / "log.db")) as db, db:
        db.execute(statement)


def test_what_is_stored_is_what_was_signed(audit: Audit, hub: SignedHub) -> None:
    code, said, _ = audit("rebuild-tree")
    assert (code, said) == (0, f"{hub.life.origin}: 300 batches are what was signed\n")
    hub.grow(5)  # not signed yet
    assert audit("rebuild-tree")[0] == 0


@pytest.mark.parametrize(
    ("statement", "position"),
    [
        ("UPDATE stored_events SET state = CAST(state || 'x' AS BLOB) WHERE rowid = 258", 258),
        ("DELETE FROM stored_events WHERE rowid = 100", 100),
        ("DELETE FROM stored_events WHERE rowid > 290", 291),
        ("DELETE FROM stored_events", 1),
    ],
)
def test_another_store_is_named_and_never_mended(
    audit: Audit, hub: SignedHub, statement: str, position: int
) -> None:
    stored(hub, statement)
    tiles = (hub.life.folder / "level-0").read_bytes()
    for more in ((), ("--mend",)):
        code, said, why = audit("rebuild-tree", *more)
        assert (code, said) == (1, "")
        assert "NOT what was signed" in why
        assert f"the first position that differs is {position}" in why
    assert (hub.life.folder / "level-0").read_bytes() == tiles


@pytest.mark.parametrize(("level", "at", "position"), [(0, 77 * 32 + 5, 78), (1, 3, 1)])
def test_damaged_tiles_are_named_and_can_be_mended(
    audit: Audit, hub: SignedHub, level: int, at: int, position: int
) -> None:
    path = hub.life.folder / f"level-{level}"
    whole = path.read_bytes()
    change(path, at)
    code, _, why = audit("rebuild-tree")
    assert code == 1
    assert f"level {level} from hash {at // 32} (position {position})" in why
    assert path.read_bytes() != whole
    code, _, why = audit("rebuild-tree", "--mend")
    assert code == 1
    assert "written anew" in why
    assert path.read_bytes() == whole
    assert audit("rebuild-tree")[0] == 0


def test_tiles_that_were_cut_are_mended(audit: Audit, hub: SignedHub) -> None:
    path = hub.life.folder / "level-0"
    whole = path.read_bytes()
    path.write_bytes(whole[:-33])
    code, _, why = audit("rebuild-tree", "--mend")
    assert (code, path.read_bytes()) == (1, whole)
    assert "level 0 from hash 298 (position 299)" in why


def test_a_store_and_tiles_changed_alike_are_not_what_was_signed(
    audit: Audit, hub: SignedHub
) -> None:
    """An attacker with the files, but without the key."""
    checkpoint = last(hub.life.checkpoints)
    stored(hub, "UPDATE stored_events SET state = CAST(state || 'x' AS BLOB) WHERE rowid = 5")
    kept = hub.life.checkpoints.rename(hub.folder / "kept.db")
    hub.sign()
    for one in hub.life.folder.glob("checkpoints.db*"):
        one.unlink()
    kept.rename(hub.life.checkpoints)
    assert last(hub.life.checkpoints) == checkpoint
    code, _, why = audit("rebuild-tree")
    assert code == 1
    assert "both were changed" in why


def test_a_checkpoint_that_was_made_up_does_not_hold(audit: Audit, hub: SignedHub) -> None:
    """Store, tiles and checkpoint agree; the signature does not."""
    other = log_key(hub.life.origin, signer_of(9).public).encode()
    assert audit("rebuild-tree", "--key", hub.key)[0] == 0
    code, _, why = audit("rebuild-tree", "--key", other)
    assert (code, "signature" in why) == (1, True)
    with closing(sqlite3.connect(hub.life.checkpoints)) as db, db:
        db.execute("UPDATE checkpoints SET note = CAST(replace(note, '300', '299') AS BLOB)")
    code, _, why = audit("rebuild-tree")
    assert (code, "signature" in why) == (1, True)
    with closing(sqlite3.connect(hub.life.checkpoints)) as db, db:
        db.execute("UPDATE checkpoints SET note = x'00'")
    code, _, why = audit("rebuild-tree")
    assert (code, why.count("\n")) == (1, 1)
    (hub.folder / "hub.key").unlink()
    assert audit("rebuild-tree")[0] == 3


def test_mending_needs_the_hub_to_stand_still(audit: Audit, hub: SignedHub) -> None:
    with claim(hub.folder):
        assert audit("rebuild-tree")[0] == 0
        assert audit("rebuild-tree", "--mend")[0] == 3
