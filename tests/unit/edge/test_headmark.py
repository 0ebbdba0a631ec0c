"""The head mark says how far a journal went, or nothing; never anything wrong."""

import os
import random
from pathlib import Path

import pytest

from core.batch import Head, Lane
from core.errors import DiskFull, FatalError
from edge.headmark import HeadMark
from tests.fix_edge import EdgeRig, native

HEADS = {
    Lane.ALL: Head(),
    Lane.URGENT: Head(7, 21, b"u" * 32),
    Lane.BULK: Head(1 << 40, 1 << 50, b"b" * 32),
}


def test_what_is_written_is_read(tmp_path: Path) -> None:
    mark = HeadMark(tmp_path / "journal.db.mark")
    assert mark.read() == {}
    mark.write(HEADS)
    assert mark.read() == HEADS
    mark.write({Lane.URGENT: HEADS[Lane.URGENT]})
    mark.close()
    again = HeadMark(tmp_path / "journal.db.mark")
    assert again.read() == {**dict.fromkeys(Lane, Head()), Lane.URGENT: HEADS[Lane.URGENT]}
    again.close()
    assert (tmp_path / "journal.db.mark").stat().st_mode & 0o777 == 0o600


def test_a_torn_or_flipped_one_says_nothing(tmp_path: Path, seed: int) -> None:
    chance, path = random.Random(seed), tmp_path / "mark"
    mark = HeadMark(path)
    mark.write(HEADS)
    whole = path.read_bytes()
    for _ in range(200):
        torn = bytearray(whole)
        torn[chance.randrange(len(torn))] ^= 1 << chance.randrange(8)
        path.write_bytes(torn)
        assert mark.read() == {}
    for size in range(len(whole)):
        path.write_bytes(whole[:size])
        assert mark.read() == {}
    path.write_bytes(whole)
    assert mark.read() == HEADS
    mark.close()


def test_a_commit_stands_though_the_mark_cannot_be_written(
    edge: EdgeRig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Raised behind a commit, a full disk would be met by committing the same again."""

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    edge.take(native(1))
    with monkeypatch.context() as patched:
        patched.setattr("edge.headmark.os.pwrite", full)
        edge.take(native(2))
        edge.take(native(3))
    assert [event.id for event in edge.events()] == ["door-07-1", "door-07-2", "door-07-3"]
    assert edge.acked == [0, 1, 2]
    assert sum("not written" in one for one in caplog.messages) == 1
    edge.reopen()  # the older mark says less, and nothing wrong
    assert edge.journals.findings == ()


@pytest.mark.parametrize(("number", "kind"), [(28, DiskFull), (122, DiskFull), (13, FatalError)])
def test_where_it_cannot_be_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[FatalError]
) -> None:
    def refuses(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("edge.headmark.os.open", refuses)
    with pytest.raises(FatalError) as caught:
        HeadMark(tmp_path / "mark")
    assert type(caught.value) is kind
