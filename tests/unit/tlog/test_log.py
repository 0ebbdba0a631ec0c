"""The growing log: what it publishes is what RFC 6962 says of its leaves, over any restart."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path

import pytest

from core.errors import BadProof
from core.keys import Signer
from core.tlog import note
from core.tlog.checkpoint import log_key, opened
from core.tlog.log import TransparencyLog
from core.tlog.published import Published
from core.tlog.tiles import Tile, tiles
from core.tlog.tree import check_consistency, check_inclusion, leaf_hash, root_of
from tests.fix_core import START, FixedClock, signer_of

ORIGIN = "menwei/test"
LEAVES = [leaf_hash(str(number).encode()) for number in range(66_000)]
HUB, LATER, WITNESS = signer_of(1), signer_of(2), signer_of(3)
Open = Callable[..., TransparencyLog]


@pytest.fixture
def reopen(tmp_path: Path, clock: FixedClock) -> Iterator[Open]:
    """The log of this test's folder, as a new process would open it."""
    with ExitStack() as stack:

        def opening(signer: Signer = HUB, origin: str = ORIGIN) -> TransparencyLog:
            return stack.enter_context(closing(TransparencyLog(tmp_path, origin, signer, clock)))

        yield opening


@pytest.fixture
def log(reopen: Open) -> TransparencyLog:
    return reopen()


def grown(log: TransparencyLog, size: int) -> Published:
    log.integrate(LEAVES[log.size : size])
    assert log.publish()
    return standing(log)


def standing(log: TransparencyLog) -> Published:
    found = log.published()
    assert found is not None
    return found


def test_an_empty_log_publishes_nothing(log: TransparencyLog) -> None:
    assert not log.publish()
    assert (log.published(), log.size, log.tile(Tile(0, 0, 1))) == (None, 0, None)


@pytest.mark.parametrize("sizes", [(1, 2, 3), (255, 256, 257), (1, 300, 65_535, 65_536, 65_999)])
def test_checkpoints_are_signed_and_lead_to_every_leaf(
    log: TransparencyLog, sizes: tuple[int, ...]
) -> None:
    for at, size in enumerate(sizes):
        published = grown(log, size)
        found = opened(published.checkpoint.encode(), ORIGIN, [log_key(ORIGIN, HUB.public)])
        assert (found.head.size, found.head.root) == (size, root_of(LEAVES[:size]))
        for position in sorted({1, size // 2 + 1, max(1, size - 1), size}):
            proof = published.proof(position)
            check_inclusion(proof.index, size, LEAVES[position - 1], proof.path, found.head.root)
        for since in sizes[:at]:
            path = published.consistency(since)
            check_consistency(since, size, path, root_of(LEAVES[:since]), found.head.root)


def test_leaves_in_any_portions_make_the_same_tiles(log: TransparencyLog, reopen: Open) -> None:
    for size in (1, 100, 256, 300, 511, 1_024, 1_025):
        log.integrate(LEAVES[log.size : size])
    assert log.publish()
    for tile in tiles(1_025):
        span = 256**tile.level
        first = tile.index * 256
        expected = [root_of(LEAVES[at * span : (at + 1) * span])
                    for at in range(first, first + tile.width)]  # fmt: skip
        assert log.tile(tile) == b"".join(expected)


def test_what_is_integrated_is_nobodys_before_it_is_published(log: TransparencyLog) -> None:
    grown(log, 300)
    log.integrate(LEAVES[300:700])
    assert standing(log).size == 300
    assert log.tile(Tile(0, 1, 44)) is not None
    assert log.tile(Tile(0, 1, 45)) is None
    assert log.tile(Tile(0, 1)) is None
    assert log.tile(Tile(1, 0, 2)) is None


def test_an_older_answer_stays_true_while_the_log_grows(log: TransparencyLog) -> None:
    old = grown(log, 300)
    grown(log, 5_000)
    proof = old.proof(299)
    check_inclusion(298, 300, LEAVES[298], proof.path, root_of(LEAVES[:300]))


def test_nothing_new_is_nothing_published(log: TransparencyLog) -> None:
    first = grown(log, 3)
    assert not log.publish()
    assert log.published() is first


def test_a_restart_goes_on_where_the_checkpoint_is(log: TransparencyLog, reopen: Open) -> None:
    before = grown(log, 700)
    log.integrate(LEAVES[700:3_000])  # died before it was published
    again = reopen()
    assert again.size == 700
    assert standing(again).checkpoint == before.checkpoint
    other = [leaf_hash(b"other" + leaf) for leaf in LEAVES[700:2_000]]
    again.integrate(other)  # what nobody saw may come out otherwise
    assert again.publish()
    assert standing(again).checkpoint.head.root == root_of([*LEAVES[:700], *other])


def test_a_new_key_signs_beside_the_old_one(log: TransparencyLog, reopen: Open) -> None:
    grown(log, 5)
    raw = standing(reopen(LATER)).checkpoint.encode()
    for key in (HUB, LATER):
        assert opened(raw, ORIGIN, [log_key(ORIGIN, key.public)]).verified
    assert standing(reopen(LATER)).checkpoint.encode() == raw


def test_cosignatures_stand_under_the_checkpoint_they_are_of(
    log: TransparencyLog, reopen: Open, clock: FixedClock
) -> None:
    text = grown(log, 5).checkpoint.note.text
    word = note.cosignature(text, "witness.example", WITNESS, 1_800_000_000)
    log.cosigned(5, [word])
    log.cosigned(5, [word])
    assert standing(log).checkpoint.note.signatures[1:] == (word,)
    assert standing(reopen()).checkpoint == standing(log).checkpoint
    grown(log, 6)
    late = note.cosignature(text, "late.example", LATER, 1_800_000_001)
    log.cosigned(5, [late])
    assert standing(log).size == 6
    (five, six) = log.checkpoints(START)
    assert five.checkpoint.note.signatures[1:] == (word, late)
    assert len(six.checkpoint.note.signatures) == 1
    with pytest.raises(BadProof, match="size"):
        log.cosigned(7, [word])


def test_of_each_cosigner_the_last_word_stands(log: TransparencyLog) -> None:
    """Also when there are more of them than a note holds: those that came stay."""
    text = grown(log, 5).checkpoint.note.text
    early, late = (note.cosignature(text, "w.example", WITNESS, when) for when in (1, 2))
    log.cosigned(5, [early])
    log.cosigned(5, [late])
    assert standing(log).checkpoint.note.signatures[1:] == (late,)
    many = [note.Signature(f"gateway-{number}", b"\0\0\0\1", bytes(72)) for number in range(1_100)]
    with pytest.raises(BadProof, match="note"):
        log.cosigned(5, many)
    assert standing(log).checkpoint.note.signatures[1:] == (late,)


def test_it_halts_for_tiles_that_do_not_lead_to_its_checkpoint(
    log: TransparencyLog, reopen: Open, tmp_path: Path
) -> None:
    grown(log, 300)
    path = tmp_path / "level-0"
    whole = path.read_bytes()
    for damaged in (whole[:-1], whole[:-1] + b"x", b""):
        path.write_bytes(damaged)
        again = reopen()
        assert again.halted is not None
        assert again.halted.what == "tree"
        again.integrate(LEAVES[:1])
        assert not again.publish()
        assert again.published() is None
    path.write_bytes(whole)
    assert reopen().halted is None


def test_it_halts_for_a_checkpoint_of_another_log(log: TransparencyLog, reopen: Open) -> None:
    grown(log, 3)
    assert reopen(origin="menwei/other").halted is not None


def test_history_is_thinned(log: TransparencyLog, clock: FixedClock) -> None:
    """Twice a minute for two hours, some cosigned; then as an hour, forty days later, sees it."""
    for size in range(1, 241):
        text = grown(log, size).checkpoint.note.text
        if size in (51, 101, 151):
            log.cosigned(size, [note.cosignature(text, "w.example", WITNESS, size)])
        clock.move(timedelta(seconds=30))
    clock.move(timedelta(hours=3))
    grown(log, 241)
    kept = [one.checkpoint.head.size for one in log.checkpoints(START)]
    assert kept == sorted({*range(2, 241, 2), 51, 151, 241})
    clock.move(timedelta(days=40))
    grown(log, 242)
    kept = [one.checkpoint.head.size for one in log.checkpoints(START)]
    assert kept == [51, 120, 151, 240, 241, 242]
    assert [one.at for one in log.checkpoints(clock.now())] == [clock.now()]
