"""A data folder is ours alone, of a version we know, or we say why not and change nothing."""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.errors import EnvironmentFault
from core.folder import FORMAT, Claimed, claim


@contextmanager
def unprivileged(folder: Path) -> Iterator[None]:
    """As a user who may look into the folder and not write: root is not stopped by modes."""
    before = folder.stat().st_mode
    if os.getuid() != 0:
        folder.chmod(0o555)
        yield
        folder.chmod(before)
        return
    reachable = [folder, *folder.parents]
    modes = [path.stat().st_mode for path in reachable]
    for path, mode in zip(reachable, modes, strict=True):
        path.chmod(mode | 0o555)
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
        for path, mode in zip(reachable, modes, strict=True):
            path.chmod(mode)


def test_a_new_folder_is_made_for_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    claim(folder).close()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "FORMAT").read_text() == f"{FORMAT}\n"
    assert sorted(path.name for path in folder.iterdir()) == ["FORMAT", "lock"]


def test_it_is_given_back_when_closed(tmp_path: Path) -> None:
    held = claim(tmp_path)
    with pytest.raises(Claimed, match=r"another menwei is running .* Stop it first\."):
        claim(tmp_path)
    held.close()
    claim(tmp_path).close()


def test_where_nothing_can_be_locked_nobody_is_said_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", none)
    with pytest.raises(EnvironmentFault, match="cannot be locked") as said:
        claim(tmp_path)
    assert not isinstance(said.value, Claimed)


@pytest.mark.parametrize("text", ["", "one", "1.0", "-1", "²", "１", "1 2", "\x00"])
def test_a_format_that_is_no_version_is_left_alone(tmp_path: Path, text: str) -> None:
    (tmp_path / "FORMAT").write_text(text, encoding="utf-8")
    with pytest.raises(EnvironmentFault, match="not a version number"):
        claim(tmp_path)
    assert (tmp_path / "FORMAT").read_text(encoding="utf-8") == text
    with pytest.raises(EnvironmentFault, match="not a version number"):
        claim(tmp_path)  # and the folder was given back


def test_a_format_that_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "FORMAT").write_bytes(b"\xff\xfe1")
    with pytest.raises(EnvironmentFault, match="FORMAT: cannot be read"):
        claim(tmp_path)


def test_a_newer_one_is_named(tmp_path: Path) -> None:
    (tmp_path / "FORMAT").write_text(f"{FORMAT + 1}\n")
    with pytest.raises(EnvironmentFault, match=f"format {FORMAT + 1}, this one knows {FORMAT}"):
        claim(tmp_path)


def test_an_older_one_and_this_one_are_fine(tmp_path: Path) -> None:
    for version in range(FORMAT + 1):
        (tmp_path / "FORMAT").write_text(f"{version}\n")
        claim(tmp_path).close()


def test_a_format_is_written_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Power lost while it is written: the next start must not find an empty one."""

    def lost(_handle: int) -> None:
        raise OSError(5, "power lost")

    monkeypatch.setattr("core.folder.os.fsync", lost)
    with pytest.raises(EnvironmentFault, match="power lost"):
        claim(tmp_path)
    assert not (tmp_path / "FORMAT").exists()
    monkeypatch.undo()
    claim(tmp_path).close()


def test_no_permission_to_write(tmp_path: Path) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir(0o755)
    with (
        unprivileged(folder),
        pytest.raises(EnvironmentFault, match=r"no permission to write.* Give it to this user"),
    ):
        claim(folder)
    assert list(folder.iterdir()) == []


def test_no_permission_to_make_it(tmp_path: Path) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir(0o755)
    with (
        unprivileged(folder),
        pytest.raises(EnvironmentFault, match=r"cannot be made \(Permission denied\)"),
    ):
        claim(folder / "data")


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("x")
    with pytest.raises(EnvironmentFault, match=r"cannot be made \(File exists\)"):
        claim(tmp_path / "data")
    with pytest.raises(EnvironmentFault, match=r"cannot be made \(Not a directory\)"):
        claim(tmp_path / "data" / "inside")
