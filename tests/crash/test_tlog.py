"""The log dies at every step of its I/O, with the power gone: what was synced is there, all else
is not. What was published before stays true, and nothing inconsistent is ever signed."""

import errno
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from core.errors import DiskFull, FatalError
from core.keys import Signer
from core.tlog import head, levels, note
from core.tlog.checkpoint import Checkpoint
from core.tlog.log import TransparencyLog
from core.tlog.tiles import Tile
from core.tlog.tree import leaf_hash, root_of
from tests.fix_core import FixedClock, signer_of

ORIGIN = "menwei/test"
LEAVES = [leaf_hash(b"%d" % number) for number in range(900)]
WITNESS = signer_of(2)


class Died(Exception):
    """The process, with the machine."""


class Disk:
    """Fails at one step, before or after it is done. What was written and not synced is gone
    then."""

    def __init__(self, at: int, *, after: bool) -> None:
        self._at, self._after = at, after
        self.steps = 0
        self._synced: dict[Path, bytes] = {}

    def step(self, work: Callable[[], Any]) -> Any:
        number, self.steps = self.steps, self.steps + 1
        if number == self._at and not self._after:
            raise Died
        found = work()
        if number == self._at:
            raise Died
        return found

    def pwrite(self, file: int, raw: bytes, at: int) -> int:
        self._synced.setdefault(_path(file), b"")
        written: int = self.step(lambda: os.pwrite(file, raw, at))
        return written

    def fsync(self, file: int) -> None:
        self.step(lambda: os.fsync(file))
        self._synced[_path(file)] = _path(file).read_bytes()

    def power_cut(self) -> None:
        for path, content in self._synced.items():
            path.write_bytes(content)


class Database:
    """The checkpoints' connection; each statement is a step."""

    def __init__(self, real: sqlite3.Connection, disk: Disk) -> None:
        self._real, self._disk = real, disk

    def execute(self, *arguments: Any) -> sqlite3.Cursor:
        cursor: sqlite3.Cursor = self._disk.step(lambda: self._real.execute(*arguments))
        return cursor

    @property
    def in_transaction(self) -> bool:
        return self._real.in_transaction

    def close(self) -> None:
        self._real.close()


def _path(file: int) -> Path:
    return Path(f"/proc/self/fd/{file}").readlink()


class Witnessed(Signer):
    """A hub's key; everything it ever signed is remembered."""

    def __init__(self) -> None:
        real = signer_of(1)
        super().__init__(real._private)
        self.texts: list[str] = []

    def sign(self, message: bytes) -> bytes:
        self.texts.append(message.decode())
        return super().sign(message)


def life(log: TransparencyLog, seen: list[Checkpoint]) -> None:
    """Two portions, each published, the first one cosigned."""
    for size in (300, 700):
        if size > log.size:
            log.integrate(LEAVES[log.size : size])
        log.publish()
        _look(log, seen)
        if size == 300:
            text = seen[-1].note.text
            log.cosigned(seen[-1].head.size, [note.cosignature(text, "w.example", WITNESS, 1)])
            _look(log, seen)


def _look(log: TransparencyLog, seen: list[Checkpoint]) -> None:
    published = log.published()
    assert published is not None
    seen.append(published.checkpoint)


def opened(folder: Path, signer: Signer, disk: Disk | None = None) -> TransparencyLog:
    log = TransparencyLog(folder, ORIGIN, signer, FixedClock())
    if disk is not None:
        log._kept._db = Database(log._kept._db, disk)  # type: ignore[assignment]
    return log


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch) -> Callable[[Disk | None], None]:
    """Puts the levels' files on that disk, or back on the real one."""
    whole = {name: getattr(os, name) for name in dir(os)}

    def put(disk: Disk | None) -> None:
        own = {} if disk is None else {"pwrite": disk.pwrite, "fsync": disk.fsync}
        monkeypatch.setattr(levels, "os", SimpleNamespace(**{**whole, **own}))

    return put


def _steps(folder: Path, on: Callable[[Disk | None], None]) -> int:
    disk = Disk(-1, after=False)
    on(disk)
    with closing(opened(folder, signer_of(1), disk)) as log:
        life(log, [])
    return disk.steps


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("power", [False, True])
def test_it_dies_at_every_step(
    tmp_path: Path, on: Callable[[Disk | None], None], *, after: bool, power: bool
) -> None:
    (tmp_path / "whole").mkdir()
    steps = _steps(tmp_path / "whole", on)
    assert steps == 19
    for at in range(steps):
        folder = tmp_path / str(at)
        folder.mkdir()
        disk, signer, seen = Disk(at, after=after), Witnessed(), list[Checkpoint]()
        on(disk)
        with closing(opened(folder, signer, disk)) as log, pytest.raises(Died):
            life(log, seen)
        if power:
            disk.power_cut()
        on(None)
        _goes_on(folder, signer, seen)


def _goes_on(folder: Path, signer: Witnessed, seen: list[Checkpoint]) -> None:
    with closing(opened(folder, signer)) as log:
        assert log.halted is None
        if seen:
            published = log.published()
            assert published is not None
            assert published.size >= seen[-1].head.size
            if published.size == seen[-1].head.size:
                assert set(published.checkpoint.note.signatures) >= set(seen[-1].note.signatures)
        log.integrate(LEAVES[log.size :])
        assert log.publish()
        _look(log, seen)
        assert seen[-1].head.root == root_of(LEAVES)
        for tile_at in range(3):
            assert log._levels.span(0, tile_at * 256, 256) == b"".join(
                LEAVES[tile_at * 256 : (tile_at + 1) * 256]
            )
    for text in signer.texts:  # published or not
        signed = head.parse(text)
        assert signed.root == root_of(LEAVES[: signed.size])


def _once(real: Callable[..., Any], number: int) -> Callable[..., Any]:
    """Fails the first time it is called."""
    failed: list[int] = []

    def call(*arguments: Any) -> Any:
        if not failed:
            failed.append(number)
            raise OSError(number, os.strerror(number))
        return real(*arguments)

    return call


class _Full:
    """A connection of a database without room."""

    in_transaction = False

    def execute(self, statement: str, *_: Any) -> None:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_waited_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    with closing(opened(tmp_path, signer_of(1))) as log:
        log.integrate(LEAVES[:200])
        assert log.publish()
        monkeypatch.setattr(os, "pwrite", _once(os.pwrite, number))
        with pytest.raises(DiskFull):
            log.integrate(LEAVES[200:600])
        assert log.size == 200
        log.integrate(LEAVES[200:600])
        assert log.publish()
        published = log.published()
        assert published is not None
        assert published.checkpoint.head.root == root_of(LEAVES[:600])


def test_a_write_that_is_cut_short_is_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda file, raw, at: real(file, raw[:1_000], at))
    with closing(opened(tmp_path, signer_of(1))) as log:
        log.integrate(LEAVES)
        assert log._levels.span(0, 0, 900) == b"".join(LEAVES)


@pytest.mark.parametrize("operation", ["pwrite", "fsync", "pread"])
def test_a_disk_that_fails_is_fatal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, operation: str
) -> None:
    with closing(opened(tmp_path, signer_of(1))) as log:
        log.integrate(LEAVES[:10])
        log.publish()
        monkeypatch.setattr(os, operation, _once(getattr(os, operation), errno.EIO))
        with pytest.raises(FatalError, match="level-0: Input/output error"):
            _used(log)


def _used(log: TransparencyLog) -> None:
    log.integrate(LEAVES[10:20])
    log.publish()
    log.tile(Tile(0, 0, 10))


def test_no_room_for_a_checkpoint_publishes_nothing(tmp_path: Path) -> None:
    with closing(opened(tmp_path, signer_of(1))) as log:
        log.integrate(LEAVES[:10])
        real = log._kept._db
        log._kept._db = _Full()  # type: ignore[assignment]
        with pytest.raises(DiskFull):
            log.publish()
        assert log.published() is None
        log._kept._db = real
        assert log.publish()
