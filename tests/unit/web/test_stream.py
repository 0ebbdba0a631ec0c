"""The stream from the inside: where ids stand, when it speaks, when it ends."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import HTTPException

from core.event import Data
from core.events.door import Closed, Opened
from core.events.waste import Overflowed
from projections.web import stream
from projections.web.desk import Desk
from projections.web.selection import Wanted
from projections.web.stream import Streams, read_slice
from tests.fix_broker import PATIENCE
from tests.fix_hub import HubRig
from tests.unit.web.conftest import Caller

DOORS = Wanted(prefixes=("door.",), types=frozenset(["door."]))


def put(rig: HubRig, *kinds: Data) -> int:
    return rig.add([rig.event(kind, "thing/1") for kind in kinds])


def yes() -> bool:
    return True


def take(
    streams: Streams,
    count: int,
    *,
    wanted: Wanted = DOORS,
    after: int = 0,
    allowed: Callable[[], bool] = yes,
) -> list[bytes]:
    async def go() -> list[bytes]:
        found: list[bytes] = []
        async with asyncio.timeout(PATIENCE):
            async for chunk in streams.messages(wanted, after, allowed):
                found.append(chunk)
                if len(found) == count:
                    break
        return found

    return asyncio.run(go())


def test_the_id_stands_on_the_last_wanted_event_of_a_position(hub_rig: HubRig) -> None:
    put(hub_rig, Opened(), Closed(), Overflowed())
    put(hub_rig, Overflowed())
    put(hub_rig, Closed())
    part = read_slice(hub_rig.desk, DOORS, 0)
    assert (part.position, part.told, len(part.chunks)) == (3, 3, 2)
    first = part.chunks[0].decode().split("\n\n")
    assert [one.startswith("id: 1\n") for one in first] == [False, True, False]
    assert first[-1] == ""
    assert part.chunks[1].startswith(b"id: 3\ndata: {")


def test_a_message_is_one_line_of_the_json_of_events(caller: Caller) -> None:
    put(caller.rig, Opened(cause="line\nbreak\r\u2028 data: x\n\nid: 99"))
    (chunk,) = read_slice(caller.rig.desk, DOORS, 0).chunks
    identity, data, *rest = chunk.decode().split("\n")
    assert (identity, rest) == ("id: 1", ["", ""])
    assert "\r" not in data
    (event,) = caller.json("/api/v1/events")["events"]
    assert json.loads(data.removeprefix("data: ")) == event


def test_it_begins_with_a_place(hub_rig: HubRig) -> None:
    assert take(Streams(hub_rig.desk), 1, after=7) == [b"retry: 2000\nid: 7\n\n"]


def test_it_reads_on_from_a_position(hub_rig: HubRig) -> None:
    for _ in range(3):
        put(hub_rig, Opened())
    _, second, third = take(Streams(hub_rig.desk), 3, after=1)
    assert (second[:6], third[:6]) == (b"id: 2\n", b"id: 3\n")


def test_positions_that_held_nothing_still_move_the_id(
    hub_rig: HubRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "_ADVANCE", 0.01)
    for _ in range(5):
        put(hub_rig, Overflowed())
    assert take(Streams(hub_rig.desk), 2)[1] == b": keep-alive\nid: 5\n\n"


def test_a_slice_ends_where_it_is_told_to(hub_rig: HubRig) -> None:
    for _ in range(3):
        put(hub_rig, Opened())
    part = read_slice(hub_rig.desk, DOORS, 0, 2)
    assert (part.position, part.told, len(part.chunks)) == (2, 2, 2)


def test_it_tells_what_the_views_show_and_all_when_they_do_not_move(
    hub_rig: HubRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[int, int | None]] = []

    def read(desk: Desk, wanted: Wanted, after: int, upto: int | None) -> stream.Slice:
        asked.append((after, upto))
        return read_slice(desk, wanted, after, upto)

    monkeypatch.setattr(stream, "read_slice", read)
    for _ in range(3):
        put(hub_rig, Opened())
    hub_rig.desk.live.position = 2
    _, first, second, *rest = take(Streams(hub_rig.desk, keep_alive=0.01), 5)
    assert (first[:6], second[:6]) == (b"id: 1\n", b"id: 2\n")
    assert asked[:2] == [(0, 2), (2, None)]
    assert any(one.startswith(b"id: 3\n") for one in rest)


def test_it_speaks_when_nothing_happens(hub_rig: HubRig) -> None:
    quiet = Streams(hub_rig.desk, keep_alive=0.02)
    assert take(quiet, 3)[1:] == [b": keep-alive\nid: 0\n\n"] * 2


def test_keep_alive_is_often_enough() -> None:
    assert stream.KEEP_ALIVE <= 15


def test_it_ends_when_access_is_withdrawn(hub_rig: HubRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "_STILL_ALLOWED", 0.02)
    answers = iter([True, False])
    streams = Streams(hub_rig.desk, keep_alive=0.01)
    assert len(take(streams, 1000, allowed=lambda: next(answers))) < 1000


def test_it_ends_when_the_hub_stops(hub_rig: HubRig) -> None:
    streams = Streams(hub_rig.desk, keep_alive=10 * PATIENCE)  # it does not wait until it speaks

    async def go() -> None:
        asyncio.get_running_loop().call_later(0.02, streams.close)
        async with asyncio.timeout(PATIENCE):
            async for _ in streams.messages(DOORS, 0, yes):
                pass

    asyncio.run(go())
    with pytest.raises(HTTPException) as refused:
        streams.reserve()
    assert refused.value.status_code == 503


def test_only_so_many_at_once(caller: Caller) -> None:
    streams: Streams = caller.app.state.streams
    for _ in range(stream.MOST):
        streams.reserve()
    answer = caller.get("/api/v1/stream")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert streams.open == stream.MOST == 200
    streams.release()
    streams.close()
    assert caller.get("/api/v1/stream").status_code == 503


BAD: list[dict[str, Any]] = [
    {"headers": {"Last-Event-ID": value}}
    for value in ("2", "x", "-1", "1.0", "0x1", "9" * 30, "1\t2")
] + [{"params": {"after": value}} for value in ("2", "x", "-1", "9" * 18)]


@pytest.mark.parametrize("bad", BAD)
def test_a_place_that_is_none_is_a_400(caller: Caller, bad: dict[str, Any]) -> None:
    put(caller.rig, Opened())
    answer = caller.get("/api/v1/stream", **bad)
    assert answer.status_code == 400
    assert caller.app.state.streams.open == 0


@pytest.mark.parametrize("query", ["typ=a", "type=", "after=" + "1" * 33, "limit=5"])
def test_bad_parameters(caller: Caller, query: str) -> None:
    assert caller.get(f"/api/v1/stream?{query}").status_code == 422
