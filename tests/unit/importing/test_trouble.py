"""A disk that fails beside an import is told in a sentence, and the same command goes on."""

import errno
from pathlib import Path

import pytest

from core.errors import EnvironmentFault
from infra.importing import taking
from infra.importing.remembered import REMEMBERED
from tests.fix_importing import Folder, lift, lines


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_a_report_that_cannot_be_put_leaves_what_is_staged_to_the_next(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder.write(lines([lift(1)]))

    def failing(*_args: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(taking, "put_report", failing)
        with pytest.raises(EnvironmentFault, match="goes on where it stopped"):
            folder.take(path)
    report = folder.take(path)
    assert (report.events, folder.once()) == (1, True)


def test_a_damaged_memory_of_imports_is_named(folder: Folder) -> None:
    path = folder.write(lines([lift(1)]))
    folder.take(path)
    memory = folder.hub / "imports" / REMEMBERED
    memory.write_bytes(b"no database" * 1000)
    for beside in ("-wal", "-shm"):
        memory.with_name(memory.name + beside).unlink(missing_ok=True)
    with pytest.raises(EnvironmentFault, match=REMEMBERED):
        folder.take(path)
