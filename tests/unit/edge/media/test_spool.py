"""A picture is durable before its event, and stays until the hub has it."""

import os
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from core import durable
from core.errors import DiskFull
from edge.media.spool import NoRoom, Spool
from tests.fix_core import FixedClock
from tests.fix_media import picture, sha256

BUDGET = 1_000


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def spool(tmp_path: Path, clock: FixedClock) -> Spool:
    return Spool(tmp_path / "media", BUDGET, clock)


def test_it_says_what_an_event_is_to_say_and_nobody_else_may_read(
    spool: Spool, tmp_path: Path
) -> None:
    content = picture()
    media = spool.keep(content, "cam-03", "face")
    assert (media.sha256, media.bytes, media.kind) == (sha256(content), len(content), "face")
    (path,) = (tmp_path / "media").iterdir()
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (content, 0o600)


def test_it_is_synced_before_anything_is_said(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[bool] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        synced.append(stat.S_ISDIR(os.fstat(handle).st_mode))
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    spool.keep(picture(), "cam-03")
    assert synced == [False, True]


def test_the_same_picture_is_kept_once_and_first_come_is_first(
    spool: Spool, clock: FixedClock
) -> None:
    names = []
    for seed in (3, 1, 2, 3):
        names.append(spool.keep(picture(seed), "cam-03").sha256)
        clock.move(timedelta(seconds=1))
    assert [one.sha256 for one in spool.waiting()] == names[:3]
    spool.keep(picture(3), "cam-04")  # another device took it too: the hub is to know
    assert len(spool.waiting()) == 4


def test_another_process_finds_the_same(spool: Spool, tmp_path: Path, clock: FixedClock) -> None:
    spool.keep(picture(), "cam-03")
    again = Spool(tmp_path / "media", BUDGET, clock)
    (one,) = again.waiting()
    assert (one.device, again.sound(one), again.piece(one, 0, 4)) == ("cam-03", True, b"\x89PNG")
    again.done(one)
    assert spool.waiting() == []


def test_what_does_not_fit_the_budget_is_not_kept(spool: Spool) -> None:
    spool.keep(bytes(900), "cam-03")
    with pytest.raises(NoRoom):
        spool.keep(bytes(101), "cam-03")
    spool.done(spool.waiting()[0])
    spool.keep(bytes(101), "cam-03")


def test_without_room_on_the_disk_nothing_is_there(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(DiskFull):
            spool.keep(picture(), "cam-03")
    assert spool.waiting() == []


def test_dying_while_writing_leaves_nothing_that_is_sent(
    spool: Spool, tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Died(BaseException):
        pass

    def die(*_: object) -> None:
        raise Died

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", die)
        with pytest.raises(Died):
            spool.keep(picture(), "cam-03")
    assert spool.waiting() == []
    spool.tidy()
    assert len(list((tmp_path / "media").iterdir())) == 1  # somebody may still be writing it
    clock.move(timedelta(hours=2))
    spool.tidy()
    assert list((tmp_path / "media").iterdir()) == []
    monkeypatch.setattr(durable, "sync_directory", die)
    with pytest.raises(Died):
        spool.keep(picture(), "cam-03")  # it has its name, and is whole
    (one,) = spool.waiting()
    assert spool.sound(one)


@pytest.mark.parametrize("device", ["a/b", "..\\x", "a b", "门", "x" * 65, "a\n"])
def test_a_device_is_a_name_and_no_path(spool: Spool, device: str) -> None:
    with pytest.raises(ValueError, match="device"):
        spool.keep(picture(), device)
