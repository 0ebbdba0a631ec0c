"""The old file or the new one, whole, whenever the power goes."""

import os
import stat
from pathlib import Path

import pytest

from core import durable


def test_a_file_is_synced_before_it_gets_its_name_and_its_name_after(
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
        return real_replace(self, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", replace)
    durable.put(tmp_path / "rules.toml", "rules")
    assert steps == ["sync file", "rename", "sync directory"]


def test_without_room_the_file_is_the_one_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "rules.toml"
    durable.put(path, "before")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        durable.put(path, "after")
    assert path.read_text() == "before"
