"""What was changed since an earlier snapshot, and rows put together again from a chain of them."""

import logging
import random
from collections.abc import Sequence

import pytest

from core.catalog import CATALOG
from core.events.access import Granted
from core.tlog.tree import leaf_hash
from projections import snapshot_rows, snapshots
from projections.past import begun
from projections.safe_community.rows.doors import Door
from projections.safe_community.view import SAFE_COMMUNITY
from projections.shards import fold_shard, shards
from projections.snapshot_rows import Kept, Part, laid, packed, unpacked
from projections.snapshots import Shelf, Snapshot
from projections.state import CompoundRows, ViewState
from projections.view import Row
from tests.fix_core import SEED
from tests.fix_hub import HubRig
from tests.fix_hub import hub_rig as hub_rig

KINDS: dict[str, type[Row]] = {"door": Door, "place": Door}


def row(at: int) -> Door:
    return Door(subject=f"door/{at}", device="d")


class Rows:
    """Rows that are changed at one position after another, as a follower does it."""

    def __init__(self) -> None:
        self.state = ViewState(SAFE_COMMUNITY)
        self.rows = self.state.of("c01")

    def change(self, position: int, *, put: dict[str, int] | None = None, drop: str = "") -> None:
        self.state.position = self.rows.position = position
        self.rows.touched = {}
        for key, value in (put or {}).items():
            self.rows.put("door", key, row(value))
        if drop:
            self.rows.drop("door", drop)
        self.state.place(self.rows.touched)


def told(rows: CompoundRows) -> tuple[object, object]:
    return (
        {kind: held for kind, held in rows.kinds.items() if held},
        {kind: held for kind, held in rows.places.items() if held},
    )


def test_what_was_not_changed_is_not_in_it() -> None:
    made = Rows()
    made.change(1, put={"a": 1, "b": 1, "c": 1})
    made.change(2, put={"b": 2}, drop="c")
    kept = unpacked(packed(made.rows, 1, 1))
    assert [(part.keys, part.places) for part in kept.parts] == [(["b"], [2])]
    assert (kept.base, [*kept.gone]) == (1, [("door", "c")])
    whole = unpacked(packed(made.rows))
    assert [part.keys for part in whole.parts] == [["a", "b"]], "in the order of their last change"
    assert (whole.base, [*whole.gone]) == (0, [])


def test_a_row_that_is_back_is_not_gone() -> None:
    made = Rows()
    made.change(1, put={"a": 1})
    made.change(2, drop="a")
    made.change(3, put={"a": 3})
    assert made.rows.gone == {}
    chain = [unpacked(packed(made.rows, 1, 1))]
    assert told(laid("c01", 3, chain, KINDS, None)) == told(made.rows)


@pytest.mark.parametrize("shown", [False, True])
def test_any_chain_gives_the_rows_that_stood_there(
    monkeypatch: pytest.MonkeyPatch, shown: bool
) -> None:
    monkeypatch.setattr(snapshot_rows, "_PACK", 2)
    chance = random.Random(SEED)
    made, stood, kept = Rows(), dict[int, object](), dict[int, Kept]()
    for position in range(1, 60):
        keys = [f"{chance.randint(1, 12)}" for _ in range(chance.randint(0, 3))]
        made.change(position, put=dict.fromkeys(keys, position), drop=f"{chance.randint(1, 12)}")
        stood[position] = told(made.rows.copied())
        base = chance.choice([0, *kept])
        kept[position] = unpacked(packed(made.rows, 1, base))
    for position, expected in stood.items():
        chain: list[Kept] = [kept[position]]
        while chain[-1].base:
            chain.append(kept[chain[-1].base])
        found = laid("c01", position, chain, KINDS, made.rows.copied() if shown else None)
        assert told(found) == expected


def test_what_is_shown_unchanged_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot_rows, "_PACK", 1)
    made = Rows()
    for position in range(1, 9):
        made.change(position, put={f"{position}": position})
    chain = [unpacked(packed(made.rows))]
    made.change(9, put={"3": 9})
    opened: list[int] = []
    values = Kept.values

    def counted(self: Kept, part: Part, wanted: Sequence[int]) -> list[bytes]:
        opened.extend(wanted)
        return values(self, part, wanted)

    monkeypatch.setattr(Kept, "values", counted)
    found = laid("c01", 8, chain, KINDS, made.rows)
    assert opened == [2], "the one that was changed since"
    assert found.kinds["door"]["1"] is made.rows.kinds["door"]["1"]
    assert found.kinds["door"]["3"] == row(3)


@pytest.mark.parametrize("data", [b"", b"\x93\x00\xc4\x01x\x90", b"\xc1", b"(\xb5/\xfd"])
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="not a snapshot"):
        unpacked(data)


def test_any_is_read_with_few_others_and_none_is_thinned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "MANY", 1)
    monkeypatch.setattr(snapshots, "COST", 1)
    made, taken = Rows(), dict[int, Snapshot]()
    shelf = Shelf({}, made.state)
    for position in range(1, 200):
        made.change(position, put={f"{position % 7}": position})
        made.rows.events += 1
        turn = shelf.turn(made.state)
        assert turn.thinned == []
        taken |= {one.position: one for one in turn.snapshots}
        shelf.turned(turn, made.state)
    assert len(taken) == 199
    assert max(len(chain(taken, position)) for position in taken) <= 9


def test_where_one_of_a_chain_is_missing_an_older_one_is_used(
    hub_rig: HubRig, caplog: pytest.LogCaptureFixture
) -> None:
    made, taken = Rows(), dict[int, Snapshot]()
    for position in (1, 2, 3):
        hub_rig.add([hub_rig.event(Granted(), "door/1")])
        made.change(position, put={"a": position})
        (stored,) = hub_rig.log.read(position - 1, 1, 1)
        data = packed(made.rows, 0, 2 if position == 3 else 0)
        taken[position] = Snapshot("c01", position, leaf_hash(stored.state), data)
    del taken[2]

    def nearest(_compound: str, upto: int) -> Snapshot | None:
        return next((taken[at] for at in range(upto, 0, -1) if at in taken), None)

    with caplog.at_level(logging.ERROR):
        found = begun(hub_rig.log, SAFE_COMMUNITY, "c01", 3, nearest)
    assert found.position == 1
    assert "continues one at position 2" in caplog.text


@pytest.mark.parametrize("every", [3, 5])
def test_after_a_start_they_go_on_behind_those_that_are_there(
    monkeypatch: pytest.MonkeyPatch, every: int
) -> None:
    """Nothing is taken whole again, and what went meanwhile is gone."""
    monkeypatch.setattr(snapshots, "MANY", 1)
    monkeypatch.setattr(snapshots, "COST", 1)
    made, taken, stood = Rows(), dict[int, Snapshot](), dict[int, object]()
    chance = random.Random(SEED)
    made.change(1, put={f"{n}": 1 for n in range(60)})
    shelf = Shelf({}, made.state)
    for position in range(2, 40):
        drop = f"{chance.randint(1, 60)}" if position % 3 == 0 else ""
        made.change(position, put={f"{chance.randint(1, 20)}": position}, drop=drop)
        made.rows.events += position % 2
        turn = shelf.turn(made.state)
        taken |= {one.position: one for one in turn.snapshots}
        shelf.turned(turn, made.state)
        stood[position] = told(made.rows.copied())
        if position % every == 0:
            made.rows.gone = {}
            shelf = Shelf({}, made.state)
            shelf.resume("c01", chain(taken, max(taken)), made.rows)
    assert sum(not unpacked(one.rows).number for one in taken.values()) == 1
    for position in taken:
        kept = [one for _, one in chain(taken, position)]
        assert told(laid("c01", position, kept, KINDS, None)) == stood[position]


def chain(taken: dict[int, Snapshot], position: int) -> list[tuple[int, Kept]]:
    found = [(position, unpacked(taken[position].rows))]
    while base := found[-1][1].base:
        found.append((base, unpacked(taken[base].rows)))
    return found


def test_a_rebuild_takes_them_as_soon_as_they_are_due(
    monkeypatch: pytest.MonkeyPatch, hub_rig: HubRig
) -> None:
    monkeypatch.setattr(snapshots, "MANY", 2)
    monkeypatch.setattr(snapshots, "COST", 3)
    for number in range(1, 10):
        hub_rig.add([hub_rig.event(Granted(), f"door/{number}")])
    (shard,) = shards(hub_rig.log, [SAFE_COMMUNITY], 1)
    made = fold_shard(hub_rig.log, [SAFE_COMMUNITY], shard, 9, CATALOG)
    assert [one.position for one in made[SAFE_COMMUNITY.name].snapshots] == [3, 6, 9]
