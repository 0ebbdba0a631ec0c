"""Which keys of the hub a gateway believes."""

from pathlib import Path

import msgspec
import pytest

from core import durable, handover
from core.errors import BadFrame
from edge.hubkeys import FILE, HubKeys
from tests.fix_core import signer_of

A, B, C, THIEF = (signer_of(seed) for seed in (80, 81, 82, 83))
AB, BC = handover.rotated("hub", A, B), handover.rotated("hub", B, C)


@pytest.fixture
def keys(tmp_path: Path) -> HubKeys:
    return HubKeys(tmp_path, A.public)


def test_it_follows_and_remembers(keys: HubKeys, tmp_path: Path) -> None:
    assert keys.follow(handover.told([AB]))
    assert (keys.now, keys.known) == (B.public, (A.public, B.public))
    assert HubKeys(tmp_path, A.public).now == B.public
    assert not keys.follow(handover.told([AB]))


def test_who_was_away_follows_over_several(keys: HubKeys) -> None:
    assert keys.follow(handover.told([AB, BC]))
    assert keys.known == (A.public, B.public, C.public)


def test_what_does_not_begin_at_the_key_it_believes_is_nothing(keys: HubKeys) -> None:
    assert not keys.follow(handover.told([BC]))
    assert keys.now == A.public


def test_the_old_key_hands_over_once(keys: HubKeys) -> None:
    """Whoever got hold of it afterwards hands over to nobody."""
    keys.follow(handover.told([AB]))
    stolen = handover.rotated("hub", A, THIEF)
    assert not keys.follow(handover.told([stolen]))
    assert not keys.follow(handover.told([stolen, AB]))
    assert keys.now == B.public


@pytest.mark.parametrize("field", ["proof", "consent"])
def test_both_must_have_signed(keys: HubKeys, field: str) -> None:
    forged = msgspec.structs.replace(AB, **{field: THIEF.sign(b"x").hex()})
    assert not keys.follow(handover.told([forged]))
    assert keys.now == A.public


def test_a_gateways_handover_is_not_the_hubs(keys: HubKeys) -> None:
    other = handover.rotated("gateway", A, B)
    assert not keys.follow(handover.told([other]))


@pytest.mark.parametrize("payload", [b"", b"{}", b"[1]", b"[" * 50_000, b"\xff", b'[{"from":1}]'])
def test_what_is_no_handover(keys: HubKeys, payload: bytes) -> None:
    with pytest.raises(BadFrame):
        keys.follow(payload)


def test_more_than_anybody_needs_is_none(keys: HubKeys) -> None:
    with pytest.raises(BadFrame, match="cap"):
        keys.follow(handover.told([AB] * 65))


def test_it_is_durable_before_it_is_believed(
    keys: HubKeys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object) -> None:
        raise OSError("no room")

    with monkeypatch.context() as patched:
        patched.setattr(durable, "put", full)
        with pytest.raises(OSError, match="no room"):
            keys.follow(handover.told([AB]))
    assert keys.now == A.public
    assert keys.follow(handover.told([AB]))
    assert HubKeys(tmp_path, A.public).now == B.public


def test_who_pins_another_key_has_the_last_word(keys: HubKeys, tmp_path: Path) -> None:
    keys.follow(handover.told([AB, BC]))
    assert HubKeys(tmp_path, THIEF.public).known == (THIEF.public,)
    assert HubKeys(tmp_path, B.public).known == (A.public, B.public, C.public)


def test_who_pins_the_new_key_anew_believes_no_former_one(tmp_path: Path) -> None:
    """After a theft: what the hub goes on telling of its past is nothing to it."""
    keys = HubKeys(tmp_path, B.public)
    assert not keys.follow(handover.told([AB]))
    assert list(keys.known) == [B.public]
    assert keys.follow(handover.told([AB, BC]))
    assert list(keys.known) == [B.public, C.public]


def test_a_damaged_file_falls_back_to_the_pinned_key(keys: HubKeys, tmp_path: Path) -> None:
    keys.follow(handover.told([AB]))
    (tmp_path / FILE).write_bytes(b"[")
    assert HubKeys(tmp_path, A.public).now == A.public
