"""No proof, checkpoint or note survives a change."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BadProof
from core.tlog import checkpoint, inclusion, note, proofs
from core.tlog.checkpoint import log_key
from core.tlog.inclusion import LogProof
from core.tlog.tree import check_consistency, check_inclusion, leaf_hash
from tests.fix_core import SEED, signer_of
from tests.fix_tlog import naive_root, published

LEAVES = [leaf_hash(b"%d" % number) for number in range(80)]
HUB, WITNESS = signer_of(1), signer_of(2)
ORIGIN = "menwei/test"
KEYS = [log_key(ORIGIN, HUB.public)]
WITNESS_KEY = note.VerifierKey("w.example", note.SignatureType.COSIGNATURE_ED25519, WITNESS.public)
Path = list[bytes]
Change = Callable[[Path, int], Path]


def flipped(raw: bytes, at: int) -> bytes:
    at %= len(raw) * 8
    return raw[: at // 8] + bytes([raw[at // 8] ^ 1 << at % 8]) + raw[at // 8 + 1 :]


def dropped(path: Path, at: int) -> Path:
    return [*path[: at % len(path)], *path[at % len(path) + 1 :]]


def doubled(path: Path, at: int) -> Path:
    return [*path[: at % len(path)], path[at % len(path)], *path[at % len(path) :]]


def other_bit(path: Path, at: int) -> Path:
    one = at % len(path)
    return [*path[:one], flipped(path[one], at), *path[one + 1 :]]


def other_order(path: Path, at: int) -> Path:
    one = at % len(path)
    return [*path[one:], *path[:one]]


def shorter_hash(path: Path, at: int) -> Path:
    one = at % len(path)
    return [*path[:one], path[one][:-1], *path[one + 1 :]]


CHANGES: list[Change] = [
    dropped,
    doubled,
    other_bit,
    other_order,
    shorter_hash,
]


@given(
    size=st.integers(2, len(LEAVES)),
    where=st.integers(0, 10**6),
    at=st.integers(0, 10**6),
    change=st.sampled_from(CHANGES),
)
def test_a_changed_inclusion_does_not_hold(size: int, where: int, at: int, change: Change) -> None:
    node, index = published(LEAVES[:size], HUB, ORIGIN).node, where % size
    root, path = naive_root(LEAVES[:size]), proofs.inclusion(node, index, size)
    check_inclusion(index, size, LEAVES[index], path, root)
    if (changed := change(path, at)) != path:
        with pytest.raises(BadProof):
            check_inclusion(index, size, LEAVES[index], changed, root)
    with pytest.raises(BadProof):
        check_inclusion(index, size, flipped(LEAVES[index], at), path, root)
    with pytest.raises(BadProof):
        check_inclusion(index, size, LEAVES[index], path, flipped(root, at))
    with pytest.raises(BadProof):
        check_inclusion((index + 1 + at % (size - 1)) % size, size, LEAVES[index], path, root)


@given(
    sizes=st.tuples(st.integers(1, len(LEAVES)), st.integers(1, len(LEAVES))).filter(
        lambda pair: pair[0] < pair[1]
    ),
    at=st.integers(0, 10**6),
    change=st.sampled_from(CHANGES),
)
def test_a_changed_consistency_does_not_hold(
    sizes: tuple[int, int], at: int, change: Change
) -> None:
    size1, size2 = sizes
    path = proofs.consistency(published(LEAVES[:size2], HUB, ORIGIN).node, size1, size2)
    root1, root2 = naive_root(LEAVES[:size1]), naive_root(LEAVES[:size2])
    check_consistency(size1, size2, path, root1, root2)
    if (changed := change(path, at)) != path:
        with pytest.raises(BadProof):
            check_consistency(size1, size2, changed, root1, root2)
    for first, second in ((flipped(root1, at), root2), (root1, flipped(root2, at))):
        with pytest.raises(BadProof):
            check_consistency(size1, size2, path, first, second)
    for other in range(1, len(LEAVES) + 1):  # the true root of another size
        if other not in (size1, size2):
            with pytest.raises(BadProof):
                check_consistency(size1, other, path, root1, naive_root(LEAVES[:other]))


@given(size=st.integers(2, len(LEAVES)), where=st.integers(0, 10**6), data=st.data())
def test_a_fork_has_no_consistency(size: int, where: int, data: st.DataObject) -> None:
    """Somebody who changed one batch that was signed finds no proof, whatever he offers."""
    forked = list(LEAVES)
    forked[where % size] = flipped(forked[where % size], where)
    upto = data.draw(st.integers(size, len(LEAVES)))
    path = proofs.consistency(published(forked[:upto], HUB, ORIGIN).node, size, upto)
    with pytest.raises(BadProof):
        check_consistency(size, upto, path, naive_root(LEAVES[:size]), naive_root(forked[:upto]))


def test_a_thousand_changed_notes_are_refused() -> None:
    """Every kind of damage to a checkpoint with a cosignature; both keys are asked for."""
    rng = random.Random(SEED)
    made = published(LEAVES, HUB, ORIGIN).checkpoint
    word = note.cosignature(made.note.text, "w.example", WITNESS, 1_800_000_000)
    whole = note.merged(made.note, [word]).encode()
    refused = 0
    while refused < 1_000:
        at = rng.randrange(len(whole))
        changed = rng.choice(
            (
                flipped(whole, rng.randrange(len(whole) * 8)),
                whole[:at] + whole[at + 1 :],
                whole[:at] + rng.randbytes(1) + whole[at:],
                whole[:at] + whole[at + rng.randrange(1, 90) :],
                whole[:at],
                whole.replace(b"\n", b"\r\n"),
                b"\xef\xbb\xbf" + whole,
                whole + b"\n",
            )
        )
        if changed == whole:
            continue
        with pytest.raises(BadProof):
            assert not _accepted(changed)
        refused += 1


def _accepted(raw: bytes) -> bool:
    """As who asks for both signatures would."""
    found = checkpoint.opened(raw, ORIGIN, KEYS)
    if WITNESS_KEY not in checkpoint.cosigners(found, [WITNESS_KEY]):
        raise BadProof("signature", "not cosigned")
    return found.head.size == len(LEAVES)


@given(index=st.integers(0, 2**63 - 1), path=st.lists(st.binary(min_size=32, max_size=32)))
def test_a_proof_as_text_is_what_it_was(index: int, path: Path) -> None:
    made = LogProof(index, tuple(path[:63]), b"origin\n1\n")
    assert inclusion.parse(made.encode()) == made


@given(st.binary(max_size=300))
def test_rubbish_is_refused_in_words(raw: bytes) -> None:
    for read in (note.parse, checkpoint.parse, inclusion.parse):
        with pytest.raises(BadProof):
            read(raw)
