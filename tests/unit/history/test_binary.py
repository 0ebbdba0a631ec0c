"""Binary COPY as a reader of its documentation takes it apart again."""

import struct
from typing import Any

import msgspec
import pytest

from core.events import access, camera, vehicle, waste
from projections.history.binary import COPIED, SIGNATURE, TRAILER, block
from projections.history.columns import COLUMNS
from projections.history.rows import Rows
from projections.history.sink import Keep
from tests.fix_views import NOON, Said

_FIXED = {"time": ">q", "position": ">q", "idx": ">i", "rest": "rest"}
_FORMS = {"bigint": ">q", "integer": ">i", "double": ">d", "text": "text"}


def taken_apart(data: bytes) -> list[dict[str, Any]]:
    found, at = [], 0
    while at < len(data):
        (fields,) = struct.unpack_from(">h", data, at)
        at += 2
        assert fields == len(COPIED)
        row: dict[str, Any] = {}
        for name in COPIED:
            (size,) = struct.unpack_from(">i", data, at)
            at += 4
            row[name] = None if size < 0 else _value(name, data[at : at + size])
            at += max(size, 0)
        found.append(row)
    return found


def _value(name: str, data: bytes) -> object:
    form = _FIXED.get(name) or (_FORMS[COLUMNS[name]] if name in COLUMNS else "text")
    if form == "text":
        return data.decode()
    if form == "rest":
        assert data[0] == 1
        return msgspec.json.decode(data[1:])
    return struct.unpack(form, data)[0]


def test_every_field_comes_out_as_it_went_in() -> None:
    said = Said()
    items = [
        said.stands(said.event(data, subject), position)
        for position, (data, subject) in enumerate(
            [
                (access.Granted(direction="in"), "门/一"),
                (waste.LevelMeasured(distance_mm=863, battery_pct=92.5), "bin/1"),
                (waste.DepositRecorded(category="food", net_g=700), "point/1"),
                (vehicle.Positioned(lat=-30.25, lon=120.1), "vehicle/1"),
                (camera.CrowdCounted(count=5), "camera/1"),
            ],
            start=2**40,
        )
    ]
    rows = taken_apart(block(Rows().of(items)))
    told = [{name: one for name, one in row.items() if one is not None} for row in rows]
    own = {"compound": "c01", "gateway": "gw01", "origin": "live", "idx": 0,
           "time": round(NOON.timestamp() * 1_000_000) - 946_684_800_000_000}  # fmt: skip
    assert told == [
        {**own, "position": 2**40, "type": "access.granted.v1", "subject": "门/一", "device": "一",
         "rest": {"direction": "in"}},
        {**own, "position": 2**40 + 1, "type": "waste.bin.level.measured.v1", "subject": "bin/1",
         "device": "1", "rest": {}, "distance_mm": 863, "battery_pct": 92.5},
        {**own, "position": 2**40 + 2, "type": "waste.deposit.recorded.v1", "subject": "point/1",
         "device": "1", "rest": {}, "category": "food", "net_g": 700},
        {**own, "position": 2**40 + 3, "type": "vehicle.positioned.v1", "subject": "vehicle/1",
         "device": "1", "rest": {}, "lat": -30.25, "lon": 120.1},
        {**own, "position": 2**40 + 4, "type": "camera.crowd.counted.v1", "subject": "camera/1",
         "device": "1", "rest": {}, "count": 5},
    ]  # fmt: skip
    assert (len(SIGNATURE), TRAILER) == (19, b"\xff\xff")


@pytest.mark.parametrize(
    "how",
    [{"rows_days": 6}, {"rows_days": 30, "rollup_days": 29}, {"compress_after_days": 0}],
)
def test_a_keep_that_cannot_be_is_refused(how: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"kept for 7 days|must be 1"):
        Keep(**how)
