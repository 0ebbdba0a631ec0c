"""What was set aside: kept sealed, found again, within a budget that never costs a row."""

import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from core.errors import EnvironmentFault, FatalError
from core.keystore import KeyStore
from edge.quarantine import Entry, Quarantine
from tests.fix_core import START

BUDGET = 10_000


def entry(payload: bytes, topic: str = "site/a/b", reason: str = "malformed") -> Entry:
    return Entry(topic=topic, payload=payload, adapter="native", reason=reason, detail="why")


@pytest.fixture
def quarantine(tmp_path: Path, keys: KeyStore) -> Iterator[Quarantine]:
    opened = Quarantine(tmp_path / "quarantine.db", keys, BUDGET)
    yield opened
    opened.close()


def raws(quarantine: Quarantine) -> dict[str, bytes | None]:
    return {held.topic: held.raw for held in quarantine.newest(1000)}


def test_the_whole_message_comes_back(quarantine: Quarantine, tmp_path: Path) -> None:
    payload = bytes(range(256)) + "李小雨".encode("gb18030")
    quarantine.add([entry(payload)], START)
    (held,) = quarantine.newest(10)
    assert held.raw == payload
    assert (held.topic, held.adapter, held.reason) == ("site/a/b", "native", "malformed")
    assert (held.detail, held.size, held.count) == ("why", len(payload), 1)
    assert held.first == held.last == "2026-11-21T08:00:00.000Z"
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("quarantine.db*"))
    assert payload[:32] not in stored


def test_an_empty_message_has_a_row_too(quarantine: Quarantine) -> None:
    quarantine.add([entry(b"")], START)
    (held,) = quarantine.newest(10)
    assert (held.raw, held.size) == (b"", 0)


def test_the_same_again_is_counted(quarantine: Quarantine) -> None:
    quarantine.add([entry(b"x"), entry(b"x"), entry(b"x", topic="other")], START)
    quarantine.add([entry(b"x")], START + timedelta(days=40))  # another month's key: still opens
    counts = {held.topic: (held.count, held.raw) for held in quarantine.newest(10)}
    assert counts == {"site/a/b": (3, b"x"), "other": (1, b"x")}
    newest = quarantine.newest(1)[0]
    assert (newest.first[:10], newest.last[:10]) == ("2026-11-21", "2026-12-31")


def test_beyond_the_budget_rows_without_bytes(quarantine: Quarantine) -> None:
    for number in range(20):
        quarantine.add([entry(b"%04d" % number * 250, topic=f"t{number:02}")], START)
    kept = [topic for topic, raw in raws(quarantine).items() if raw is not None]
    assert sorted(kept) == [f"t{number:02}" for number in range(10)]
    assert len(raws(quarantine)) == 20
    assert {held.size for held in quarantine.newest(100)} == {1000}


def test_a_device_that_repeats_itself_uses_no_budget(quarantine: Quarantine) -> None:
    for _ in range(50):
        quarantine.add([entry(b"x" * 1000, topic="again")], START)
    quarantine.add([entry(b"y" * 1000, topic="new")], START)
    assert raws(quarantine) == {"again": b"x" * 1000, "new": b"y" * 1000}


def test_the_budget_holds_across_a_restart(
    quarantine: Quarantine, tmp_path: Path, keys: KeyStore
) -> None:
    quarantine.add([entry(b"x" * BUDGET, topic="first")], START)
    quarantine.close()
    again = Quarantine(tmp_path / "quarantine.db", keys, BUDGET)
    again.add([entry(b"y", topic="second")], START)
    assert raws(again) == {"first": b"x" * BUDGET, "second": None}
    again.close()


def test_of_an_oversized_one_the_beginning(quarantine: Quarantine) -> None:
    payload = b"a" * 64 * 1024 + b"b" * 1_000_000
    quarantine.add([entry(payload)], START)
    (held,) = quarantine.newest(1)
    assert held.raw == b"a" * 64 * 1024
    assert held.size == len(payload)


def test_the_key_is_on_disk_before_the_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keys: KeyStore
) -> None:
    def fails() -> None:
        raise FatalError("no keys today")

    opened = Quarantine(tmp_path / "quarantine.db", keys, BUDGET)
    monkeypatch.setattr(keys, "flush", fails)
    with pytest.raises(FatalError, match="no keys today"):
        opened.add([entry(b"x")], START)
    opened.close()
    with sqlite3.connect(tmp_path / "quarantine.db") as db:
        assert db.execute("SELECT COUNT(*) FROM quarantine").fetchone() == (0,)
    db.close()


def test_a_shredded_key_leaves_the_row(quarantine: Quarantine, keys: KeyStore) -> None:
    quarantine.add([entry(b"x")], datetime(2026, 1, 5, tzinfo=START.tzinfo))
    quarantine.add([entry(b"y")], START)
    keys._db.execute("DELETE FROM keys WHERE kid = 'quarantine:2026-01'")
    assert [held.raw for held in quarantine.newest(10)] == [b"y", None]


def test_a_place_where_no_file_can_be(tmp_path: Path, keys: KeyStore) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(EnvironmentFault, match="quarantine cannot be opened"):
        Quarantine(tmp_path / "folder", keys, BUDGET)


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path, keys: KeyStore) -> None:
    path = tmp_path / "quarantine.db"
    path.write_bytes(b"something else " * 100)
    with pytest.raises(EnvironmentFault, match="quarantine cannot be opened"):
        Quarantine(path, keys, BUDGET)
    assert path.read_bytes() == b"something else " * 100


def test_only_its_owner_may_read_it(quarantine: Quarantine, tmp_path: Path) -> None:
    assert (tmp_path / "quarantine.db").stat().st_mode & 0o777 == 0o600


def test_beyond_the_rows_it_counts(
    tmp_path: Path, keys: KeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edge.quarantine._ROWS", 3)
    quarantine = Quarantine(tmp_path / "quarantine.db", keys, 1_000_000)
    entries = [
        Entry(topic=f"t/{n}", payload=b"%d" % n, adapter="", reason="json") for n in range(10)
    ]
    quarantine.add(entries, START)
    quarantine.add(entries[:2], START)
    counts = sorted(one.count for one in quarantine.newest(100))
    assert counts == [1, 2, 2, 7]
    (rest,) = (one for one in quarantine.newest(100) if one.count == 7)
    assert (rest.topic, rest.raw) == ("", None)
    quarantine.close()


def test_when_room_is_short_it_counts(tmp_path: Path, keys: KeyStore) -> None:
    quarantine = Quarantine(tmp_path / "quarantine.db", keys, 1_000_000)
    some = [Entry(topic="t", payload=b"%d" % n, adapter="", reason="json") for n in range(50)]
    quarantine.add(some, START, short=True)
    (held,) = quarantine.newest(100)
    assert (held.count, held.raw, quarantine.rows) == (50, None, 1)
    quarantine.close()
