"""`menwei rebuild`: says whether the views are what the log says, and makes them so."""

import hashlib
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from core.errors import ConfigError, EnvironmentFault
from core.event import Data
from core.events import access, door
from core.events import waste as w
from infra import cli
from infra.hub.views import VIEWS
from infra.rebuild import rebuild
from projections.late import LATE
from projections.store_sqlite import SQLiteViewStore
from tests.fix_hub import HubRig
from tests.fix_views import NOON, minutes

FACTS: tuple[tuple[Data, str], ...] = (
    (access.Granted(subject_class="resident"), "door/1"),
    (door.Forced(), "door/1"),
    (w.DepositRecorded(category="food", net_g=100), "point/1"),
    (w.Overflowed(), "bin/1"),
)
KEPT = (*VIEWS, LATE)  # all of it came days after it happened
Say = Callable[[], str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What a hub leaves behind that stopped after folding what it had."""
    folder = tmp_path / "data"
    folder.mkdir()
    fed(folder)
    return folder


def fed(folder: Path, *, folded: bool = True) -> None:
    rig = HubRig(folder, VIEWS)
    for turn in range(6):
        rig.add([rig.event(data, on, at=NOON + minutes(turn)) for data, on in FACTS])
    if folded:
        rig.settle()
    rig.close()


def altered(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / "views.db")) as db, db:
        assert db.execute(statement).rowcount > 0


def contents(folder: Path) -> dict[str, tuple[int, str]]:
    store = SQLiteViewStore(folder / "views.db")
    found = {
        view.name: (store.position(view), hashlib.sha256(repr(list(store.dump(view))).encode()))
        for view in KEPT
    }
    store.close()
    return {name: (position, digest.hexdigest()) for name, (position, digest) in found.items()}


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Say:
    return lambda: capsys.readouterr().out


def test_an_honest_view_is_identical(folder: Path, said: Say) -> None:
    before = contents(folder)
    assert rebuild(folder, "") == 0
    lines = said().splitlines()
    assert [line.rpartition(" ")[2] for line in lines] == ["identical"] * len(KEPT)
    assert [line.partition(":")[0] for line in lines] == [view.name for view in KEPT]
    assert all("position 6" in line for line in lines)
    assert contents(folder) == before


def test_a_hub_that_was_behind_is_compared_where_it_stood(folder: Path, said: Say) -> None:
    """Killed with batches not folded yet: that is no difference, and none is folded here."""
    before = contents(folder)
    rig = HubRig(folder, VIEWS)
    rig.own.append([rig.event(door.Closed(), "door/1")])
    rig.close()
    assert rebuild(folder, "") == 0
    assert "DIFFERENT" not in said()
    assert contents(folder) == before
    rig = HubRig(folder, VIEWS)
    rig.settle()
    assert rig.runner.position() == 7
    rig.close()


@pytest.mark.parametrize(
    ("statement", "hurt"),
    [
        ("UPDATE rows SET value = replace(value, '\"granted\":6', '\"granted\":5') "
         "WHERE kind = 'door'", "safe_community"),
        ("UPDATE rows SET value = '{' WHERE kind = 'point'", "waste_sorting"),
        ("UPDATE rows SET value = 7 WHERE kind = 'recent'", "safe_community"),
        ("UPDATE rows SET position = 1 WHERE kind = 'hour' AND view = 'safe_community'",
         "safe_community"),
        ("DELETE FROM rows WHERE kind = 'alarm' AND view = 'waste_sorting'", "waste_sorting"),
        ("INSERT INTO rows VALUES ('waste_sorting', 'c09', 'bin', 'bin/x', '{}', 1)",
         "waste_sorting"),
        ("UPDATE positions SET position = 5 WHERE view = 'safe_community'", "safe_community"),
        ("DELETE FROM rows WHERE view = 'late' AND position = 3", "late"),
        # A view that claims more than the log has would skip what comes next.
        ("UPDATE positions SET position = 900 WHERE view = 'waste_sorting'", "waste_sorting"),
    ],
)  # fmt: skip
def test_an_altered_view_is_told_and_repaired(
    statement: str, hurt: str, folder: Path, said: Say
) -> None:
    honest = contents(folder)
    altered(folder, statement)
    assert rebuild(folder, "") == 1
    for line in said().splitlines():
        assert ("DIFFERENT, was " in line) == line.startswith(hurt), line
    repaired = contents(folder)
    if "position = 5" in statement:
        assert repaired[hurt][0] == 5
    else:
        assert repaired == honest
    assert rebuild(folder, "") == 0
    assert "DIFFERENT" not in said()


def test_one_view_leaves_the_other_alone(folder: Path, said: Say) -> None:
    altered(folder, "UPDATE rows SET position = 1 WHERE view = 'safe_community'")
    assert rebuild(folder, "waste_sorting") == 0
    assert [line.partition(":")[0] for line in said().splitlines()] == ["waste_sorting"]
    assert rebuild(folder, "safe_community") == 1


def test_views_that_never_were_are_made(tmp_path: Path, said: Say) -> None:
    fed(tmp_path, folded=False)
    assert rebuild(tmp_path, "") == 0
    assert said() == "", "there was nothing to compare with"
    made = contents(tmp_path)
    assert {position for position, _ in made.values()} == {6}
    other = tmp_path / "other"
    other.mkdir()
    fed(other)
    assert contents(other) == made


def test_deleted_views_are_made_again(folder: Path) -> None:
    before = contents(folder)
    for left in folder.glob("views.db*"):
        left.unlink()
    assert rebuild(folder, "") == 0
    assert contents(folder) == before


def test_the_hubs_folder_is_found_in_the_boxs(folder: Path) -> None:
    folder.rename(folder.parent / "hub")
    assert rebuild(folder.parent, "") == 0


def test_nothing_is_left_behind(folder: Path) -> None:
    before = {path.name for path in folder.iterdir()}
    rebuild(folder, "")
    after = {path.name for path in folder.iterdir()}
    assert after - before <= {"lock", "FORMAT"}


@pytest.mark.parametrize("what", ["empty", "missing"])
def test_without_a_log_it_is_the_environments_fault(what: str, tmp_path: Path) -> None:
    folder = tmp_path / what
    if what == "empty":
        folder.mkdir()
    with pytest.raises(EnvironmentFault, match="no log"):
        rebuild(folder, "")
    assert not list(folder.glob("*.db")), "no log is made where there was none"


def test_a_view_nobody_has_is_a_usage_error(folder: Path) -> None:
    with pytest.raises(ConfigError, match="safe_community, waste_sorting"):
        rebuild(folder, "weather")


HOLDER = """
import sys
from pathlib import Path
from core.folder import claim
held = claim(Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.read()
"""


def test_refused_while_another_process_holds_the_folder(folder: Path) -> None:
    before = contents(folder)
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        cwd=Path(cli.__file__).parent.parent,
    ) as holder:  # fmt: skip
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(EnvironmentFault, match="running on this data folder"):
            rebuild(folder, "")
        holder.communicate("")
    assert contents(folder) == before
    assert rebuild(folder, "") == 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--data", "{folder}"], 0),
        (["--data", "{folder}", "--view", "waste_sorting"], 0),
        (["--data", "{folder}", "--view", "weather"], 2),
        (["--data", "{folder}/nothing"], 3),
    ],
)
def test_exit_codes_of_the_command(
    arguments: list[str], code: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = [word.format(folder=folder) for word in arguments]
    monkeypatch.setattr(sys, "argv", ["menwei", "rebuild", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == code


def test_exit_code_of_a_finding(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    altered(folder, "UPDATE rows SET position = 1 WHERE kind = 'alarm'")
    monkeypatch.setattr(sys, "argv", ["menwei", "rebuild", "--data", str(folder)])
    for expected in (1, 0):
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert ended.value.code == expected
