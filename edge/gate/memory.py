"""What the gate remembers, as rows of the journal file: written in the commit of the events that
changed it, so that after a power cut it stands where the log stands.

The standing and the watch are kept key by key: one passage writes a few short rows, however many
people are inside and however many doors there are.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from eventsourcing.sqlite import SQLiteCursor

from core.policy.conflicts import Given
from core.policy.standing import NOTHING, Standing
from core.store.queries import queries
from edge.damage import Corrupt
from edge.rowsum import rowsum

Statement = tuple[str, Sequence[tuple[Any, ...]]]
SQL = queries(Path(__file__).with_name("gate.sql"))
DECISIONS = 2048  # grants that a later policy is held against
ORDERS = 1024  # commands; each is late after an hour
_STANDING, _WATCH = "standing/", "watch/"
_encode = msgspec.json.Encoder().encode


class Adopted(msgspec.Struct, frozen=True):
    """The policy in force, as last told in the log."""

    version: int = 0
    sha256: str = ""


class Undo(msgspec.Struct, frozen=True, gc=False):
    """A grant that may turn out not to have been taken: who was moved, and when."""

    door: str
    bearer: str
    direction: str
    at: float


class Decided(msgspec.Struct, frozen=True, gc=False):
    given: Given
    moved: Undo | None = None


class Memory(msgspec.Struct, frozen=True):
    """As of one commit. Every change makes another."""

    adopted: Adopted = Adopted()
    standing: Standing = NOTHING
    watch: Mapping[str, bytes] = {}  # rows of the watch ...
    moved: Mapping[str, bytes | None] = {}  # ... and which of them changed last; None: gone
    decided: Mapping[int, Decided] = {}  # by number, oldest first
    orders: Mapping[str, int] = {}  # id → number, oldest first
    told: str = ""  # digest and reason of the document that was refused last


def create(c: SQLiteCursor) -> None:
    for name in ("create", "create_decisions", "create_orders"):
        c.execute(SQL[name])


def load(c: SQLiteCursor) -> Memory:
    """Corrupt when a row is not as it was written."""
    c.execute(SQL["every"])
    values = {name: _sound(total, name, value) for name, value, total in c.fetchall()}
    c.execute(SQL["every_decision"])
    given = {n: _sound(total, n, value) for n, value, total in c.fetchall()}
    c.execute(SQL["every_order"])
    orders = {name: _sound(total, name, n) for name, n, total in c.fetchall()}
    try:
        return Memory(
            adopted=msgspec.json.decode(values.get("policy", b"{}"), type=Adopted),
            standing=_standing(values),
            watch={
                name.removeprefix(_WATCH): value
                for name, value in values.items()
                if name.startswith(_WATCH)
            },
            decided={n: _DECIDED.decode(value) for n, value in given.items()},
            orders=orders,
            told=values.get("told", b"").decode(),
        )
    except msgspec.MsgspecError as error:
        raise Corrupt(f"gate: what is remembered is of no form known here ({error})") from error


def _standing(values: Mapping[str, bytes]) -> Standing:
    fields: dict[str, dict[str, Any]] = {}
    for name, value in values.items():
        if name.startswith(_STANDING):
            field, _, key = name.removeprefix(_STANDING).partition("/")
            fields.setdefault(field, {})[key] = msgspec.json.decode(value)
    return msgspec.convert(fields, Standing)


def statements(before: Memory, after: Memory) -> list[Statement]:
    """What makes the rows of `before` those of `after`."""
    if after is before:
        return []
    puts: list[tuple[str, bytes]] = []
    drops: list[str] = []
    if after.adopted != before.adopted:
        puts.append(("policy", _encode(after.adopted)))
    if after.watch is not before.watch:
        for name, value in after.moved.items():
            if value is not None:
                puts.append((f"{_WATCH}{name}", value))
            elif name in before.watch:
                drops.append(f"{_WATCH}{name}")
    if after.told != before.told:
        puts.append(("told", after.told.encode()))
    if after.standing is not before.standing:
        _differences(before.standing, after.standing, puts, drops)
    made: list[Statement] = []
    if puts:
        made.append((SQL["upsert"], [(name, value, rowsum(name, value)) for name, value in puts]))
    if drops:
        made.append((SQL["delete"], [(name,) for name in drops]))
    if after.decided is not before.decided:
        last = max(before.decided, default=0)
        rows = [(n, _encode(one)) for n, one in after.decided.items() if n > last]
        made.append((SQL["insert_decision"], [(n, value, rowsum(n, value)) for n, value in rows]))
        made.append((SQL["forget_decisions"], [(min(after.decided, default=0) - 1,)]))
    if after.orders is not before.orders:
        fresh = [row for row in after.orders.items() if row[0] not in before.orders]
        made.append((SQL["insert_order"], [(*row, rowsum(*row)) for row in fresh]))
        made.append((SQL["forget_orders"], [(min(after.orders.values(), default=0) - 1,)]))
    return made


def row_is_sound(row: Sequence[object]) -> bool:
    """Whether a row of any of these tables, sum last, is as it was written."""
    return row[-1] == rowsum(*row[:-1])


def remember_order(orders: Mapping[str, int], id: str) -> dict[str, int]:
    kept = {**orders, id: max(orders.values(), default=0) + 1}
    while len(kept) > ORDERS:
        del kept[next(iter(kept))]
    return kept


def remember_decision(decided: Mapping[int, Decided], one: Decided) -> dict[int, Decided]:
    number = max(decided, default=0) + 1
    kept = {**decided, number: one}
    while len(kept) > DECISIONS:
        del kept[next(iter(kept))]
    return kept


def _differences(
    before: Standing, after: Standing, puts: list[tuple[str, bytes]], drops: list[str]
) -> None:
    for name in Standing.__struct_fields__:
        old: Mapping[str, Any] = getattr(before, name)
        new: Mapping[str, Any] = getattr(after, name)
        if new is old:
            continue
        for key, value in new.items():
            if old.get(key) is not value and old.get(key) != value:
                puts.append((f"{_STANDING}{name}/{key}", _encode(value)))
        if len(new) < len(old) or not old.keys() <= new.keys():
            drops += [f"{_STANDING}{name}/{key}" for key in old if key not in new]


def _sound(total: object, name: object, value: Any) -> Any:
    if total != rowsum(name, value):
        raise Corrupt("gate: a row is not as it was written")
    return value


_DECIDED = msgspec.json.Decoder(Decided)
