"""Sealed files: nothing in the clear, nothing half, nothing that was changed."""

import stat
from pathlib import Path

import pytest

from core.errors import FatalError
from core.keystore import KeyStore
from infra.hub.vault import Vault
from tests.fix_core import keys as keys

PLAIN = "李访客 13912345678".encode() * 50


def test_what_is_written_is_read_and_not_in_the_clear(tmp_path: Path, keys: KeyStore) -> None:
    vault = Vault(tmp_path / "v", keys, "hub:test")
    vault.write("c01/one", PLAIN)
    path = tmp_path / "v" / "c01" / "one"
    assert vault.read("c01/one") == PLAIN
    assert b"13912345678" not in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["one"]
    assert Vault(tmp_path / "v", keys, "hub:test").read("c01/one") == PLAIN
    assert vault.names("c01") == ["one"]
    assert vault.read("c01/two") is None


@pytest.mark.parametrize("change", [b"", b"x" * 12, None])
def test_what_was_changed_is_fatal(tmp_path: Path, keys: KeyStore, change: bytes | None) -> None:
    vault = Vault(tmp_path, keys, "hub:test")
    vault.write("one", PLAIN)
    whole = (tmp_path / "one").read_bytes()
    flipped = whole[:-1] + bytes([whole[-1] ^ 1])
    (tmp_path / "one").write_bytes(flipped if change is None else change)
    with pytest.raises(FatalError, match="one: not what this hub wrote"):
        vault.read("one")


def test_a_file_under_another_name_is_another_file(tmp_path: Path, keys: KeyStore) -> None:
    vault = Vault(tmp_path, keys, "hub:test")
    vault.write("one", PLAIN)
    (tmp_path / "one").rename(tmp_path / "two")
    with pytest.raises(FatalError):
        vault.read("two")


def test_destroying_its_key_erases_all_of_it(tmp_path: Path, keys: KeyStore) -> None:
    Vault(tmp_path, keys, "hub:test").write("one", PLAIN)
    keys.destroy("hub:test")
    with pytest.raises(FatalError):
        Vault(tmp_path, keys, "hub:test").read("one")


def test_removed_is_gone(tmp_path: Path, keys: KeyStore) -> None:
    vault = Vault(tmp_path, keys, "hub:test")
    vault.write("one", PLAIN)
    vault.remove("one")
    vault.remove("one")
    assert vault.read("one") is None
