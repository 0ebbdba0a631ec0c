"""What the gate remembers stands in the journal file: older files get the tables, a newer epoch
takes them over, and a row that is not as it was written is not believed."""

import sqlite3

import pytest

from edge.damage import Corrupt
from edge.gate import memory as memories
from edge.journals import order_renewal
from edge.rowsum import rowsum
from tests.fix_gate import RESIDENT, GateRig, document, fact, order, request


def journal(rig: GateRig, *statements: str) -> None:
    """Changes the file behind the agent's back."""
    path = rig.journal.path
    rig.close()
    with sqlite3.connect(path) as db:
        for one in statements:
            assert db.execute(one).rowcount != 0
    db.close()


def test_a_file_of_before_opens_and_keeps_what_it_holds(rig: GateRig) -> None:
    rig.ask(fact("door.closed.v1", 1))
    journal(rig, "DROP TABLE gate", "DROP TABLE decisions", "DROP TABLE orders")
    rig.open()
    rig.ask(fact("door.closed.v1", 1), document(), request(2))
    assert rig.counters.duplicates == 1
    assert len(rig.events("access.granted.v1")) == 1


def test_a_new_epoch_takes_it_over(rig: GateRig) -> None:
    rig.ask(document())
    rig.ask(request(1), order("open"))
    rig.close()
    order_renewal(rig.folder, "test")
    rig.open()
    rig.begin()
    assert rig.gate.policy == 1
    rig.ask(request(2), order("open"))
    assert [event.type for event in rig.events("access.granted.v1", "access.denied.v1")] == [
        "access.denied.v1"
    ]
    assert not rig.events("command.done.v1", "policy.adopted.v1")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE gate SET value = x'7b7d' WHERE name LIKE 'standing/%'",
        "UPDATE gate SET name = 'standing/where/other' WHERE name LIKE 'standing/where/%'",
        "UPDATE decisions SET value = x'00'",
        "UPDATE orders SET id = 'hub:command:2'",
    ],
)
def test_a_row_that_was_changed_is_damage(rig: GateRig, change: str) -> None:
    rig.ask(document())
    rig.ask(request(1), order("open"))
    journal(rig, change)
    with pytest.raises(Corrupt):
        rig.open()
    rig.journal.close()
    order_renewal(rig.folder, "damaged")
    rig.open()  # beside it, with what of it is sound
    assert rig.gate.policy == 1


@pytest.mark.parametrize(
    ("table", "key"),
    [("gate", "standing/where/s:1"), ("gate", "standing/modes/a"), ("decisions", 9)],
)
def test_a_row_of_no_form_known_here_is_damage_as_well(
    rig: GateRig, table: str, key: str | int
) -> None:
    for value in (b'{"of":"another release"}', b"?"):
        path = rig.journal.path
        rig.close()
        with sqlite3.connect(path) as db:
            row = (key, value, rowsum(key, value))
            db.execute(f"INSERT OR REPLACE INTO {table} VALUES (?, ?, ?)", row)
        db.close()
        with pytest.raises(Corrupt):
            rig.open()


def test_one_passage_writes_a_few_rows(rig: GateRig) -> None:
    rig.ask(document())
    with rig.journal.reading() as c:
        before = memories.load(c)
    rig.ask(request(1))
    with rig.journal.reading() as c:
        after = memories.load(c)
    assert after.standing.where[RESIDENT].area == "compound"
    rows = [row for _, rows in memories.statements(before, after) for row in rows]
    names = sorted(str(row[0]) for row in rows)
    assert [name for name in names if name.startswith("standing/")] == [
        "standing/counts/compound",
        f"standing/where/{RESIDENT}",
    ]


def test_what_is_remembered_is_bounded() -> None:
    orders: dict[str, int] = {}
    for number in range(memories.ORDERS + 10):
        orders = memories.remember_order(orders, f"o{number}")
    assert (len(orders), min(orders.values())) == (memories.ORDERS, 11)
