"""Once (I2): the same fact again is told by source and id, and another one is kept aside."""

import sqlite3
from datetime import timedelta

from core.events.device import HealthReported
from core.sealing import unseal
from tests.fix_edge import GATEWAY, PERSONAL, EdgeRig, after, face, native


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


def test_the_same_id_with_other_content_is_a_conflict(edge: EdgeRig) -> None:
    edge.take(native(1))
    other = native(1, data={"cause": "fire"})
    edge.take(other, native(2))
    edge.reopen()
    edge.take(other)
    assert [getattr(event.data, "cause", "") for event in edge.events()] == ["grant", "grant"]
    (held,) = edge.held()
    assert (held.reason, held.adapter, held.count, held.raw) == ("conflict", "native", 2, other[1])
    assert edge.acked == [0, 1, 2, 3]


def test_a_conflict_inside_one_group_keeps_the_first(edge: EdgeRig) -> None:
    edge.take(native(1), native(1, data={"cause": "fire"}))
    (event,) = edge.events()
    assert getattr(event.data, "cause", "") == "grant"
    assert [held.reason for held in edge.held()] == ["conflict"]


def test_another_person_under_the_same_record_is_a_conflict(edge: EdgeRig) -> None:
    """Whom it is about counts as content, though it stands in the event only as a reference."""
    edge.take(face(9001))
    edge.take(face(9001, employeeNoString="R-2049", name="王大明"))
    (event,) = edge.events()
    pii = event.data.pii
    assert pii is not None
    key = edge.keys.find(pii.kid)
    assert key is not None
    assert set(unseal(key, pii, event.id).values()) == set(PERSONAL)
    assert [held.reason for held in edge.held()] == ["conflict"]


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
    edge.journal.move_cursor(1)
    edge.take(native(1))
    edge.clock.move(timedelta(hours=1))
    edge.take(native(2, at=after(hours=1)))
    with sqlite3.connect(edge.folder / "journal.db") as db:
        assert db.execute("SELECT value FROM meta WHERE name = 'cursor'").fetchone() == (1,)
    db.close()
    assert edge.journal.cursor == 1


def _seen(edge: EdgeRig) -> list[tuple[bytes, bytes]]:
    with edge.journal._reader.datastore.transaction(commit=False) as c:
        c.execute("SELECT key, digest FROM seen ORDER BY n")
        return [(row["key"], row["digest"]) for row in c.fetchall()]
