"""A past view is the view that stood there; a present one says where it stands."""

import hashlib
import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from core.clock import rfc3339
from core.events.access import Denied, Granted
from core.events.door import Closed, Forced, Opened
from core.events.waste import Overflowed
from projections.failure import Failure
from projections.safe_community.view import SAFE_COMMUNITY
from projections.waste_sorting.view import WASTE_SORTING
from tests.fix_core import SEED
from tests.fix_hub import NOW, HubRig
from tests.unit.web.conftest import Caller, add_lines

VIEWS = ("safe_community", "waste_sorting")
KINDS = (Granted(subject_class="resident"), Denied(), Opened(), Closed(), Forced(), Overflowed())


class StoodClock:
    """Moves only when a test moves it."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


def add_some(rig: HubRig, chance: random.Random) -> int:
    kinds = [chance.choice(KINDS) for _ in range(chance.randint(1, 8))]
    return rig.add(
        [
            rig.event(
                kind,
                f"{'bin' if isinstance(kind, Overflowed) else 'door'}/{chance.randint(1, 3)}",
                at=NOW + timedelta(seconds=chance.randint(0, 9000)),
            )
            for kind in kinds
        ]
    )


def test_asof_is_what_the_view_was_at_every_position(caller: Caller) -> None:
    chance = random.Random(SEED)
    stood: dict[tuple[str, int], Any] = {}
    for _ in range(12):
        position = add_some(caller.rig, chance)
        caller.rig.settle()
        for view in VIEWS:
            stood[view, position] = caller.json(f"/api/v1/views/{view}/c01")
    assert len({body["hash"] for body in stood.values()}) > 12, "views must have changed"
    for (view, position), body in stood.items():
        assert body["position"] == position
        assert caller.json(f"/api/v1/views/{view}/c01?asof={position}") == body


def test_asof_a_time_is_what_was_received_by_then(hub_rig: HubRig) -> None:
    clock = StoodClock()
    hub_rig.clock = clock  # type: ignore[assignment]
    hub_rig.desk = msgspec.structs.replace(hub_rig.desk, clock=clock)
    caller = Caller(hub_rig)
    chance = random.Random(SEED)
    hashes = []
    for _ in range(4):
        add_some(hub_rig, chance)
        hub_rig.settle()
        hashes.append(caller.json("/api/v1/views/safe_community/c01")["hash"])
        clock.at += timedelta(minutes=10)
    first = datetime(2026, 11, 20, 5, 0, tzinfo=UTC)

    def at(text: str) -> Any:
        return caller.json("/api/v1/views/safe_community/c01", params={"asof": text})

    for number, expected in enumerate(hashes):
        moment = first + timedelta(minutes=10 * number)
        assert at(rfc3339(moment))["hash"] == expected
        late = (moment + timedelta(minutes=9)).astimezone(tz=None)
        assert at(late.isoformat())["position"] == number + 1
    before = at("2026-11-20T12:59:59+08:00")
    assert (before["position"], before["doors"], before["recorded"]) == (0, [], None)
    china = caller.json("/api/v1/views/safe_community/c01?asof=2026-11-20T13:05:00%2B08:00")
    assert (china["position"], china["recorded"]) == (1, "2026-11-20T05:00:00.000Z")
    # A plus sign that was not escaped arrives as a space; it is still understood.
    plain = caller.json("/api/v1/views/safe_community/c01?asof=2026-11-20T13:05:00+08:00")
    assert plain == china


def test_asof_zero_is_the_empty_view(caller: Caller) -> None:
    add_some(caller.rig, random.Random(SEED))
    caller.rig.settle()
    body = caller.json("/api/v1/views/waste_sorting/c01?asof=0")
    assert body["bins"] == body["alarms"] == []
    assert body["position"] == 0


def test_the_hash_can_be_made_again_by_anybody(caller: Caller) -> None:
    add_some(caller.rig, random.Random(SEED))
    caller.rig.settle()
    body = caller.json("/api/v1/views/safe_community/c01")
    told = body["hash"]
    for key in (
        "view", "compound", "version", "position", "recorded", "hash", "facts", "unread",
        "stopped",
    ):  # fmt: skip
        del body[key]
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(text.encode()).hexdigest() == told
    assert body["doors"], "the view's lists stand at top level"


@pytest.mark.parametrize(
    ("asof", "says"),
    [
        ("2", "not reached"),
        ("9" * 18, "not reached"),
        ("-1", "neither"),
        ("1.5", "neither"),
        ("１", "neither"),
        ("9" * 19, "neither"),
        ("yesterday", "neither"),
        ("2026-11-20", "neither"),
        ("2026-11-20T04:00:00", "neither"),
        ("2026-13-20T04:00:00Z", "neither"),
        ("2999-01-01T00:00:00Z", "future"),
        ("", "neither"),
        ("x" * 65, "asof"),
    ],
)
def test_bad_asof(caller: Caller, asof: str, says: str) -> None:
    caller.rig.add([caller.rig.event(Opened(), "door/1")])
    caller.rig.settle()
    answer = caller.get("/api/v1/views/safe_community/c01", params={"asof": asof})
    assert answer.status_code == 422
    assert says in answer.json()["detail"]


@pytest.mark.parametrize(
    "path", ["nosuch/c01", "safe_community/c02", "safe_community/..%2F..%2Fc01", "%00/c01"]
)
def test_unknown_view_or_compound(caller: Caller, path: str) -> None:
    caller.rig.add([caller.rig.event(Opened(), "door/1")])
    caller.rig.settle()
    for asked in (path, f"{path}?asof=1"):
        answer = caller.get(f"/api/v1/views/{asked}")
        assert answer.status_code == 404
        assert isinstance(answer.json()["detail"], str)


def test_a_compound_with_a_gateway_and_no_event_yet(caller: Caller) -> None:
    assert caller.json("/api/v1/views/safe_community/c01")["doors"] == []


def test_views_and_compounds(caller: Caller) -> None:
    caller.rig.add([caller.rig.event(Opened(), "door/1")])
    caller.rig.settle()
    assert caller.json("/api/v1/views") == {
        "views": [
            {"view": view.name, "version": view.version, "position": 1}
            for view in (SAFE_COMMUNITY, WASTE_SORTING)
        ]
    }
    assert caller.json("/api/v1/compounds") == {
        "compounds": [{"compound": "c01", "gateways": [{"gateway": "gw01", "live": True}]}]
    }


def test_what_is_missing_stands_beside_the_hash_and_not_in_it(caller: Caller) -> None:
    add_some(caller.rig, random.Random(SEED))
    caller.rig.settle()
    before = caller.json("/api/v1/views/safe_community/c01")
    assert (before["unread"], before["stopped"]) == (None, None)
    line = (
        b'{"id":"a","source":"/c/c01/gw/gw01/dev/d","type":"odd.thing.v3","subject":"s",'
        b'"time":"2026-11-20T04:00:00Z","recordedtime":"2026-11-20T04:00:00Z","data":{}}'
    )
    add_lines(caller.rig, [line, line])
    caller.rig.settle()
    stopped = Failure("safe_community", 9, 0, "x:1", "door.opened.v1", "KeyError in fold")
    caller.rig.runner.failures = {"safe_community": stopped}
    after = caller.json("/api/v1/views/safe_community/c01")
    assert after["unread"] == {"count": 2, "first": 2, "types": {"odd.thing.v3": 2}}
    assert after["stopped"] == msgspec.to_builtins(stopped)
    assert after["hash"] == before["hash"]
    past = caller.json("/api/v1/views/safe_community/c01?asof=1")
    assert past["unread"] is None, "nothing was missing then"
    other = caller.json("/api/v1/views/waste_sorting/c01")
    assert other["stopped"] is None
    assert other["unread"]["count"] == 2
