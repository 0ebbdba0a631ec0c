"""Which journal file is written and what it knows: unreadable files, words left for the next start,
what is taken over, deaths before the first commit."""

import shutil
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.batch import Lane
from core.errors import DiskFull, EnvironmentFault, FatalError
from core.events.journal import DamageFound, Opened
from edge.journal import EdgeJournal
from edge.journals import RENEW, SUSPECT, open_journals, order_renewal, suspect
from tests.fix_core import FixedClock, signer_of
from tests.fix_edge import HUB_KEY, EdgeRig, events_of, native
from tests.unit.edge.hurt import Damage, bytes_at, flip, gone, settle, sums
from tests.unit.edge.site import Site, sql


@pytest.fixture
def site(tmp_path: Path, clock: FixedClock) -> Iterator[Site]:
    opened = Site(tmp_path / "edge", clock)
    yield opened
    opened.rig.close()


UNREADABLE: dict[str, Damage] = {
    "not a database": bytes_at(0, b"not a database!!"),
    "page size": bytes_at(16, b"\x00\x07"),
    "read only": bytes_at(18, b"\x09"),
    "unknown format": bytes_at(19, b"\x09"),
    "schema": bytes_at(100, b"\xff" * 8),
    "empty": lambda folder: _filled(folder, b""),
    "truncated": lambda folder: _cut(folder, 0.5),
    "almost whole": lambda folder: _cut(folder, 0.95),
    "zeros": lambda folder: _filled(folder, bytes(40_960)),
}


def _filled(folder: Path, content: bytes) -> None:
    (folder / "journal.db").write_bytes(content)


def _cut(folder: Path, share: float) -> None:
    path = folder / "journal.db"
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_cannot_be_read(site: Site, name: str) -> None:
    """I8: nothing is deleted, renamed or reset; the next epoch is later, also a start later."""
    site.record(8)
    older = site.rig.journal.epoch
    before: dict[str, str] = {}

    def damage(folder: Path) -> None:
        UNREADABLE[name](folder)
        before.update(sums(folder))

    site.stop(damage)
    opened = site.rig.journals.findings[0]
    assert isinstance(opened, Opened)
    assert (opened.reason, opened.epoch) == ("damaged", site.rig.journal.epoch)
    assert site.rig.journal.epoch > older
    assert bool(site.found()) == (site.rig.journals.damaged == 1) == (name != "read only")
    assert sums(site.rig.folder)["journal.db"] == before["journal.db"]
    site.rig.take(native(90_001))
    epoch = site.rig.journal.epoch
    site.rig.reopen()
    assert (site.rig.journal.epoch, site.rig.journals.findings) == (epoch, ())
    assert "door-07-90001" in {event.id for event in site.rig.events()}


@pytest.mark.parametrize(
    ("table", "column"), [("ages", "keys"), ("refused", "kind"), ("records", "open")]
)
def test_a_column_whose_name_has_changed(site: Site, table: str, column: str) -> None:
    """Found at the start, not by the first commit that needs it."""
    site.record(4)

    def damage(folder: Path) -> None:
        db = sqlite3.connect(folder / "journal.db")
        with db:
            db.execute(f"ALTER TABLE {table} RENAME COLUMN {column} TO {column[:-1]}x")
        db.close()

    site.stop(damage)
    assert site.rig.journal.path.name != "journal.db"
    settle(site, [])


def test_a_file_that_is_gone(site: Site) -> None:
    """Wiped, but for the mark: no new file takes its name, and it is said."""
    site.record(8)

    def damage(folder: Path) -> None:
        for path in folder.glob("journal.db*"):
            if path.suffix != ".mark":
                path.unlink()

    site.stop(damage)
    assert [one.file for one in site.found()] == ["journal.db"]
    assert not (site.rig.folder / "journal.db").exists()
    site.rig.reopen()
    assert site.rig.journals.damaged == 1


@pytest.mark.parametrize("column", ["pruned", "carried", "closed"])
def test_what_is_noted_of_deliveries_is_not_believed_unseen(site: Site, column: str) -> None:
    """One flipped bit here would keep batches from the hub, and nobody would ever know."""
    site.record(8)
    site.pump.run()
    site.record(4)
    site.stop(sql(f"UPDATE lanes SET {column} = 999"))
    assert isinstance(site.rig.journals.findings[0], Opened)
    settle(site, [])


def test_damage_met_while_running(site: Site) -> None:
    """The agent leaves a word and stops; the file is whole for all that can be seen: it is only
    read from then on, and nothing of it is lost."""
    site.record(5)
    suspect(site.rig.folder, "batch 3 read differently")
    site.stop(lambda _: None)
    assert not (site.rig.folder / SUSPECT).exists()
    opened = site.rig.journals.findings[0]
    assert isinstance(opened, Opened)
    assert opened.reason == "damaged"
    assert not site.found()
    settle(site, [])


def test_a_renewal_that_died_half_way_loses_no_memory(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new file is there and knows nothing yet, and the order still stands."""
    site.record(6)
    site.rig.close()
    order_renewal(site.rig.folder, "again")

    def dies(*_: object) -> None:
        raise FatalError("killed here")

    for _ in range(2):
        site.clock.move(timedelta(minutes=1))
        with monkeypatch.context() as patched:
            patched.setattr(EdgeJournal, "remember", dies)
            with pytest.raises(FatalError, match="killed here"):
                site.rig.open()
    assert (site.rig.folder / RENEW).exists()
    site.start()
    opened = site.rig.journals.findings[0]
    assert isinstance(opened, Opened)
    assert opened.reason == "renewed"
    site.rig.take(*[native(number) for number in range(1, 13)])
    assert site.rig.counters.duplicates == 12
    settle(site, [])


def test_no_room_to_take_over_is_a_full_disk_and_nothing_else(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.record(6)
    site.rig.close()
    order_renewal(site.rig.folder, "again")

    def full(*_: object) -> None:
        raise DiskFull("no room")

    with monkeypatch.context() as patched:
        patched.setattr(EdgeJournal, "remember", full)
        with pytest.raises(DiskFull):
            site.rig.open()
    site.start()
    site.rig.take(*[native(number) for number in range(1, 13)])
    assert site.rig.counters.duplicates == 12


def test_a_copy_under_another_name_is_not_the_journal(site: Site) -> None:
    """An operator's backup beside it, older: it may not become the one that is written."""
    site.record(3)

    def copy(folder: Path) -> None:
        for name in ("journal-backup.db", "journal-.db", "journal-1x.db"):
            shutil.copyfile(folder / "journal.db", folder / name)

    site.stop(copy)
    site.record(2)
    assert site.rig.journal.path.name == "journal.db"
    assert site.rig.journals.findings == ()
    settle(site, [])


def test_an_order_without_a_journal_is_no_damage(tmp_path: Path, clock: FixedClock) -> None:
    order_renewal(tmp_path, "too early")
    rig = EdgeRig(tmp_path, clock)
    (opened,) = rig.journals.findings
    assert isinstance(opened, Opened)
    assert (opened.reason, rig.journal.path.name) == ("new", "journal.db")
    rig.close()


def test_an_order_in_another_encoding_is_an_order(site: Site) -> None:
    site.record(1)

    def order(folder: Path) -> None:
        (folder / RENEW).write_bytes("闪存坏了".encode("gb18030"))

    site.stop(order)
    opened = site.rig.journals.findings[0]
    assert isinstance(opened, Opened)
    assert opened.reason == "renewed"


def test_a_clock_set_back_makes_no_earlier_epoch(site: Site) -> None:
    site.record(2)
    older = site.rig.journal.epoch
    site.clock.move(-timedelta(days=9000))
    order_renewal(site.rig.folder, "no clock")
    site.stop(lambda _: None)
    assert site.rig.journal.epoch == older + 1
    settle(site, [])


def test_a_word_that_cannot_be_left_does_not_hide_the_damage(tmp_path: Path) -> None:
    suspect(tmp_path / "missing", "batch 3")


def test_a_key_that_is_another_gateways_is_no_damage(site: Site, clock: FixedClock) -> None:
    site.record(2)
    site.rig.close()
    with pytest.raises(EnvironmentFault, match="another key"):
        open_journals(site.rig.folder, signer_of(8), clock, HUB_KEY)
    assert [path.name for path in site.rig.folder.glob("journal*.db")] == ["journal.db"]
    site.rig.open()


def test_ids_counters_and_refusals_are_taken_over(site: Site) -> None:
    """What was recorded before is told again in the new file, also where the old one is hurt."""
    site.record(6)
    hurt = flip(site, 4)
    site.stop(hurt)
    again = [native(number) for number in range(1, 13)]
    site.rig.take(*again)
    assert site.rig.counters.duplicates == 12
    assert [event for event in site.rig.events() if event.id in site.recorded] == []


def _pages_of(folder: Path, table: str) -> list[int]:
    db = sqlite3.connect(folder / "journal.db")
    query = "SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY pageno"
    try:
        return [row[0] for row in db.execute(query, (table,))]
    except sqlite3.OperationalError:
        pytest.skip("SQLite was built without dbstat")
    finally:
        db.close()


def test_the_newest_ids_are_known_though_the_oldest_cannot_be_read(site: Site) -> None:
    for start in range(1, 1201, 4):
        site.rig.take(*[native(number) for number in range(start, start + 4)])

    def damage(folder: Path) -> None:
        page = _pages_of(folder, "ages")[1]
        bytes_at((page - 1) * 4096, b"\xff" * 512)(folder)

    site.stop(damage)
    assert isinstance(site.rig.journals.findings[0], Opened)
    site.rig.take(*[native(number) for number in range(1001, 1201)])
    assert site.rig.counters.duplicates == 200


def test_both_findings_and_opening_stand_first(site: Site) -> None:
    site.record(6)
    site.stop(gone(site, 2, 5))
    kinds = [event.type for event in events_of(site.rig.lane(Lane.URGENT))]
    assert kinds[:4] == [
        Opened.TYPE, DamageFound.TYPE, DamageFound.TYPE, "gateway.session.opened.v1",
    ]  # fmt: skip


def test_whoever_dies_before_the_first_commit_comes_there_again(site: Site) -> None:
    site.record(6)
    hurt = flip(site, 3)
    site.rig.close()
    hurt(site.rig.folder)
    for _ in range(3):
        rig = EdgeRig(site.rig.folder, site.clock)  # opened, and killed before anything is taken
        opened, found = rig.journals.findings
        assert isinstance(opened, Opened)
        assert (opened.reason, type(found)) == ("damaged", DamageFound)
        assert {tail.number for tail in opened.tails} == {7, 6}
        rig.close()
    assert len(list(site.rig.folder.glob("journal*.db"))) == 2
    site.rig.open()
    site.rig.take(*[native(number) for number in range(1, 13)])
    assert site.rig.counters.duplicates == 12
