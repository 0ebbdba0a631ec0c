"""Dying at any step of putting a file leaves all of it or nothing of it under its name."""

import contextlib
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core import durable
from core.media import store as module
from core.media.store import Damaged, Kept, MediaStore, Misplaced

CLIP = b"\0\0\0\x18ftypisom" + bytes(range(256)) * 64
NAME = hashlib.sha256(CLIP).hexdigest()
PIECE = 5_000


class Died(BaseException):
    """As a process that is killed: nothing of ours catches it."""


class Steps:
    """Every call that changes the disk, in order; the chosen one is not done, or is the last one
    that is."""

    def __init__(self, patch: pytest.MonkeyPatch, last: int, *, done: bool) -> None:
        self.count, self._last, self._done = 0, last, done
        for owner, name in (
            (os, "open"), (os, "fsync"), (os, "ftruncate"), (Path, "rename"), (Path, "replace"),
            (Path, "unlink"), (Path, "mkdir"), (durable, "sync_directory"), (module, "_append"),
        ):  # fmt: skip
            patch.setattr(owner, name, self._step(getattr(owner, name)))

    def _step(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def stepped(*args: Any, **more: Any) -> Any:
            self.count += 1
            if self.count < self._last:
                return real(*args, **more)
            if self._done and self.count == self._last:
                real(*args, **more)
            raise Died

        return stepped


def bring(store: MediaStore, offset: int = 0) -> Kept:
    """As a gateway does, from wherever the hub says."""
    while True:
        piece = CLIP[offset : offset + PIECE]
        try:
            found = store.take(NAME, "c01/gw01", offset, piece, len(CLIP))
        except Misplaced as wrong:
            found = wrong.have
            if found == offset:
                raise
        if isinstance(found, Kept):
            return found
        offset = found


def whole(folder: Path) -> bool:
    """Whether it stands; other bytes under the name fail."""
    try:
        found = MediaStore(folder, 1_000_000).open(NAME)
    except Damaged as gone:
        if gone.reason != "missing":
            raise
        return False
    with found.file as file:
        assert file.read() == CLIP
    return True


def steps_of(folder: Path, patch: pytest.MonkeyPatch) -> int:
    with patch.context() as patched:
        counted = Steps(patched, 1_000_000, done=True)
        bring(MediaStore(folder, 1_000_000))
    return counted.count


@pytest.mark.parametrize("done", [False, True])
@pytest.mark.parametrize("damaged", [False, True])
def test_it_is_all_there_or_not_and_is_brought_after_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, done: bool, damaged: bool
) -> None:
    many = steps_of(tmp_path / "count", monkeypatch)
    assert many > 10
    stood = 0
    for last in range(1, many + 1 + 3 * damaged):
        folder = tmp_path / f"at{last}"
        store = MediaStore(folder, 1_000_000)
        if damaged:
            bring(store)
            store.path(NAME).write_bytes(b"rotten")
        with monkeypatch.context() as patched:
            Steps(patched, last, done=done)
            with contextlib.suppress(Died):
                bring(store)
        if not damaged or store.there(NAME) is False:
            stood += whole(folder)
        kept = bring(MediaStore(folder, 1_000_000))
        assert (kept.bytes, whole(folder)) == (len(CLIP), True)
        if damaged:
            beside = store.path(NAME).with_name(f"{NAME}.damaged")
            assert beside.read_bytes() == b"rotten"
    assert stood < many
