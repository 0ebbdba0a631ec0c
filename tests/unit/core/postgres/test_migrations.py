"""Files and notes: what is still to be applied, and when nothing may be."""

from pathlib import Path

import pytest

from core.errors import EnvironmentFault
from core.postgres.migrate import Migration, Note, files, pending
from core.store.postgres import MIGRATIONS

ONE, TWO = Migration(1, "a", "SELECT 1", "aa"), Migration(2, "b", "SELECT 2", "bb")


def test_ours_are_numbered_without_a_gap() -> None:
    assert [one.number for one in files(MIGRATIONS)] == [1]


@pytest.mark.parametrize(
    "names",
    [
        [],
        ["0002_b.sql"],
        ["0001_a.sql", "0003_c.sql"],
        ["0001_a.sql", "0001_b.sql"],
        ["1_a.sql"],
        ["0001_A.sql"],
    ],
)
def test_a_folder_with_a_hole_or_a_stranger_is_refused(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        (tmp_path / name).write_text("SELECT 1;")
    with pytest.raises(ValueError, match=r"sql|no migrations"):
        files(tmp_path)


def test_what_is_noted_is_not_applied_again() -> None:
    done, half = Note("aa", 1, applied=True), Note("bb", 1, applied=False)
    assert pending([ONE, TWO], {}, "here") == [ONE, TWO]
    assert pending([ONE, TWO], {1: done}, "here") == [TWO]
    assert pending([ONE, TWO], {1: done, 2: half}, "here") == [TWO]
    assert pending([ONE], {1: done}, "here") == []


def test_a_database_newer_than_the_program_is_refused() -> None:
    with pytest.raises(EnvironmentFault, match="at migration 2, this program knows 1"):
        pending([ONE], {1: Note("aa", 1, applied=True), 2: Note("bb", 1, applied=True)}, "here")


@pytest.mark.parametrize("applied", [True, False])
def test_a_file_changed_after_it_was_applied_is_refused(*, applied: bool) -> None:
    with pytest.raises(EnvironmentFault, match=r"0001_a\.sql is not the file"):
        pending([ONE, TWO], {1: Note("other", 1, applied=applied)}, "here")
