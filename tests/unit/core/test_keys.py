"""The private key's file: one, private, and durable before it is used."""

import os
import stat
from pathlib import Path

import pytest

from core.errors import ConfigError
from core.keys import Signer, verify, write_secret


def test_the_key_is_made_once_and_found_again(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "gateway.key"
    made = Signer.load_or_create(path)
    assert Signer.load_or_create(path).public == made.public
    assert len(made.public) == 32


def test_two_paths_are_two_keys(tmp_path: Path) -> None:
    one, other = (Signer.load_or_create(tmp_path / name) for name in ("a", "b"))
    assert one.public != other.public


def test_only_its_owner_can_read_the_file(tmp_path: Path) -> None:
    path = tmp_path / "gateway.key"
    Signer.load_or_create(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["gateway.key"]


@pytest.mark.parametrize("text", ["", "zz", "ab" * 31, "ab" * 33, "not a key"])
def test_a_damaged_key_stops_the_start_and_is_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "gateway.key"
    path.write_text(text)
    with pytest.raises(ConfigError, match="Restore it"):
        Signer.load_or_create(path)
    assert path.read_text() == text


def test_a_secret_is_synced_before_it_gets_its_name_and_its_name_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    real_fsync, real_replace = os.fsync, Path.replace

    def fsync(handle: int) -> None:
        mode = os.fstat(handle).st_mode
        steps.append("sync directory" if stat.S_ISDIR(mode) else "sync file")
        real_fsync(handle)

    def replace(self: Path, target: Path) -> Path:
        steps.append("rename")
        assert self.read_text() == "secret"
        return real_replace(self, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", replace)
    write_secret(tmp_path / "s", "secret")
    assert steps == ["sync file", "rename", "sync directory"]


def test_an_interrupted_first_start_leaves_no_half_key(tmp_path: Path) -> None:
    (tmp_path / "gateway.key.new").write_text("12")
    signer = Signer.load_or_create(tmp_path / "gateway.key")
    assert Signer.load_or_create(tmp_path / "gateway.key").public == signer.public


def test_verify_says_no_and_never_raises(signer: Signer) -> None:
    signature = signer.sign(b"m")
    assert verify(signer.public, signature, b"m")
    assert not verify(signer.public, signature, b"n")
    assert not verify(signer.public, signature[:-1], b"m")
    assert not verify(signer.public, b"", b"m")
    assert not verify(b"short", signature, b"m")
    assert not verify(bytes(32), bytes(64), b"m")


def test_rfc_8032_test_3() -> None:
    public = bytes.fromhex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025")
    signature = bytes.fromhex(
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
    )
    assert verify(public, signature, bytes.fromhex("af82"))
