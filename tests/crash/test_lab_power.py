"""Simulated power loss, the short form: a few hundred crash states of edge and hub hold what was
promised, and every control is seen to break it."""

import random
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.crash.lab import powerloss
from tests.crash.lab.campaigns import CAMPAIGNS, SEEN_WITHIN
from tests.crash.lab.disk import Disk, Mode, states
from tests.crash.lab.edge_run import EdgeRun
from tests.crash.lab.hub_run import HubRun
from tests.crash.lab.tally import Campaign, Unit
from tests.crash.lab.trace import Create, Op, Sync, SyncFolder, Truncate, Unlink, Write

STATES = 400
CONTROLS = [one for one in CAMPAIGNS if one.control and one.trials == SEEN_WITHIN]


@pytest.mark.parametrize("kind", [EdgeRun, HubRun])
def test_nothing_promised_is_lost(
    tmp_path: Path, seed: int, kind: type[EdgeRun] | type[HubRun]
) -> None:
    print(f"seed {seed}")
    recording = kind(tmp_path, seed)
    assert len(recording.ops) > 400
    found = [
        one for one in powerloss.campaign(recording, STATES, seed, share=(seed % 3, 3)) if one.wrong
    ]
    assert found == []


@pytest.mark.parametrize("control", CONTROLS, ids=[one.name for one in CONTROLS])
def test_the_laboratory_sees_a_loss(control: Campaign, seed: int) -> None:
    print(f"seed {seed}")
    tally = control.run(Unit(control.name, 0, SEEN_WITHIN, seed))
    assert tally.failed
    assert tally.trials <= SEEN_WITHIN


def left(ops: list[Op], mode: Mode, folder: Path) -> Mapping[str, bytes]:
    """What is on the disk after these calls and a power cut of this kind."""
    disk = Disk()
    for op in ops:
        disk.feed(op)
    disk.materialise(disk.choose(mode, random.Random(1)), folder)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


WRITTEN: list[Op] = [Create(1, "a"), Write(1, 0, b"one"), Sync(1), SyncFolder()]


def test_what_is_synced_stays(tmp_path: Path) -> None:
    assert left(WRITTEN, Mode.NONE, tmp_path) == {"a": b"one"}


def test_what_is_not_synced_may_go_or_stay(tmp_path: Path) -> None:
    ops = [*WRITTEN, Write(1, 3, b"two"), Truncate(1, 5)]
    for mode, expected in ((Mode.NONE, b"one"), (Mode.ALL, b"onetw")):
        folder = tmp_path / mode.name
        folder.mkdir()
        assert left(ops, mode, folder) == {"a": expected}


def test_a_sync_is_of_one_file(tmp_path: Path) -> None:
    ops = [*WRITTEN, Create(2, "b"), SyncFolder(), Write(2, 0, b"x"), Write(1, 0, b"ONE"), Sync(1)]
    assert left(ops, Mode.NONE, tmp_path) == {"a": b"ONE", "b": b""}


def test_a_name_that_was_not_synced_comes_back(tmp_path: Path) -> None:
    assert left([*WRITTEN, Unlink("a")], Mode.NONE, tmp_path) == {"a": b"one"}


def test_writes_are_torn_at_sectors(tmp_path: Path) -> None:
    ops = [*WRITTEN, Write(1, 0, b"x" * 5000)]
    seen = {
        disk.key(choice): choice
        for _, disk, mode, choice in states(ops, (0, 1), 60, seed=1)
        if mode is Mode.TORN_512
    }
    edges = {
        edge
        for choice in seen.values()
        for _, pieces in choice.pieces
        for piece in pieces
        for edge in (piece.start, piece.end)
    }
    assert edges - {0, 3, 5000} != set()
    assert {edge % 512 for edge in edges - {3, 5000}} == {0}


def test_no_state_is_tried_twice() -> None:
    ops: list[Op] = [*WRITTEN]
    for number in range(20):
        ops += [Write(1, number * 600, b"y" * 600), Write(1, 0, b"z"), Sync(1)]
    keys = [(done, disk.key(choice)) for done, disk, _, choice in states(ops, (0, 1), 500, seed=1)]
    assert len({key for _, key in keys}) == len(keys) > 100
