"""What is never signed over: a hole, a log that was put back, a batch that was replaced, tiles
that somebody changed. Nothing else halts a log."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from core.tlog.integrator import Integrator
from core.tlog.log import TransparencyLog
from core.tlog.tree import leaf_hash, root_of
from tests.fix_core import FixedClock, signer_of


class Store:
    """Frames by position; a test may take one away or put another in its place."""

    def __init__(self, count: int) -> None:
        self.frames_at = {position: b"%d" % position for position in range(1, count + 1)}

    def head(self) -> int:
        return max(self.frames_at, default=0)

    def frames(self, after: int, limit: int, max_bytes: int) -> Sequence[tuple[int, bytes]]:
        found = sorted(one for one in self.frames_at.items() if one[0] > after)
        return found[: min(limit, 1_000)]  # as if the bytes were reached

    def leaves(self) -> list[bytes]:
        return [leaf_hash(frame) for _, frame in sorted(self.frames_at.items())]


Open = Callable[[Store], tuple[TransparencyLog, Integrator]]


@pytest.fixture
def opening(tmp_path: Path, clock: FixedClock) -> Iterator[Open]:
    with ExitStack() as stack:

        def made(store: Store) -> tuple[TransparencyLog, Integrator]:
            log = TransparencyLog(tmp_path, "menwei/test", signer_of(1), clock)
            return stack.enter_context(closing(log)), Integrator(log, store)

        yield made


def caught_up(store: Store, log: TransparencyLog, integrator: Integrator) -> bool:
    """Whether anything was published."""
    while integrator.step(store.head()):
        pass
    return log.publish()


def signed(opening: Open, store: Store) -> tuple[TransparencyLog, Integrator]:
    log, integrator = opening(store)
    assert caught_up(store, log, integrator)
    return log, integrator


def halted(log: TransparencyLog) -> tuple[str, int]:
    assert log.halted is not None
    return log.halted.what, log.halted.position


@pytest.mark.parametrize("count", [1, 255, 256, 257, 5_000])
def test_what_is_stored_is_signed_page_by_page(opening: Open, count: int) -> None:
    store = Store(count)
    log, integrator = signed(opening, store)
    published = log.published()
    assert published is not None
    assert published.checkpoint.head.root == root_of(store.leaves())
    while integrator.sweep():
        pass
    assert log.halted is None
    assert not caught_up(store, log, integrator)


def test_a_hole_is_not_signed_over(opening: Open) -> None:
    store = Store(10)
    log, integrator = signed(opening, store)
    store.frames_at |= {11: b"11", 13: b"13"}
    assert not caught_up(store, log, integrator)
    assert halted(log) == ("hole", 12)
    assert log.size == 10


def test_a_log_that_was_put_back_is_not_signed_over(opening: Open) -> None:
    store = Store(1_000)
    signed(opening, store)
    put_back = Store(900)
    log, integrator = opening(put_back)
    assert not caught_up(put_back, log, integrator)
    assert halted(log) == ("head", 901)
    put_back.frames_at |= dict.fromkeys(range(901, 2000), b"new")
    again, integrator = opening(put_back)  # it has grown again, and is another one
    assert not caught_up(put_back, again, integrator)
    assert halted(again) == ("leaf", 901)


def test_a_log_that_becomes_shorter_while_the_hub_runs_is_not_signed_over(opening: Open) -> None:
    store = Store(50)
    log, integrator = signed(opening, store)
    del store.frames_at[50]
    assert not caught_up(store, log, integrator)
    assert halted(log) == ("head", 50)


@pytest.mark.parametrize("position", [1, 256, 257, 700, 2_999, 3_000])
def test_a_replaced_batch_is_found_wherever_it_is(opening: Open, position: int) -> None:
    store = Store(3_000)
    log, integrator = signed(opening, store)
    store.frames_at[position] += b"!"
    while integrator.sweep():
        pass
    assert halted(log) == ("leaf", position)
    store.frames_at[3_001] = b"more"
    assert not caught_up(store, log, integrator)


def test_one_near_the_end_is_found_before_anything_is_signed(opening: Open) -> None:
    store = Store(3_000)
    signed(opening, store)
    store.frames_at |= {2_500: b"other", 3_001: b"more"}
    log, integrator = opening(store)
    assert not caught_up(store, log, integrator)
    assert halted(log) == ("leaf", 2_500)


def test_a_batch_that_vanished_is_found(opening: Open) -> None:
    store = Store(600)
    log, integrator = signed(opening, store)
    del store.frames_at[300]
    while integrator.sweep():
        pass
    assert halted(log) == ("hole", 300)


@pytest.mark.parametrize(("level", "hash_at", "found"), [(0, 700, 701), (1, 2, 513)])
def test_changed_tiles_are_found(
    opening: Open, tmp_path: Path, level: int, hash_at: int, found: int
) -> None:
    log, integrator = signed(opening, Store(70_000 if level else 3_000))
    raw = bytearray((tmp_path / f"level-{level}").read_bytes())
    raw[hash_at * 32] ^= 1
    (tmp_path / f"level-{level}").write_bytes(raw)
    while integrator.sweep():
        pass
    assert halted(log) == ("tree" if level else "leaf", found)


def test_a_sweep_begins_anew_and_sees_what_grew(opening: Open) -> None:
    store = Store(300)
    log, integrator = signed(opening, store)
    assert [integrator.sweep() for _ in range(4)] == [True, True, False, True]
    store.frames_at |= dict.fromkeys(range(301, 700), b"more")
    assert caught_up(store, log, integrator)
    assert [integrator.sweep() for _ in range(3)] == [True, True, False]


def test_a_sweep_may_begin_anywhere(opening: Open) -> None:
    store = Store(700)
    log, _ = signed(opening, store)
    integrator = Integrator(log, store, swept=2)
    assert [integrator.sweep() for _ in range(5)] == [True, False, True, True, True]
