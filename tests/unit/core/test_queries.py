from pathlib import Path

import pytest

from core.store.queries import queries


def test_blocks_are_found_by_name(tmp_path: Path) -> None:
    path = tmp_path / "q.sql"
    path.write_text("-- about\n\n-- name: one\nSELECT 1;\n\n-- name: two\n-- why\nSELECT 2;\n")
    assert queries(path) == {"one": "SELECT 1;", "two": "-- why\nSELECT 2;"}


@pytest.mark.parametrize("text", ["", "SELECT 1;", "-- name: a\nSELECT 1;\n-- name: a\nSELECT 2;"])
def test_no_block_or_a_name_twice_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "q.sql"
    path.write_text(text)
    with pytest.raises(ValueError, match="no named block"):
        queries(path)
