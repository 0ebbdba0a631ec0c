"""Rows that went through another process are the rows, however many and as often as asked."""

import pickle
import tracemalloc

import pytest

from projections import packed_rows
from projections.packed_rows import PackedRows, packed
from projections.state import StoredRow


@pytest.mark.parametrize("count", [0, 1, 2, 3, 7])
def test_what_is_packed_is_read_again_and_again(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packed_rows, "_ROWS", 2)
    rows: list[StoredRow] = [
        ("小区一", "door", f"d\0{at}", b'{"\xe9\x97\xa8":1}', at) for at in range(count)
    ]
    packed = pickle.loads(pickle.dumps(PackedRows(iter(rows))))
    assert list(packed) == rows
    assert list(packed) == rows


def test_what_is_packed_takes_no_more_room_than_it_says() -> None:
    rows: list[StoredRow] = [("c01", "door", str(at), b"x" * 1000, at) for at in range(1000)]
    tracemalloc.start()
    try:
        made = packed(rows)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(made) <= held < 2 * len(made) + 10_000
