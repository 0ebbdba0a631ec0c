"""Recorded events → rows: instants, columns and the rest."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest

from core import weighing
from core.catalog import CATALOG
from core.clock import rfc3339
from core.codec import Unread
from core.event import Data, Recorded, Sealed
from core.events import access, camera, waste
from core.moment import millis
from projections.history import rows as rows_module
from projections.history.columns import NAMES, Shape
from projections.history.rows import CHUNK, Row, Rows, text
from tests.fix_history import FACTS
from tests.fix_views import NOON, Said

SAID = Said()


def recorded(data: Data, subject: str = "door/1", position: int = 7, **how: Any) -> Recorded:
    return SAID.stands(SAID.event(data, subject, **how), position)


def row_of(item: Recorded) -> Row:
    (row,) = Rows().of([item])
    return row


@pytest.mark.parametrize(
    "at",
    [
        NOON,
        NOON + timedelta(milliseconds=999),
        datetime(2026, 12, 31, 23, 59, 59, 1000, tzinfo=UTC),
        datetime(2026, 3, 1, 7, 30, 29, 500_000, tzinfo=timezone(timedelta(hours=5, minutes=45))),
    ],
)
def test_time_is_the_moment_in_microseconds(at: datetime) -> None:
    row = row_of(recorded(access.Granted(), at=at))
    assert row[1] == millis(rfc3339(at)) * 1000


def test_every_second_and_millisecond_of_a_minute_is_exact() -> None:
    items = [
        recorded(access.Granted(), at=NOON + timedelta(milliseconds=step))
        for step in range(0, 60_000, 7)
    ]
    start = millis(rfc3339(NOON)) * 1000
    assert [row[1] - start for row in Rows().of(items)] == [
        step * 1000 for step in range(0, 60_000, 7)
    ]


@pytest.mark.parametrize("name", sorted(CATALOG.types))
def test_every_type_has_a_shape_whose_columns_stand_side_by_side(name: str) -> None:
    cls = CATALOG.types[name]
    shape = Shape(cls)
    own = {field.name for field in msgspec.structs.fields(cls)}
    if name == "waste.bin.collected.v1":
        own -= {"lat", "lon"}  # not beside the weight's column: they stay JSON
    assert {*NAMES[shape.first : shape.first + shape.width]} == own & set(NAMES)


@pytest.mark.parametrize("data", [data for data, _ in FACTS], ids=lambda data: type(data).__name__)
def test_columns_and_rest_hold_all_of_the_data_once(data: Data) -> None:
    thing, _, _, _, values, rest = row_of(recorded(data))
    shape = thing.shape
    columns = dict(
        zip(NAMES[shape.first : shape.first + shape.width], values or shape.bare, strict=True)
    )
    kept = {name: value for name, value in columns.items() if value is not None}
    snake = {field.encode_name: field.name for field in msgspec.structs.fields(type(data))}
    others = {snake[name]: value for name, value in msgspec.json.decode(rest).items()}
    assert not kept.keys() & others.keys()
    plain = msgspec.json.decode(msgspec.json.encode(data))
    told = {snake[name]: value for name, value in plain.items()}
    if isinstance(data, waste.DepositRecorded | waste.BinCollected | waste.LoadWeighed):
        told["net_g"] = weighing.net(data.net_g, data.gross_g, data.tare_g)
        told = {name: value for name, value in told.items() if value is not None}
    assert {**others, **kept} == told


def test_the_sealed_part_stays_in_the_log() -> None:
    sealed = Sealed(kid="s:1:access:2026-11", ct="secret")
    for data in (
        access.Granted(pii=sealed, direction="in"),
        access.Granted(pii=sealed, direction="in", confidence=0.5),
    ):
        assert row_of(recorded(data))[5] == b'{"direction":"in"}'


def test_one_thing_for_all_events_that_are_alike_in_who_and_what() -> None:
    rows = Rows()
    first, second, other = rows.of(
        [
            recorded(access.Granted()),
            recorded(access.Granted(direction="out")),
            recorded(access.Granted(), origin="replay"),
        ]
    )
    assert first[0] is second[0]
    assert other[0] is not first[0]
    assert (other[0].origin, other[0].compound, other[0].device) == ("replay", "c01", "1")


def test_things_met_are_forgotten_when_they_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows_module, "_THINGS", 10)
    rows = Rows()
    for step in range(50):
        at = NOON + timedelta(minutes=step)
        (row,) = rows.of([recorded(access.Granted(), f"door/{step}", at=at)])
        assert row[1] == millis(rfc3339(at)) * 1000
    assert len(rows._things) <= 11


def test_a_page_comes_in_chunks_and_what_is_unread_beside_it() -> None:
    items: list[Recorded | Unread] = [
        recorded(access.Granted(), position=step) for step in range(CHUNK + 3)
    ]
    unknown = Unread("x.v9", CHUNK + 1, 0, "new")
    items.insert(CHUNK + 1, unknown)
    unread: list[Unread] = []
    chunks = list(Rows().chunks(items, unread))
    assert [len(chunk) for chunk in chunks] == [CHUNK, 3]
    assert unread == [unknown]


def test_net_weight_is_told_or_gross_without_tare() -> None:
    def net(**grams: Any) -> object:
        return row_of(recorded(waste.DepositRecorded(category="food", **grams)))[4][1]

    assert [net(net_g=5, gross_g=9, tare_g=1), net(gross_g=9, tare_g=1)] == [5, 8]
    assert [net(gross_g=1, tare_g=9), net(gross_g=9), net()] == [None, None, None]


def test_a_number_no_column_holds_is_left_out() -> None:
    *_, values, rest = row_of(recorded(camera.CrowdCounted(count=2**63, zone="yard")))
    assert (values, rest) == ((None, None), b'{"zone":"yard"}')
    assert row_of(recorded(camera.CrowdCounted(count=2**63 - 1)))[4] == (None, 2**63 - 1)


def test_texts_are_cut_so_that_an_index_holds_them_and_stay_different() -> None:
    long = "长" * 300
    assert text("door/1") == "door/1"
    assert text("a\0b") == "a\ufffdb"
    assert len(text(long).encode()) < 1000
    assert text(long) != text(long + "x")
    assert text(long) == text(long)
