"""Every status of the protocol, and the request's bytes."""

from collections.abc import Callable
from http import HTTPStatus

import msgspec
import pytest

from core.tlog import checkpoint, witness
from core.tlog.head import TreeHead
from core.tlog.note import Note, Signature
from core.tlog.tree import EMPTY_ROOT
from core.tlog.witness import Declined, Submission
from tests.fix_core import signer_of
from tests.fix_witness import LOG, LOG_KEY, ORIGIN, head_of, leaves, log_of, submission

LOGS = {ORIGIN: frozenset({LOG_KEY})}
LAST = head_of(leaves(5))


def decided(raw: bytes, last: TreeHead = LAST) -> tuple[int, int]:
    """Status, and the size told with it."""
    try:
        witness.check_extends(witness.trusted(witness.parse(raw), LOGS), last)
    except Declined as declined:
        return declined.status, declined.size
    return HTTPStatus.OK, 0


def grown(size: int = 9, old: int = 5) -> Submission:
    return submission(old, log_of(leaves(size)))


@pytest.mark.parametrize("size", [5, 6, 9, 33])
def test_what_only_adds_is_accepted(size: int) -> None:
    assert decided(grown(size).encode()) == (200, 0)


def test_a_log_that_was_never_seen() -> None:
    assert decided(grown(9, 0).encode(), witness.nothing_of(ORIGIN)) == (200, 0)
    assert decided(grown(0, 0).encode(), witness.nothing_of(ORIGIN)) == (200, 0)


def test_what_is_sent_is_what_is_read() -> None:
    sent = grown()
    assert witness.parse(sent.encode()) == sent
    assert sent.encode().startswith(b"old 5\n")


Bend = Callable[[bytes], bytes]


@pytest.mark.parametrize(
    "bend",
    [
        lambda raw: b"",
        lambda raw: raw.replace(b"old 5", b"old 05"),
        lambda raw: raw.replace(b"old 5", b"old -5"),
        lambda raw: raw.replace(b"old 5", b"old  5"),
        lambda raw: raw.replace(b"old 5", b"size 5"),
        lambda raw: raw.replace(b"\n\n", b"\n", 1),
        lambda raw: raw.replace(b"\n", b"\r\n"),
        lambda raw: raw.replace(b"old 5\n", b"old 5\nAAAA\n"),
        lambda raw: raw.replace(b"old 5\n", "old 5\n门\n".encode()),
        lambda raw: raw.replace(b"old 5\n", b"old 5\n" + b"A" * 43 + b"=\n" * 64),
        lambda raw: raw[:-1],
        lambda raw: raw.replace(b"\n9\n", b"\n09\n"),
    ],
)
def test_400_what_is_not_formed_like_a_request(bend: Bend) -> None:
    assert decided(bend(grown().encode())) == (400, 0)


def test_400_more_than_63_hashes() -> None:
    long = msgspec.structs.replace(grown(), proof=(bytes(32),) * 64)
    assert decided(long.encode()) == (400, 0)


def test_400_from_more_down_to_less() -> None:
    assert decided(msgspec.structs.replace(grown(4, 0), old=5).encode()) == (400, 0)


def test_404_nobody_s_log() -> None:
    other = checkpoint.signed(TreeHead("other", 9, bytes(32)), LOG)
    assert decided(Submission(5, (), other).encode()) == (404, 0)


def signed_by(*signatures: Signature) -> bytes:
    asked = grown()
    note = Note(asked.checkpoint.note.text, signatures)
    found = msgspec.structs.replace(asked.checkpoint, note=note)
    return msgspec.structs.replace(asked, checkpoint=found).encode()


def test_403_nobody_who_is_trusted_signed() -> None:
    stranger = checkpoint.signed(grown().checkpoint.head, signer_of(50)).note.signatures
    assert decided(signed_by(*stranger)) == (403, 0)


def test_403_a_trusted_key_whose_signature_does_not_hold() -> None:
    (good,) = grown().checkpoint.note.signatures
    bad = msgspec.structs.replace(good, body=bytes(64))
    assert decided(signed_by(bad)) == (403, 0)
    assert decided(signed_by(good, bad)) == (403, 0)


def test_a_stranger_s_signature_beside_is_nobody_s() -> None:
    (good,) = grown().checkpoint.note.signatures
    stranger = Signature("stranger", b"abcd", b"x")
    assert decided(signed_by(stranger, good)) == (200, 0)


@pytest.mark.parametrize("old", [0, 4, 6, 9])
def test_409_from_another_size_than_the_last(old: int) -> None:
    assert decided(grown(9, old).encode()) == (409, 5)


def test_422_another_history() -> None:
    assert decided(submission(5, log_of(leaves(9, "other", 3))).encode()) == (422, 0)
    assert decided(submission(5, log_of(leaves(5, "other", 3))).encode()) == (422, 0)


def test_422_a_proof_that_does_not_hold() -> None:
    asked = grown()
    for proof in ((), asked.proof[:-1], (*asked.proof, bytes(32)), asked.proof[::-1]):
        assert decided(msgspec.structs.replace(asked, proof=proof).encode()) == (422, 0)


def test_422_a_proof_of_the_same_size() -> None:
    assert decided(msgspec.structs.replace(grown(5), proof=(bytes(32),)).encode()) == (422, 0)


def test_422_a_proof_from_nothing() -> None:
    asked = msgspec.structs.replace(grown(9, 0), proof=(bytes(32),))
    assert decided(asked.encode(), witness.nothing_of(ORIGIN)) == (422, 0)


def test_422_an_empty_tree_with_another_root() -> None:
    empty = checkpoint.signed(TreeHead(ORIGIN, 0, EMPTY_ROOT), LOG)
    text = TreeHead(ORIGIN, 0, bytes(32)).text()
    bent = msgspec.structs.replace(empty, note=Note(text, empty.note.signatures))
    assert decided(Submission(0, (), bent).encode(), witness.nothing_of(ORIGIN)) == (422, 0)
