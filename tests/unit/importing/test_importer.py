"""History from a file into the log of a hub that is stopped."""

import fcntl
import os
import pwd
import sqlite3
from contextlib import closing, nullcontext
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import IO

import pytest
from eventsourcing.persistence import OperationalError

from core.catalog import CATALOG
from core.errors import DiskFull, EnvironmentFault
from core.event import parse_source
from core.events.custody import HistoryImported
from core.folder import claim
from core.ingest import Ingest
from core.keyhistory import speaks
from core.keys import Signer
from core.store.open import open_log, open_store
from infra.hub.views import VIEWS
from infra.importing import identity, staging, taking
from infra.importing.ids import Ids
from infra.importing.importer import Importer
from infra.importing.reading import How
from infra.importing.remembered import Remembered
from infra.importing.staging import Frames
from infra.importing.taking import Stale
from projections.runner import Runner
from projections.store_sqlite import SQLiteViewStore
from projections.view import DISTRICT
from projections.view_follower import ViewFollower
from projections.waste_district.view import WASTE_DISTRICT
from tests.fix_importing import Folder, lift, lines, silent

LIFTED, IMPORTED = "waste.bin.collected.v1", "history.imported.v1"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_messages_become_events_that_are_history(folder: Folder) -> None:
    report = folder.take(folder.write(lines([lift(number) for number in range(5)])))
    assert (report.rows, report.events, report.aside) == (5, 5, 0)
    assert (report.first, report.last) == ("2026-09-30T21:00:00.000Z", "2026-09-30T21:04:00.000Z")
    events = folder.events(LIFTED)
    assert {parse_source(one.source) for one in events} == {("fleet", "import", "v001-lifter")}
    assert {one.origin for one in events} == {"backfill"}
    assert events[0].recordedtime == "2026-10-01T05:00:03+08:00"  # when the message arrived


def test_the_last_event_says_that_the_file_is_imported(folder: Folder) -> None:
    report = folder.take(folder.write(lines([lift(1), lift(2), lift(2)])))
    said = folder.recorded()[-1].event.data
    assert isinstance(said, HistoryImported)
    assert (said.file, said.sha256) == ("lifts.jsonl", report.sha256)
    assert (said.rows, said.events, said.aside) == (3, 2, 1)
    assert (said.first, said.last) == (report.first, report.last)


@pytest.mark.parametrize(
    ("login", "actor"),
    [("ops", "shell:ops"), ("13812345678", "shell:4711"), ("", "shell:4711")],
)
def test_it_is_on_record_who_did_it(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, login: str, actor: str
) -> None:
    """By the machine's own list: what the environment says anybody can set."""

    def listed(number: int) -> SimpleNamespace:
        if not login:
            raise KeyError(number)
        return SimpleNamespace(pw_name=login)

    monkeypatch.setattr(os, "getuid", lambda: 4711)
    monkeypatch.setattr(pwd, "getpwuid", listed)
    folder.take(folder.write(lines([lift(1)])))
    (event,) = folder.events(IMPORTED)
    assert event.data.actor == actor  # type: ignore[attr-defined]


def test_it_makes_no_compound_of_the_district(folder: Folder) -> None:
    folder.take(folder.write(lines([lift(1)])))
    with (
        closing(open_store(folder.place.where)) as log,
        closing(SQLiteViewStore(folder.hub / "views.db")) as rows,
    ):
        runner = Runner(log, [ViewFollower(one, rows, log, CATALOG) for one in VIEWS], CATALOG)
        while runner.step():
            pass
        assert runner.compounds() == ["fleet"]
        assert len(runner.rows(WASTE_DISTRICT.name, DISTRICT)[1]["import"]) == 1


def test_the_same_file_again_changes_nothing(folder: Folder) -> None:
    path = folder.write(lines([lift(1), lift(2)]))
    folder.take(path)
    before = folder.recorded()
    folder.clock.move(timedelta(days=1))
    again = folder.take(path)
    assert again.already
    assert again.events == 2
    assert folder.recorded() == before


def test_files_may_overlap(folder: Folder) -> None:
    folder.take(folder.write(lines([lift(1), lift(2)])))
    report = folder.take(folder.write(lines([lift(2), lift(3)]), "more.jsonl"))
    assert (report.events, dict(report.by_reason)) == (1, {"duplicate": 1})
    assert folder.counts() == {LIFTED: 3, IMPORTED: 2}
    assert folder.once()


def test_another_content_under_a_used_number_is_set_aside_beside_the_first(folder: Folder) -> None:
    twice = [lift(1), lift(2), lift(1, grossG=99_000, netG=87_500)]
    report = folder.take(folder.write(lines(twice)))
    (aside,) = report.rows_aside
    assert (aside.row, aside.reason, aside.other) == (3, "conflict", 1)
    assert [one.data.gross_g for one in folder.events(LIFTED)] == [98_600, 98_600]  # type: ignore[attr-defined]


def test_a_file_with_nothing_to_take_leaves_no_trace_in_the_log(folder: Folder) -> None:
    report = folder.take(folder.write(b"{}\n{}\n"))
    assert (report.events, dict(report.by_reason)) == (0, {"shape": 2})
    assert folder.recorded() == []


def test_read_in_another_way_a_file_gives_what_it_did_not(folder: Folder) -> None:
    told = lift(2)
    payload = told["payload"]
    assert isinstance(payload, dict)
    payload["time"] = "2026-10-01T05:02:00"
    path = folder.write(lines([lift(1), told]))
    first = folder.take(path)
    assert dict(first.by_reason) == {"no-zone": 1}
    second = folder.take(path, options={"zone": "Asia/Shanghai"})
    assert (second.events, dict(second.by_reason)) == (1, {"duplicate": 1})
    assert folder.counts() == {LIFTED: 2, IMPORTED: 2}


def test_what_belongs_together_stands_together(folder: Folder) -> None:
    mixed = [lift(number, f"v{number % 3:03}") for number in range(60)]
    folder.take(folder.write(lines(mixed)))
    who = [one.event.subject for one in folder.recorded() if one.event.type == LIFTED]
    assert who == sorted(who)
    of_one = [one.event.time for one in folder.recorded() if one.event.subject == "vehicle/v001"]
    assert of_one == sorted(of_one)


def test_a_plate_is_sealed_and_told_apart(folder: Folder) -> None:
    folder.take(folder.write(lines([lift(1, plate="粤B·12345"), lift(2, plate="粤B12345")])))
    one, other = folder.events(LIFTED)
    assert one.data.vehicle_ref == other.data.vehicle_ref != ""  # type: ignore[attr-defined]
    assert one.data.pii is not None
    for path in folder.hub.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert "粤B".encode() not in content, path
            assert b"B12345" not in content, path


# --- dying ---------------------------------------------------------------------------------------


class Killed(BaseException):
    """As if by kill -9: nothing that was to come is done."""


STEPS: tuple[tuple[object, str], ...] = (
    (Ids, "add"),
    (Frames, "add"),
    (Frames, "write"),
    (Frames, "whole"),
    (Ingest, "accept"),
    (Remembered, "add"),
    (taking, "put_report"),
    (staging, "discard"),
)


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("step", STEPS, ids=[name for _, name in STEPS])
def test_after_dying_at_any_step_the_same_command_completes_it(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, step: tuple[object, str], late: bool
) -> None:
    """Before or just after what the step does."""
    path = folder.write(lines([lift(number, f"v{number % 2:03}") for number in range(40)]))
    with monkeypatch.context() as patch:
        _kill(patch, *step, late=late)
        with pytest.raises(Killed):
            folder.take(path)
    assert folder.once()
    assert folder.take(path).events == 40
    assert folder.counts() == {LIFTED: 40, IMPORTED: 1}
    assert folder.once()
    assert not (folder.hub / "imports" / staging.MANIFEST).exists()


@pytest.mark.parametrize("step", range(4))
def test_what_was_staged_is_removed_before_anybody_may_stage_again(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    """A command waits until a hub's manifest is gone, then writes files of the same names: what
    that hub removes afterwards would be theirs. And whoever dies on the way can be followed."""
    path = folder.write(lines([lift(1), lift(2)]))
    imports = folder.hub / taking.FOLDER
    unlink, steps = Path.unlink, 0

    def removed(one: Path, missing_ok: bool = False) -> None:
        nonlocal steps
        ours = one.parent == imports and staging.manifest(imports) is not None
        if ours and (steps := steps + 1) == step + 1:
            raise Killed
        unlink(one, missing_ok=missing_ok)
        if ours and staging.manifest(imports) is None:
            assert not (imports / staging.FRAMES).exists()
            assert not (imports / staging.IDS).exists()

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", removed)
        with pytest.raises(Killed) if step < 3 else nullcontext():
            folder.take(path)
    assert folder.take(path).events == 2
    assert folder.counts() == {LIFTED: 2, IMPORTED: 1}
    assert folder.take(folder.write(lines([lift(2)]), "more.jsonl")).by_reason == {"duplicate": 1}
    assert not (imports / staging.MANIFEST).exists()


def test_what_was_dropped_in_part_never_was(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _staged(folder, monkeypatch)
    (folder.hub / taking.FOLDER / staging.FRAMES).unlink()
    assert folder.take(path).events == 1
    assert folder.counts() == {LIFTED: 1, IMPORTED: 1}


def test_dying_between_two_commits_leaves_what_is_finished_next(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever comes next, with whatever file."""
    path = folder.write(lines([lift(number, f"v{number:03}") for number in range(9)]))
    with monkeypatch.context() as patch:
        patch.setattr(staging, "_PACK", 500)
        patch.setattr(taking, "_GROUP", 1)
        taken = 0

        def told(what: str, done: int, _of: int) -> None:
            nonlocal taken
            if what == "taking":
                taken = done
                if done == 3:
                    raise Killed

        with pytest.raises(Killed):
            folder.take(path, told)
    assert taken == 3
    assert folder.counts() == {LIFTED: 3}
    folder.take(folder.write(lines([lift(1, "v100")]), "other.jsonl"))
    assert folder.counts() == {LIFTED: 10, IMPORTED: 2}
    assert folder.take(path).already
    assert folder.once()


def test_what_was_staged_and_never_begun_is_not_there(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    _staged(folder, monkeypatch)
    folder.take(folder.write(lines([lift(2)]), "other.jsonl"))
    assert folder.counts() == {LIFTED: 1, IMPORTED: 1}


def test_what_is_in_the_log_in_part_is_never_staged_again(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The part would be stored twice."""
    path = folder.write(lines([lift(number, f"v{number:03}") for number in range(9)]))
    with monkeypatch.context() as patch:
        patch.setattr(staging, "_PACK", 500)
        patch.setattr(taking, "_GROUP", 1)

        def told(what: str, done: int, _of: int) -> None:
            if what == "taking" and done == 3:
                raise Killed

        with pytest.raises(Killed):
            folder.take(path, told)
    staged = folder.hub / "imports" / staging.FRAMES
    whole = staged.read_bytes()
    *_, last = staging.frames(staged.parent)
    without = whole[: -4 - len(last)]  # a file that ends where a batch does
    for damaged in (without, whole[:-700], whole[: len(whole) // 2], whole[:-1]):
        staged.write_bytes(damaged)
        with pytest.raises(EnvironmentFault, match="in part"):
            folder.take(path)
    staged.write_bytes(whole)
    assert folder.take(path).events == 9
    assert folder.counts() == {LIFTED: 9, IMPORTED: 1}


def test_of_frames_with_any_byte_damaged_nothing_is_taken(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing but what the hub can tell of comes out."""
    path = folder.write(lines([lift(1)]))
    with monkeypatch.context() as patch:
        patch.setattr(Importer, "_take", lambda *_args: None)
        folder.take(path)
    imports = folder.hub / taking.FOLDER
    staged = staging.manifest(imports)
    assert staged is not None
    hub, frames = Signer.load_or_create(folder.hub / "hub.key"), imports / staging.FRAMES
    whole = frames.read_bytes()
    with closing(open_store(folder.place.where)) as store:
        trust = folder.trust(store)
        for at in range(300):
            frames.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
            with pytest.raises(Stale):
                taking.take(imports, staged, store, hub, trust, folder.clock)
    assert folder.recorded() == []


def test_of_frames_in_part_damaged_the_last_is_not_taken(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says that the file is imported, in a journal of its own that nothing is wrong with."""
    path = folder.write(lines([lift(number) | {"compound": f"c{number}"} for number in range(4)]))
    with monkeypatch.context() as patch:
        patch.setattr(Importer, "_take", lambda *_args: None)
        folder.take(path)
    staged = folder.hub / taking.FOLDER / staging.FRAMES
    whole = staged.read_bytes()
    at = whole.index(b"MWB1", 5) + 200  # in the second frame
    staged.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
    with pytest.raises(EnvironmentFault, match="in part"):
        folder.take(path)
    assert folder.counts()[IMPORTED] == 0
    staged.write_bytes(whole)
    assert folder.take(path).events == 4
    assert folder.counts() == {LIFTED: 4, IMPORTED: 1}
    assert folder.once()


def test_a_log_that_was_put_back_has_the_file_again(folder: Folder) -> None:
    path = folder.write(lines([lift(1), lift(2)]))
    folder.take(path)
    for name in ("log.db", "log.db-wal", "log.db-shm"):
        (folder.hub / name).unlink(missing_ok=True)
    report = folder.take(path)
    assert (report.already, report.events) == (False, 2)
    assert folder.counts() == {LIFTED: 2, IMPORTED: 1}


def test_one_import_at_a_time(folder: Folder) -> None:
    with (
        closing(Importer(folder.place, folder.clock, How(), 1, silent)),
        pytest.raises(EnvironmentFault, match="another menwei"),
    ):
        Importer(folder.place, folder.clock, How(), 1, silent)


def test_to_see_that_a_hub_runs_nothing_of_its_lock_is_taken(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that starts when the other has just stopped would find its folder claimed."""
    folder.take(folder.write(lines([lift(1)])))  # there are a log and keys
    taken: list[str] = []
    lock, hub = fcntl.flock, claim(folder.hub)

    def stopping(handle: IO[str], operation: int) -> None:
        try:
            lock(handle, operation)
        except BlockingIOError:
            hub.close()
            raise
        taken.append(handle.name)

    monkeypatch.setattr(fcntl, "flock", stopping)
    Importer(folder.place, folder.clock, How(), 1, silent).close()
    assert taken == [str(folder.hub / taking.FOLDER / "lock")]


def test_a_folder_without_a_hub_is_left_alone(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    (folder.hub / "hub.key").unlink()
    with pytest.raises(EnvironmentFault, match="no hub here"):
        folder.take(folder.write(lines([lift(1)])))
    assert list(folder.hub.iterdir()) == []


@pytest.mark.parametrize(
    "error", [OperationalError("disk is full"), sqlite3.OperationalError("?"), DiskFull("keys.db")]
)
def test_no_room_to_begin_with_is_the_machines_fault(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    path = folder.write(lines([lift(1)]))

    def full(*_args: object, **_more: object) -> bytes:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(identity, "reference_key", full)
        with pytest.raises(EnvironmentFault, match="free space"):
            folder.take(path)
    assert folder.take(path).events == 1


def test_a_folder_of_a_newer_version_is_not_taken_for_a_running_hub(folder: Folder) -> None:
    (folder.hub / "FORMAT").write_text("7\n")
    with pytest.raises(EnvironmentFault, match="newer menwei"):
        folder.take(folder.write(lines([lift(1)])))


def test_batches_chain_on_from_file_to_file(folder: Folder) -> None:
    folder.take(folder.write(lines([lift(1)])))
    folder.take(folder.write(lines([lift(2)]), "more.jsonl"))
    with closing(open_log(folder.place.where)) as log:
        imported = [one for one in log.journals() if not speaks(one.state)]
        assert sorted(one.originator_version for one in imported) == [2, 2]


def _staged(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of one lift, of which nothing was appended when the command died."""
    path = folder.write(lines([lift(1)]))
    with monkeypatch.context() as patch:
        _kill(patch, Ingest, "accept", late=False)
        with pytest.raises(Killed):
            folder.take(path)
    return path


def _kill(patch: pytest.MonkeyPatch, owner: object, name: str, *, late: bool) -> None:
    """The first time that it is done."""
    done = getattr(owner, name)

    def killed(*args: object, **kwargs: object) -> object:
        if late:
            done(*args, **kwargs)
        raise Killed

    patch.setattr(owner, name, killed)
