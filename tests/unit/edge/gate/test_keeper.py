"""The policy on disk: the newest that the hub signed, or none and a loud word."""

import io
import os
from pathlib import Path

import pytest

from core.errors import DiskFull, FatalError
from core.policy.document import sha256
from core.policy.signed import PolicyRefused, sign_document
from edge.gate.keeper import FILE, Keeper
from edge.hubkeys import HubKeys
from tests.fix_core import signer_of
from tests.fix_edge import COMPOUND, HUB_KEY
from tests.fix_gate import document, policy

ONE, TWO = document(1).frame, document(2).frame


@pytest.fixture
def keeper(tmp_path: Path) -> Keeper:
    return Keeper(tmp_path, HubKeys(tmp_path, HUB_KEY), COMPOUND)


def reason(keeper: Keeper, frame: bytes, version: int = 0, digest: str = "") -> str:
    with pytest.raises(PolicyRefused) as caught:
        keeper.read(frame, version, digest)
    return caught.value.reason


def test_kept_is_loaded(keeper: Keeper) -> None:
    assert keeper.load(0, "") == (None, "")
    keeper.keep(ONE)
    book, digest = keeper.load(1, sha256(ONE))
    assert book is not None
    assert (book.policy.version, digest) == (1, sha256(ONE))
    assert keeper.path.stat().st_mode & 0o777 == 0o600


def test_what_is_not_taken(keeper: Keeper) -> None:
    assert reason(keeper, sign_document(policy(3), signer_of(2))) == "forged"
    assert reason(keeper, document(3, compound="other").frame) == "other-compound"
    assert reason(keeper, ONE, 2, sha256(TWO)) == "older"
    assert reason(keeper, document(2, revoked=("x",)).frame, 2, sha256(TWO)) == "other-document"
    assert reason(keeper, b"{}") == "malformed"
    assert reason(keeper, b"x" * 1_000_001) == "too-large"
    assert not list(keeper.path.parent.iterdir())


@pytest.mark.parametrize("at", [0, 20, 80, -1])
def test_a_flipped_bit_is_damage_and_the_file_stays(keeper: Keeper, at: int) -> None:
    keeper.keep(ONE)
    hurt = bytearray(ONE)
    hurt[at] ^= 1
    keeper.path.write_bytes(hurt)
    with pytest.raises(PolicyRefused) as caught:
        keeper.load(1, sha256(ONE))
    assert caught.value.reason == "damaged"
    assert keeper.path.read_bytes() == hurt


def test_an_older_one_put_back_is_not_decided_by(keeper: Keeper) -> None:
    keeper.keep(ONE)
    with pytest.raises(PolicyRefused) as caught:
        keeper.load(2, sha256(TWO))
    assert caught.value.reason == "older"


def test_one_that_is_gone_is_missed(keeper: Keeper) -> None:
    with pytest.raises(PolicyRefused) as caught:
        keeper.load(1, sha256(ONE))
    assert caught.value.reason == "missing"


@pytest.mark.parametrize("step", ["write", "fsync", "replace"])
@pytest.mark.parametrize(("code", "kind"), [(28, DiskFull), (5, FatalError)])
def test_power_or_room_fails_at_any_step(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch, step: str, code: int, kind: type[FatalError]
) -> None:
    """There is the old document or the new one, and nothing else is believed."""
    keeper.keep(ONE)

    def fail(*_: object) -> None:
        raise OSError(code, "no")

    class Full(io.FileIO):
        def write(self, _: object) -> int:
            raise OSError(code, "no")

    if step == "replace":
        monkeypatch.setattr(Path, "replace", fail)
    elif step == "write":
        monkeypatch.setattr(os, "fdopen", Full)
    else:
        monkeypatch.setattr(os, step, fail)
    with pytest.raises(kind) as caught:
        keeper.keep(TWO)
    assert type(caught.value) is kind
    monkeypatch.undo()
    book, _ = keeper.load(1, sha256(ONE))
    assert book is not None
    assert book.policy.version == 1
    keeper.keep(TWO)
    assert keeper.path == keeper.path.parent / FILE
    assert keeper.path.read_bytes() == TWO


def test_renamed_only_after_it_was_synced(keeper: Keeper, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def synced(handle: int) -> None:
        steps.append("dir" if Path(f"/proc/self/fd/{handle}").is_dir() else "file")
        fsync(handle)

    def replaced(self: Path, target: Path) -> Path:
        steps.append("rename")
        return replace(self, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", replaced)
    keeper.keep(ONE)
    assert steps == ["file", "rename", "dir"]
