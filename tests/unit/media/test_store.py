"""Bytes stand under their hash, whole, or not at all; and never go out as anything else."""

import hashlib
import os
import stat
from pathlib import Path

import pytest

from core.errors import DiskFull
from core.media.store import Damaged, Kept, MediaStore, Misplaced, TooLarge, Unlike, checked

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40
NAME = hashlib.sha256(PNG).hexdigest()
GATEWAY = "c01/gw01"


@pytest.fixture
def store(tmp_path: Path) -> MediaStore:
    return MediaStore(tmp_path / "media", 1_000_000)


def put(store: MediaStore, content: bytes = PNG, name: str = NAME) -> Kept | int:
    return store.take(name, GATEWAY, 0, content, len(content))


def served(store: MediaStore) -> bytes:
    return b"".join(checked(store.open(NAME)))


def test_what_is_put_is_what_is_read_and_nobody_else_may(store: MediaStore) -> None:
    assert put(store) == Kept(len(PNG), "image/png")
    assert served(store) == PNG
    path = store.path(NAME)
    assert path.parts[-3:] == (NAME[:2], NAME[2:4], NAME)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_twice_is_once_and_the_file_is_not_written_again(store: MediaStore) -> None:
    put(store)
    before = store.path(NAME).stat()
    assert put(store) == Kept(len(PNG), "image/png")
    after = store.path(NAME).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_other_bytes_under_a_name_are_thrown_away(store: MediaStore) -> None:
    with pytest.raises(Unlike):
        put(store, PNG[:-1] + b"\0")
    assert not store.there(NAME)
    assert list(store.path(NAME).parent.parent.parent.glob("incoming/*")) == []
    assert put(store) == Kept(len(PNG), "image/png")


def test_pieces_are_gone_on_with_after_a_restart(store: MediaStore, tmp_path: Path) -> None:
    assert store.take(NAME, GATEWAY, 0, PNG[:100], len(PNG)) == 100
    with pytest.raises(Misplaced) as wrong:
        store.take(NAME, GATEWAY, 50, PNG[50:], len(PNG))
    assert wrong.value.have == 100
    again = MediaStore(tmp_path / "media", 1_000_000)
    assert again.take(NAME, "c01/gw02", 0, PNG[:7], len(PNG)) == 7  # not in each other's way
    assert again.take(NAME, GATEWAY, 100, PNG[100:], len(PNG)) == Kept(len(PNG), "image/png")
    assert again.take(NAME, "c01/gw02", 7, PNG[7:9], len(PNG)) == Kept(len(PNG), "image/png")


def test_more_than_is_taken_or_told_is_refused(store: MediaStore) -> None:
    with pytest.raises(TooLarge):
        store.take(NAME, GATEWAY, 0, b"", 1_000_001)
    with pytest.raises(TooLarge):
        store.take(NAME, GATEWAY, 0, PNG, len(PNG) - 1)


@pytest.mark.parametrize("name", ["", "..", NAME.upper(), NAME[:-1], f"../../{NAME[6:]}", "a" * 65])
def test_what_is_no_hash_is_no_path(store: MediaStore, name: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        store.take(name, GATEWAY, 0, PNG, len(PNG))


def test_bytes_that_do_not_hash_are_never_served(store: MediaStore) -> None:
    put(store)
    path = store.path(NAME)
    path.write_bytes(PNG[:-1] + b"\0")
    with pytest.raises(Damaged) as found:
        store.open(NAME)
    assert (found.value.reason, found.value.size) == ("damaged", len(PNG))
    path.unlink()
    with pytest.raises(Damaged) as gone:
        store.open(NAME)
    assert gone.value.reason == "missing"


def test_bytes_that_change_while_they_are_served_do_not_all_leave(store: MediaStore) -> None:
    put(store)
    served = checked(store.open(NAME))
    with store.path(NAME).open("r+b") as file:
        file.seek(50)
        file.write(b"\0")
    with pytest.raises(Damaged):
        b"".join(served)


def test_a_damaged_file_is_repaired_and_kept_beside(store: MediaStore) -> None:
    put(store)
    path = store.path(NAME)
    path.write_bytes(b"rotten")
    assert put(store) == Kept(len(PNG), "image/png", repaired=True)
    assert served(store) == PNG
    assert path.with_name(NAME + ".damaged").read_bytes() == b"rotten"


def test_a_sync_that_fails_is_not_believed_the_second_time(
    store: MediaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(DiskFull):
            put(store)
    assert not store.there(NAME)
    assert put(store) == Kept(len(PNG), "image/png")  # all of it, not only what was missing


def test_one_that_stands_is_made_durable_before_it_is_confirmed_again(
    store: MediaStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever put it may have died between the name and the sync of its folder."""
    put(store)
    synced: list[bool] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        synced.append(stat.S_ISDIR(os.fstat(handle).st_mode))
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    put(MediaStore(tmp_path / "media", 1_000_000))
    assert synced == [True] * 3
    put(store)
    assert synced == [True] * 4


def test_without_room_for_a_piece_what_came_before_it_stays(
    store: MediaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.take(NAME, GATEWAY, 0, PNG[:100], len(PNG))
    real = os.fdopen

    class Full:
        """A file that takes ten bytes more."""

        def __init__(self, handle: int) -> None:
            self._file = real(handle, "wb", buffering=0)
            self._room = 10

        def __enter__(self) -> "Full":
            return self

        def __exit__(self, *_: object) -> None:
            self._file.close()

        def seek(self, offset: int) -> int:
            return self._file.seek(offset)

        def write(self, data: bytes) -> int:
            if not self._room:
                raise OSError(28, "No space left on device")
            self._room = 0
            return self._file.write(data[:10])

    with monkeypatch.context() as patched:
        patched.setattr(os, "fdopen", lambda handle, *_, **__: Full(handle))
        with pytest.raises(DiskFull):
            store.take(NAME, GATEWAY, 100, PNG[100:], len(PNG))
    assert store.take(NAME, GATEWAY, 100, PNG[100:], len(PNG)) == Kept(len(PNG), "image/png")


def test_the_file_is_synced_before_it_gets_its_name_and_its_folders_after(
    store: MediaStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    fsync, rename = os.fsync, Path.rename

    def sync(handle: int) -> None:
        steps.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        fsync(handle)

    def named(self: Path, target: Path) -> Path:
        steps.append("rename")
        return rename(self, target)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(Path, "rename", named)
    put(store)
    assert steps == ["file", "rename", "folder", "folder", "folder"]


def test_what_nobody_went_on_with_is_thrown_away(store: MediaStore) -> None:
    store.take(NAME, GATEWAY, 0, PNG[:10], len(PNG))
    assert store.forget_unfinished(0.0) == []
    assert len(store.forget_unfinished(1e12)) == 1
    assert store.take(NAME, GATEWAY, 0, PNG[:10], len(PNG)) == 10


def test_removed_is_gone_for_good_and_only_once(store: MediaStore) -> None:
    put(store)
    assert store.remove(NAME)
    assert not store.there(NAME)
    assert not store.remove(NAME)
