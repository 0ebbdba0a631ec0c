"""A key is on disk before the first event sealed with it, and nobody else may read the file."""

import sqlite3
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.errors import EnvironmentFault, FatalError
from core.keystore import KeyStore


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "keys.db"


def on_disk(path: Path) -> dict[str, bytes]:
    """What another connection sees, which is what a restart would find."""
    seen = sqlite3.connect(path)
    rows = dict(seen.execute("SELECT kid, key FROM keys").fetchall())
    seen.close()
    return rows


def test_a_key_is_made_once(keys: KeyStore) -> None:
    assert keys.key("a") == keys.key("a")
    assert len(keys.key("a")) == 32
    assert keys.key("a") != keys.key("b")


def test_keys_reach_the_disk_at_flush_and_not_before(path: Path, keys: KeyStore) -> None:
    made = keys.key("a")
    assert on_disk(path) == {}
    keys.flush()
    assert on_disk(path) == {"a": made}


def test_a_flushed_key_is_found_after_a_restart(path: Path, keys: KeyStore) -> None:
    made = keys.key("a")
    keys.flush()
    keys.key("never flushed")
    again = KeyStore(path)
    assert again.find("a") == made
    assert again.find("never flushed") is None
    assert again.key("a") == made
    again.close()


def test_flush_writes_each_key_once(path: Path, keys: KeyStore) -> None:
    keys.key("a")
    keys.flush()
    keys.flush()
    keys.key("b")
    keys.flush()
    assert on_disk(path).keys() == {"a", "b"}


def test_the_reference_key_stays(path: Path, keys: KeyStore) -> None:
    again = KeyStore(path)
    assert again.reference_key == keys.reference_key
    assert len(again.reference_key) == 32
    again.close()


def test_find_makes_nothing(keys: KeyStore) -> None:
    assert keys.find("a") is None
    assert keys.find("a") is None


def test_find_sees_keys_not_yet_flushed(keys: KeyStore) -> None:
    assert keys.key("a") == keys.find("a")


def test_an_unflushed_key_outlives_a_full_cache(
    keys: KeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.keystore._CACHE", 2)
    made = keys.key("a")
    for number in range(5):
        keys.key(str(number))
    assert keys.key("a") == made


def test_the_files_are_private(path: Path, keys: KeyStore) -> None:
    keys.key("a")
    keys.flush()
    files = sorted(entry.name for entry in path.parent.iterdir())
    assert files == ["keys.db", "keys.db-shm", "keys.db-wal"]
    assert {stat.S_IMODE(e.stat().st_mode) for e in path.parent.iterdir()} == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_commit_is_synced(keys: KeyStore) -> None:
    assert keys._db.execute("PRAGMA synchronous").fetchone() == (2,)
    assert keys._db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_flush_that_fails_is_fatal_and_leaves_no_key(path: Path, keys: KeyStore) -> None:
    keys.key("a")
    keys._db.execute("PRAGMA query_only=ON")
    with pytest.raises(FatalError, match=r"keys\.db"):
        keys.flush()
    assert on_disk(path) == {}


def test_a_damaged_file_is_fatal_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "keys.db"
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(FatalError, match=r"keys\.db"):
        KeyStore(path)
    assert path.read_bytes() == b"no database at all" * 100


def test_a_destroyed_key_is_gone_for_good_and_from_the_file(path: Path, keys: KeyStore) -> None:
    made = keys.key("a")
    other = keys.key("b")
    keys.flush()
    assert keys.destroy("a")
    assert not keys.destroy("a")
    assert keys.find("a") is None
    assert on_disk(path) == {"b": other}
    files = b"".join(one.read_bytes() for one in path.parent.glob("keys.db*"))
    assert made not in files
    assert other in files
    assert keys.key("a") != made


def test_a_destroyed_key_encrypts_nothing_more(keys: KeyStore) -> None:
    nonce, made = bytes(12), AESGCM(keys.key("a"))
    assert keys.cipher("a").encrypt(nonce, b"x", b"") == made.encrypt(nonce, b"x", b"")
    keys.destroy("a")
    assert keys.cipher("a").encrypt(nonce, b"x", b"") != made.encrypt(nonce, b"x", b"")
    assert keys.cipher("a").decrypt(nonce, AESGCM(keys.key("a")).encrypt(nonce, b"x", b""), b"")


def test_ciphers_at_hand_are_bounded(keys: KeyStore) -> None:
    for number in range(2_049):
        keys.cipher(str(number))
    assert len(keys._ciphers) <= 2_048
    assert keys.cipher("0").encrypt(bytes(12), b"x", b"") == AESGCM(keys.key("0")).encrypt(
        bytes(12), b"x", b""
    )


def test_a_key_that_was_never_saved_can_be_destroyed(keys: KeyStore) -> None:
    keys.key("a")
    assert keys.destroy("a")
    assert keys.find("a") is None


def test_a_folder_that_can_not_be_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentFault, match=r"keys\.db"):
        KeyStore(tmp_path / "file" / "keys.db")
