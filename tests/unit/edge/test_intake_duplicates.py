"""Once (I2): the same fact again is told by source and id, and another one is kept aside."""

import msgspec

from core.batch import Lane
from core.event import Event, Sealed
from core.events.device import HealthReported
from core.events.journal import Conflicted
from core.sealing import unseal
from tests.fix_edge import GATEWAY, PERSONAL, EdgeRig, events_of, face, level, native


def ids(edge: EdgeRig) -> list[str]:
    return [event.id for event in edge.events()]


def test_the_same_bytes_in_one_group(edge: EdgeRig) -> None:
    edge.take(native(1), native(1), native(2), native(1))
    assert ids(edge) == ["door-07-1", "door-07-2"]
    assert edge.acked == [0, 1, 2, 3]
    assert (edge.counters.received, edge.counters.recorded, edge.counters.duplicates) == (4, 2, 2)


def test_the_same_bytes_in_a_later_group_make_no_batch(edge: EdgeRig) -> None:
    edge.take(native(1))
    edge.take(native(1))
    assert ids(edge) == ["door-07-1"]
    assert edge.acked == [0, 1]
    assert len(edge.batches()) == 1


def test_the_same_bytes_after_a_restart(edge: EdgeRig) -> None:
    edge.take(native(1), face(9001))
    edge.reopen()
    edge.take(face(9001), native(1), native(2))
    assert ids(edge) == ["door-07-1", "hik:025e10aa0007:1:9001", "door-07-2"]
    assert edge.counters.duplicates == 2
    assert not edge.held()


def test_a_counter_that_lags_behind_what_is_recorded(edge: EdgeRig) -> None:
    """Its row was lost or is older: the number is next in line, and its id is known."""
    edge.take(face(9001))
    with edge.journal.reading() as c:
        c.execute("SELECT * FROM records")
        rows = [tuple(row) for row in c.fetchall()]
    edge.take(face(9002))
    edge.journal.take_over("REPLACE INTO records VALUES (?, ?, ?, ?, ?)", rows)
    edge.reopen()
    edge.take(face(9002), face(9003))
    assert edge.acked == [0, 1, 2, 3]
    assert edge.counters.duplicates == 1
    assert [one.rpartition(":")[2] for one in ids(edge)] == ["9001", "9002", "9003"]


def test_the_same_id_from_another_device_is_another_fact(edge: EdgeRig) -> None:
    topic, payload = native(1)
    edge.take((topic, payload), ("site/access/door-08", payload))
    assert [event.source for event in edge.events()] == [
        "/c/c01/gw/gw01/dev/door-07",
        "/c/c01/gw/gw01/dev/door-08#/devices/door-07",
    ]


def test_a_terminals_second_try_is_the_same_fact(edge: EdgeRig) -> None:
    """Hikvision counts its attempts in the payload: other bytes, other raw hash, same record."""
    edge.take(face(9001, posts=1))
    edge.take(face(9001, posts=2), face(9001, posts=3))
    edge.reopen()
    edge.take(face(9001, posts=4))
    (event,) = edge.events()
    assert event.id == "hik:025e10aa0007:1:9001"
    assert edge.acked == [0, 1, 2, 3]
    assert not edge.held()


def conflicts(edge: EdgeRig) -> list[tuple[Event, Conflicted]]:
    found = edge.events(Conflicted.TYPE)
    return [(event, event.data) for event in found if isinstance(event.data, Conflicted)]


def test_the_same_id_with_other_content_is_a_conflict(edge: EdgeRig) -> None:
    """Kept as an event of its own beside the first, and told again like any other."""
    edge.take(native(1))
    other = native(1, data={"cause": "fire"})
    edge.take(other, native(2), other)
    edge.reopen()
    edge.take(other)
    edge.take(native(1), native(1, data={"cause": "exit-button"}))
    opened = edge.events("door.opened.v1")
    assert [getattr(event.data, "cause", "") for event in opened] == ["grant", "grant"]
    (event, said), (_, third) = conflicts(edge)
    assert event.id.startswith("door-07-1~")
    assert len(event.id) == len("door-07-1~") + 16
    assert (event.source, event.subject) == (opened[0].source, opened[0].subject)
    assert (said.record_id, said.record_type) == ("door-07-1", "door.opened.v1")
    assert said.record_time == opened[0].time
    assert said.said["cause"] == "fire"
    assert third.said["cause"] == "exit-button"
    assert edge.acked == [0, 1, 2, 3, 4, 5, 6]
    assert edge.held() == []
    assert (edge.counters.duplicates, edge.counters.conflicts) == (2, 1)


def test_a_conflict_inside_one_group_keeps_the_first(edge: EdgeRig) -> None:
    edge.take(native(1), native(1, data={"cause": "fire"}), native(1))
    first, second = edge.events()
    assert (first.type, getattr(first.data, "cause", "")) == ("door.opened.v1", "grant")
    assert second.type == Conflicted.TYPE
    assert (edge.counters.conflicts, edge.counters.duplicates) == (1, 1)


def test_another_person_under_the_same_record_is_a_conflict(edge: EdgeRig) -> None:
    """Whom it is about counts as content, though it stands in the event only as a reference; and
    in the conflict it is sealed like anywhere else."""
    edge.take(face(9001))
    edge.take(face(9001, employeeNoString="R-2049", name="王大明"))
    first = next(event for event in edge.events() if event.type == "access.granted.v1")
    assert _names(edge, first.data.pii, first.id) >= set(PERSONAL)
    ((event, said),) = conflicts(edge)
    sealed = msgspec.convert(said.said["pii"], Sealed)
    assert _names(edge, sealed, event.id) >= {"王大明", "R-2049"}
    assert b"R-2049" not in edge.plain()


def test_a_conflict_stays_in_the_lane_of_its_record(edge: EdgeRig) -> None:
    """What a mad device makes of bulk records may not fill the lane that is never shed."""
    edge.take(level(1, mm=500))
    edge.take(level(1, mm=510))
    assert [event.type for event in events_of(edge.lane(Lane.BULK))] == [
        "waste.bin.level.measured.v1",
        Conflicted.TYPE,
    ]


def test_what_is_remembered_cannot_be_guessed_from(edge: EdgeRig) -> None:
    """Two gateways remember the same fact about the same person differently: it is keyed."""
    edge.take(face(9001))
    remembered = _seen(edge)
    other = EdgeRig(edge.folder / "other", edge.clock)
    other.take(face(9001))
    assert [key for key, _ in _seen(other)] == [key for key, _ in remembered]
    assert [digest for _, digest in _seen(other)] != [digest for _, digest in remembered]
    other.close()


def test_remembered_ids_are_bounded(edge: EdgeRig) -> None:
    small = EdgeRig(edge.folder / "small", edge.clock, remembered=100)
    for record in range(1, 321):
        small.take(native(record))
    kept = len(_seen(small))
    assert 100 <= kept <= 100 + 64
    newest = [native(record) for record in range(321 - 100, 321)]
    small.take(*newest)
    assert small.counters.duplicates == 100
    small.take(native(1))  # forgotten: the bound is the promise, and it is recorded again
    assert small.counters.duplicates == 100
    assert ids(small).count("door-07-1") == 2
    small.close()


def test_a_lower_bound_takes_effect_after_a_restart(edge: EdgeRig) -> None:
    for record in range(1, 131):
        edge.take(native(record))
    edge.close()
    edge._remembered = 10
    edge.open()
    for record in range(131, 131 + 64):
        edge.take(native(record))
    assert len(_seen(edge)) <= 10 + 64


def test_the_gateways_own_facts_are_never_duplicates(edge: EdgeRig) -> None:
    report = HealthReported(boot=1, backlog=0)
    edge.take(report, report)
    edge.reopen()
    edge.take(report)
    found = edge.events(HealthReported.TYPE)
    assert len({event.id for event in found}) == len(found) == 3
    assert {event.subject for event in found} == {f"gateway/{GATEWAY}"}


def test_the_cursor_is_saved_with_the_next_commit(edge: EdgeRig) -> None:
    edge.take(native(1))
    edge.receipted()
    edge.take(native(2))
    saved = edge.journal.delivered(edge.journal.journal)
    assert saved.receipt == edge.journal.streams[Lane.URGENT].receipt != b""


def _names(edge: EdgeRig, sealed: Sealed | None, event_id: str) -> set[str]:
    assert sealed is not None
    key = edge.keys.find(sealed.kid)
    assert key is not None
    return set(unseal(key, sealed, event_id).values())


def _seen(edge: EdgeRig) -> list[tuple[bytes, bytes]]:
    with edge.journal.reading() as c:
        c.execute("SELECT key, digest FROM known ORDER BY key")
        return [(row["key"], row["digest"]) for row in c.fetchall()]
