"""The log's side: what it asks, and what it makes of every answer."""

from pathlib import Path

import pytest

from core.tlog import checkpoint, note
from core.tlog.note import Note
from core.tlog.published import Published
from core.tlog.submitting import NotCosigned, Submitting
from core.tlog.witness import Declined
from infra.witness.witness import Witness
from tests.fix_core import FixedClock
from tests.fix_witness import cosigner, leaves, log_of, witness

KEYS = cosigner().keys


@pytest.fixture
def there(tmp_path: Path) -> Witness:
    return witness(tmp_path, FixedClock())


def asked(talk: Submitting, there: Witness, published: Published) -> tuple[note.Signature, ...]:
    """As over HTTP: until there is an answer that is not a size."""
    for _ in range(3):
        try:
            status, body = 200, there.add(talk.ask(published).encode())[1].encode()
        except Declined as declined:
            status, body = declined.status, f"{declined.size}\n".encode()
        found = talk.heard(published, status, body)
        if found:
            talk.kept = published.size
            return found
    raise AssertionError("it stands nowhere")


@pytest.mark.parametrize("keys", [KEYS, KEYS[:1], KEYS[1:]])
def test_only_lines_of_known_keys_count(there: Witness, keys: tuple[note.VerifierKey, ...]) -> None:
    found = asked(Submitting(keys), there, log_of(leaves(5)))
    assert [one.key_id for one in found] == [key.id for key in keys]


def test_it_asks_from_where_the_witness_stands(there: Witness) -> None:
    first = Submitting(KEYS)
    asked(first, there, log_of(leaves(5)))
    asked(first, there, log_of(leaves(9)))
    assert (first.stands, first.kept) == (9, 9)
    after_restart = Submitting(KEYS)
    asked(after_restart, there, log_of(leaves(12)))
    assert after_restart.stands == 12


def test_what_stands_under_the_checkpoint_is_recalled(there: Witness) -> None:
    published = log_of(leaves(5))
    signatures = asked(Submitting(KEYS), there, published)
    whole = checkpoint.parse(note.merged(published.checkpoint.note, signatures).encode())
    talk = Submitting(KEYS)
    talk.recall(Published(whole, published.node))
    assert talk.kept == 5
    half = checkpoint.parse(note.merged(published.checkpoint.note, signatures[:1]).encode())
    talk = Submitting(KEYS)
    talk.recall(Published(half, published.node))
    assert talk.kept == 0


def refused(talk: Submitting, there: Witness, published: Published) -> tuple[str, int]:
    with pytest.raises(NotCosigned) as error:
        asked(talk, there, published)
    return error.value.word, error.value.known


@pytest.mark.parametrize(("size", "word"), [(9, "inconsistent"), (5, "inconsistent"), (4, "ahead")])
def test_the_witness_saw_another_history(there: Witness, size: int, word: str) -> None:
    asked(Submitting(KEYS), there, log_of(leaves(5, "other", 2)))
    assert refused(Submitting(KEYS), there, log_of(leaves(size))) == (word, 5)


def test_the_witness_forgot(tmp_path: Path, there: Witness) -> None:
    """Said once; then it is asked from where it is."""
    talk = Submitting(KEYS)
    asked(talk, there, log_of(leaves(5)))
    blank = witness(tmp_path / "new", FixedClock())
    (tmp_path / "new").mkdir()
    assert refused(talk, blank, log_of(leaves(9))) == ("forgot", 0)
    assert asked(talk, blank, log_of(leaves(9)))


TEXT = log_of(leaves(5)).checkpoint.note.text


def lines(text: str = TEXT, when: int = 9) -> bytes:
    return "".join(one.line() for one in cosigner().cosign(text, when)).encode()


@pytest.mark.parametrize(
    ("status", "body", "word"),
    [
        (404, b"", "unknown"),
        (403, b"", "untrusted"),
        (422, b"", "inconsistent"),
        (400, b"\xff", "unfit"),
        (500, b"", "unfit"),
        (301, b"", "unfit"),
        (409, b"", "unfit"),
        (409, b"-1\n", "unfit"),
        (409, b"\xff\n", "unfit"),
        (200, b"", "unfit"),
        (200, b"\xff", "unfit"),
        (200, lines(log_of(leaves(6)).checkpoint.note.text), "unfit"),
        (200, lines(when=0), "unfit"),
        (200, log_of(leaves(5)).checkpoint.note.signatures[0].line().encode(), "unfit"),
    ],
)
def test_answers_that_are_none(status: int, body: bytes, word: str) -> None:
    with pytest.raises(NotCosigned) as error:
        Submitting(KEYS).heard(log_of(leaves(5)), status, body)
    assert error.value.word == word


def test_the_right_answer() -> None:
    assert len(Submitting(KEYS).heard(log_of(leaves(5)), 200, lines())) == 2
    assert isinstance(Note(TEXT, ()), Note)
