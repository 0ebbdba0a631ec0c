"""What a witness keeps, across restarts and clocks."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from core.errors import EnvironmentFault, FatalError
from core.tlog import checkpoint, note
from core.tlog.note import SignatureType
from core.tlog.witness import Declined
from infra.witness.witness import Witness, origin_hash
from tests.fix_core import START, FixedClock, signer_of
from tests.fix_witness import (
    LOG_KEY,
    ORIGIN,
    cosigner,
    leaves,
    log_of,
    settings,
    submission,
    witness,
)

STATE = f"{origin_hash(ORIGIN)}.checkpoint"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


def add(to: Witness, old: int, size: int, fork: str = "", at: int = 0) -> str:
    return to.add(submission(old, log_of(leaves(size, fork, at))).encode())[1]


def said_at(lines: str) -> list[int]:
    return [note.cosigned_at(note.signature(line)) for line in lines.splitlines()]


def test_both_keys_cosign_what_the_log_signed(tmp_path: Path, clock: FixedClock) -> None:
    published = log_of(leaves(7))
    lines = add(witness(tmp_path, clock), 0, 7)
    signatures = tuple(map(note.signature, lines.splitlines()))
    whole = note.merged(published.checkpoint.note, signatures)
    keys = cosigner().keys
    assert {key.type for key in keys} == {
        SignatureType.COSIGNATURE_ED25519,
        SignatureType.COSIGNATURE_ML_DSA_44,
    }
    assert checkpoint.cosigners(checkpoint.parse(whole.encode()), keys) == set(keys)
    assert said_at(lines) == [int(START.timestamp())] * 2


def test_the_last_one_is_told_as_it_was_answered(tmp_path: Path, clock: FixedClock) -> None:
    made = witness(tmp_path, clock)
    assert made.latest(origin_hash(ORIGIN)) is None
    lines = add(made, 0, 7)
    told = made.latest(origin_hash(ORIGIN))
    assert told is not None
    assert told.decode().endswith(lines)
    assert checkpoint.opened(told, ORIGIN, (LOG_KEY,)).head.size == 7
    assert (tmp_path / STATE).read_bytes() == told


def test_signatures_of_strangers_are_not_passed_on(tmp_path: Path, clock: FixedClock) -> None:
    asked = submission(0, log_of(leaves(3)))
    beside = note.own_signature(asked.checkpoint.note.text, "stranger", signer_of(60))
    signed = note.merged(asked.checkpoint.note, (beside,))
    bent = msgspec.structs.replace(asked.checkpoint, note=signed)
    made = witness(tmp_path, clock)
    made.add(msgspec.structs.replace(asked, checkpoint=bent).encode())
    assert b"stranger" not in (made.latest(origin_hash(ORIGIN)) or b"stranger")


def test_a_restart_goes_on_where_it_was(tmp_path: Path, clock: FixedClock) -> None:
    add(witness(tmp_path, clock), 0, 7)
    made = witness(tmp_path, clock)
    with pytest.raises(Declined) as declined:
        add(made, 0, 9)
    assert (declined.value.status, declined.value.size) == (409, 7)
    add(made, 7, 9)


def test_time_never_goes_back(tmp_path: Path, clock: FixedClock) -> None:
    made = witness(tmp_path, clock)
    first = said_at(add(made, 0, 7))
    clock.move(timedelta(hours=-1))
    assert said_at(add(made, 7, 9)) == first
    clock.move(timedelta(hours=1, seconds=-30))
    assert said_at(add(witness(tmp_path, clock), 9, 10)) == first
    clock.move(timedelta(minutes=1))
    assert said_at(add(made, 7 + 2, 9)) > first


@pytest.mark.parametrize("back", [timedelta(minutes=2), timedelta(days=900)])
def test_a_clock_before_the_last_word_is_no_clock(
    tmp_path: Path, clock: FixedClock, back: timedelta
) -> None:
    add(witness(tmp_path, clock), 0, 7)
    clock.move(-back)
    with pytest.raises(EnvironmentFault, match="Set the clock"):
        witness(tmp_path, clock)


def test_a_clock_that_was_never_set(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault, match="Set the clock"):
        witness(tmp_path, FixedClock(START.replace(year=1970)))


@pytest.mark.parametrize(("old", "size", "at"), [(7, 9, 3), (7, 7, 3), (0, 7, 3)])
def test_a_fork_is_kept_as_evidence(
    tmp_path: Path, clock: FixedClock, old: int, size: int, at: int
) -> None:
    made = witness(tmp_path, clock)
    add(made, 0, 7)
    for _ in range(2):
        with pytest.raises(Declined):
            add(made, old, size, "other", at)
    (kept,) = (tmp_path / "evidence").iterdir()
    assert kept.read_bytes() == submission(old, log_of(leaves(size, "other", at))).encode()
    assert checkpoint.parse(made.latest(origin_hash(ORIGIN)) or b"").head.size == 7


def test_who_only_asks_from_elsewhere_leaves_nothing(tmp_path: Path, clock: FixedClock) -> None:
    made = witness(tmp_path, clock)
    add(made, 0, 7)
    with pytest.raises(Declined):
        add(made, 0, 9)
    assert not (tmp_path / "evidence").exists()


def test_evidence_does_not_fill_the_disk(
    tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.witness.witness._EVIDENCE", 2)
    made = witness(tmp_path, clock)
    add(made, 0, 7)
    for fork in "abcd":
        with pytest.raises(Declined):
            add(made, 7, 9, fork, 3)
    assert len(list((tmp_path / "evidence").iterdir())) == 2


@pytest.mark.parametrize("bend", [lambda raw: raw[:-9], lambda raw: b"", lambda raw: raw[9:]])
def test_a_damaged_state_is_not_begun_anew(tmp_path: Path, clock: FixedClock, bend: object) -> None:
    add(witness(tmp_path, clock), 0, 7)
    damaged = bend((tmp_path / STATE).read_bytes())  # type: ignore[operator]
    (tmp_path / STATE).write_bytes(damaged)
    with pytest.raises(FatalError, match="do not remove it"):
        witness(tmp_path, clock)
    assert (tmp_path / STATE).read_bytes() == damaged


def test_another_name_or_key_does_not_take_it_up(tmp_path: Path, clock: FixedClock) -> None:
    add(witness(tmp_path, clock), 0, 7)
    for other in (cosigner("witness.example/else"), cosigner(seed=70)):
        with pytest.raises(FatalError, match="name"):
            Witness(settings(tmp_path), other, clock)


def test_a_log_changes_its_key(tmp_path: Path, clock: FixedClock) -> None:
    """Both are trusted while it does; the old one may go before the new one has signed."""
    add(witness(tmp_path, clock), 0, 7)
    new = checkpoint.log_key(ORIGIN, signer_of(44).public)
    only = msgspec.structs.replace(settings(tmp_path), logs={ORIGIN: frozenset({new})})
    with pytest.raises(Declined) as declined:
        add(Witness(only, cosigner(), clock), 7, 9)
    assert declined.value.status == 403
    asked = submission(7, log_of(leaves(9)))
    renewed = checkpoint.signed(asked.checkpoint.head, signer_of(44))
    both = msgspec.structs.replace(settings(tmp_path), logs={ORIGIN: frozenset({LOG_KEY, new})})
    made = Witness(both, cosigner(), clock)
    made.add(msgspec.structs.replace(asked, checkpoint=renewed).encode())
    add(made, 9, 10)
