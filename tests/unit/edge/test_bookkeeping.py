"""Rows that no batch vouches for: one that is not as it was written stops the agent in a way that
the next start begins beside it, and is not taken over. Those of the first files are believed."""

from datetime import timedelta
from pathlib import Path

import pytest

from core.clock import rfc3339
from core.events.device import GapDetected
from core.events.journal import Opened
from edge import journals
from edge.health import report
from edge.identity import KEY
from edge.journal import Corrupt, EdgeJournal
from edge.refusals import sound
from edge.track import track_of
from tests.fix_core import START, FixedClock
from tests.fix_edge import EdgeRig, level, native
from tests.unit.edge.numbered import asked, numbered
from tests.unit.edge.site import sql


@pytest.fixture
def folder(tmp_path: Path, clock: FixedClock) -> Path:
    """A gateway, stopped, that recorded 1 to 3 of one device and 7 of another."""
    edge = EdgeRig(tmp_path, clock)
    edge.begin()
    for number in (1, 2, 3):
        edge.take(numbered(number, START + timedelta(seconds=number)))
    edge.take(numbered(7, START, device="door-08"))
    edge.close()
    return tmp_path


def goes_on(folder: Path, clock: FixedClock) -> EdgeRig:
    """What agent.run does about Corrupt, and the start after it; all is told once more."""
    edge: EdgeRig | None = None
    try:
        edge = EdgeRig(folder, clock)
        edge.take(numbered(4, START + timedelta(seconds=4)))
        assert edge.journals.findings
    except Corrupt as error:
        if edge is not None:
            edge.close()
        journals.suspect(folder, str(error))
        clock.move(timedelta(minutes=1))
        edge = EdgeRig(folder, clock)
    edge.begin()
    edge.take(*(numbered(n, START + timedelta(seconds=n)) for n in (1, 2, 3, 4)))
    edge.take(numbered(9, START + timedelta(seconds=1), device="door-08"))
    assert not (folder / journals.SUSPECT).exists()
    return edge


STATE = "UPDATE records SET state = CAST({} AS BLOB) WHERE source LIKE '%door-07'"


@pytest.mark.parametrize(
    "change",
    [
        STATE.format("x'7e' || substr(state, 2)"),
        STATE.format("replace(state, '\"highest\":3', '\"highest\":2')"),
        STATE.format("''"),
        "UPDATE records SET state = 'text' WHERE source LIKE '%door-07'",
        "UPDATE records SET used = x'00' WHERE source LIKE '%door-07'",
        "UPDATE records SET used = used + 4611686018427387904 WHERE source LIKE '%door-07'",
        "UPDATE records SET used = used + 64 WHERE source LIKE '%door-07'",
        "UPDATE records SET open = 'x' WHERE source LIKE '%door-07'",
    ],
)
def test_a_counter(folder: Path, clock: FixedClock, change: str) -> None:
    sql(change)(folder)
    edge = goes_on(folder, clock)
    recorded = [event.id for event in edge.events("door.opened.v1")]
    assert recorded == ["door-07-4", "door-08-9"]  # in the new file
    (gap,) = edge.events(GapDetected.TYPE)  # the other device's counter was taken over
    assert gap.subject == "device/door-08"
    edge.close()


def test_a_name_that_is_no_text_any_more_hides_no_other(folder: Path, clock: FixedClock) -> None:
    name = "CAST(x'ff' || substr(source, 2) AS TEXT)"
    sql(f"UPDATE records SET source = {name} WHERE source LIKE '%door-07'")(folder)
    journals.order_renewal(folder, "a reason")
    clock.move(timedelta(minutes=1))
    edge = EdgeRig(folder, clock)
    assert [row[0] for row in asked(edge, "SELECT source FROM records")] == [
        "/c/c01/gw/gw01/dev/door-08"
    ]
    edge.close()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ages SET day = x'78'",
        "UPDATE ages SET day = day + 1048576",
        "UPDATE ages SET day = day - 16384 WHERE n = (SELECT MAX(n) FROM ages)",
        "UPDATE ages SET keys = CAST(substr(keys, 2) AS BLOB)",
        "UPDATE ages SET keys = CAST(x'00' || substr(keys, 2) AS BLOB)",
    ],
)
def test_the_age_of_ids(folder: Path, clock: FixedClock, change: str) -> None:
    sql(change)(folder)
    clock.move(timedelta(minutes=1))
    edge = EdgeRig(folder, clock)
    (opened,) = (one for one in edge.journals.findings if isinstance(one, Opened))
    assert opened.reason == "damaged"
    edge.begin()
    edge.take(numbered(10, START + timedelta(seconds=10)))
    edge.close()


def test_the_oldest_of_them_is_looked_at_before_it_is_forgotten(
    folder: Path, clock: FixedClock
) -> None:
    """A bit in its day must not make it forget what it recorded today, nor keep it for ever."""
    sql("UPDATE ages SET day = day - 16384 WHERE n = 1")(folder)
    edge = EdgeRig(folder, clock)
    with pytest.raises(Corrupt, match="ages"):
        edge.take(numbered(4, START + timedelta(seconds=4)))
    assert edge.acked == []
    edge.close()
    journals.suspect(folder, "damage")
    clock.move(timedelta(minutes=1))
    edge = EdgeRig(folder, clock)
    edge.begin()
    edge.take(*(numbered(n, START + timedelta(seconds=n)) for n in (1, 2, 3)))
    assert edge.counters.duplicates == 3  # the day is the one of those beside it
    edge.close()


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE refused SET count = 'many'",
        "UPDATE refused SET count = -1",
        "UPDATE refused SET lane = 9",
        "UPDATE refused SET since = substr(since, 2)",
        "UPDATE refused SET kind = x'00'",
    ],
)
def test_what_was_refused(folder: Path, clock: FixedClock, change: str) -> None:
    told = rfc3339(START)
    row = f"'disk', 2, 'waste.bin.level.measured.v1', 5, '{told}', '{told}'"
    sql(f"INSERT INTO refused VALUES ({row})")(folder)
    sql(change)(folder)
    with pytest.raises(Corrupt, match="refused"):
        EdgeRig(folder, clock)
    journals.suspect(folder, "damage")
    clock.move(timedelta(minutes=1))
    edge = EdgeRig(folder, clock)
    assert edge.journal.refused() == []
    edge.close()


def test_what_can_be_read_of_a_refusal_is_taken() -> None:
    told = rfc3339(START)
    assert sound(("rate", 2, "a.b.v1", 1, told, told))
    assert not sound(("rate", 2, "a.b.v1", 1, told, ""))
    assert not sound(("", 2, "a.b.v1", 1, told, told))
    assert not sound(("rate", 2, "a.b\x00v1", 1, told, told))


def test_rows_of_files_without_sums(folder: Path, clock: FixedClock) -> None:
    """Believed, and with a sum when they are next written; also when they are taken over."""
    sql("UPDATE records SET state = CAST(substr(state, 6) AS BLOB)")(folder)
    sql(f"UPDATE ages SET keys = CAST(substr(keys, 1, length(keys) / {KEY} * {KEY}) AS BLOB)")(
        folder
    )
    edge = EdgeRig(folder, clock)
    edge.take(numbered(5, START + timedelta(seconds=5)), numbered(1, START + timedelta(seconds=1)))
    assert edge.counters.duplicates == 1
    assert len(edge.events(GapDetected.TYPE)) == 1
    edge.close()
    journals.order_renewal(folder, "a reason")
    clock.move(timedelta(minutes=1))
    edge = EdgeRig(folder, clock)
    forms = asked(edge, "SELECT hex(substr(state, 1, 1)) FROM records ORDER BY source")
    assert forms == [("01",), ("7B",)]
    edge.begin()
    edge.take(numbered(9, START + timedelta(seconds=9), device="door-08"))
    assert len(edge.events(GapDetected.TYPE)) == 1
    edge.close()


@pytest.mark.parametrize(
    "state", [b"{", b'{"epoch":1}', b"{\xff}", b'{"epoch":1,"highest":3,"latest":3,"linked":-1,'
              b'"last_time":"yesterday","seen":""}'],
)  # fmt: skip
def test_a_row_without_a_sum_must_at_least_be_one(state: bytes) -> None:
    with pytest.raises(Corrupt, match="counter n of d"):
        track_of(("d", "n", 1, 0, state))


@pytest.mark.parametrize("years", [0, 10])
def test_a_renewal_under_a_clock_that_is_ahead_forgets_nothing(
    folder: Path, clock: FixedClock, years: int
) -> None:
    journals.order_renewal(folder, "a reason")
    clock.move(timedelta(days=365 * years, minutes=1))
    edge = EdgeRig(folder, clock)
    edge.begin()
    edge.take(native(100))
    edge.take(*(numbered(n, START + timedelta(seconds=n)) for n in (1, 2, 3)))
    assert edge.counters.duplicates == 3
    edge.close()


def test_health_reads_beside_the_writer(edge: EdgeRig, monkeypatch: pytest.MonkeyPatch) -> None:
    """The writer's one connection may be in a commit that takes long."""
    edge.take(numbered(1, START), numbered(5, START))
    monkeypatch.setattr(EdgeJournal, "reading", None)
    with edge.journal._transaction():
        told = report(edge.journals, edge.counters, edge.folder, START, disk_full=False)
    assert told.open_gaps == 1


def test_messages_set_aside_are_counted_as_they_come(edge: EdgeRig) -> None:
    edge.take(("nowhere", b"\xff"), ("nowhere", b"\xff"), ("nowhere", b"\xfe"), level(1))
    assert edge.counters.quarantine_rows == 2
    edge.take(("nowhere", b"\xfd"))
    assert edge.counters.quarantine_rows == 3
