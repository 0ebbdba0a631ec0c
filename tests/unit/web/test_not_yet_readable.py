"""What a newer gateway sent is shown with its place and the reason, and hides nothing else."""

import pytest

from core.batch import Batch
from core.events.door import Opened
from tests.fix_core import START, Enrolled
from tests.fix_newer import STRANGE, in_payload, newer, strange_lines, written
from tests.unit.web.conftest import Caller, add_lines


def stored(caller: Caller, batch: Batch) -> int:
    (position,) = caller.rig.log.append([batch.stored()], START)
    return position


def strange(gateway: Enrolled) -> Batch:
    header = gateway.next_header(len(STRANGE))
    return written(gateway, in_payload(header, gateway.signer, strange_lines(), 0))


@pytest.fixture
def gateway() -> Enrolled:
    return Enrolled("gw-1", 1)


def test_every_line_is_listed_with_its_reason(caller: Caller, gateway: Enrolled) -> None:
    rig = caller.rig
    rig.add([rig.event(Opened(), "door/1")])
    position = stored(caller, strange(gateway))
    rig.add([rig.event(Opened(), "door/2")])
    rig.settle()
    events = caller.json("/api/v1/events?limit=100")["events"]
    mine = {one["index"]: one for one in events if one["position"] == position}
    assert sorted(mine) == list(range(len(STRANGE)))
    assert all(one["unread"] for one in mine.values())
    assert mine[0]["type"] == "lift.stopped.v9"
    assert mine[0]["data"] == {"f": 3}
    assert {one["subject"] for one in events} >= {"door/1", "door/2"}


@pytest.mark.parametrize("codec", [9, 255])
def test_a_codec_of_the_future_is_one_line(caller: Caller, gateway: Enrolled, codec: int) -> None:
    position = stored(caller, newer(gateway, codec))
    caller.rig.settle()
    (one,) = caller.json("/api/v1/events")["events"]
    assert (one["position"], one["index"], one["data"]) == (position, 0, None)
    assert f"codec {codec}" in one["unread"]
    found = caller.json(f"/api/v1/events/{position}/0")
    assert found["line"] is None
    assert found["batch"]["signed"] is True


@pytest.mark.parametrize("index", range(len(STRANGE)))
def test_each_can_be_proved(caller: Caller, gateway: Enrolled, index: int) -> None:
    position = stored(caller, strange(gateway))
    answer = caller.get(f"/api/v1/events/{position}/{index}")
    assert answer.status_code == 200
    assert answer.json()["batch"]["signed"] is True
    assert "/c/jinxiu/gw/gw-1/" in answer.json()["line"]


def test_the_view_counts_them(caller: Caller) -> None:
    caller.rig.add([caller.rig.event(Opened(), "door/1")])
    add_lines(caller.rig, [STRANGE["a type of its own"] % b"/c/c01/gw/gw01/dev/lift"])
    caller.rig.settle()
    for view in ("safe_community", "waste_sorting"):
        body = caller.json(f"/api/v1/views/{view}/c01")
        assert body["unread"] == {"count": 1, "first": 2, "types": {"lift.stopped.v9": 1}}
