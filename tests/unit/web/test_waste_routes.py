"""What the API tells of the district's waste, now and as it was known."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.events.waste import DepositRecorded, DepositViolated
from projections.waste_district.view import WASTE_DISTRICT
from projections.web import waste_asked
from tests.fix_core import FixedClock
from tests.fix_hub import HubRig
from tests.fix_register import entry
from tests.fix_waste_hub import FOOD, RESIDUAL, SINCE, WasteHub, at, opened
from tests.fix_waste_hub import waste_hub as waste_hub
from tests.unit.web.conftest import Caller

BASE = "/api/v1/waste"
OCTOBER = "from=2026-10-01&to=2026-10-31"


def told(hub: WasteHub) -> Caller:
    """Brought on the 5th, with 300 g less at the facility; a wrong bin too on the 6th; on the 7th
    the vehicle was seen, and left its bin."""
    hub.lift(5)
    hub.weigh(5, net_g=79_700)
    hub.lift(6)
    hub.lift(6, "08:05", bin="o1", net_g=30_000)
    hub.weigh(6, net_g=110_000)
    hub.lift(7, bin="o1")
    hub.weigh(7)
    hub.rig.settle()
    return Caller(hub.rig)


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    """Shared by who only reads."""
    with opened(tmp_path_factory.mktemp("hub")) as hub:
        yield told(hub)


@pytest.fixture
def fresh(waste_hub: WasteHub, impatient: None) -> Caller:
    return told(waste_hub)


def test_the_balance_adds_up_however_it_is_cut(caller: Caller) -> None:
    for by in ("trip", "day", "stream", "compound", "facility"):
        found = caller.json(f"{BASE}/balance?{OCTOBER}&by={by}")
        assert (found["by"], found["since"]) == (by, "2026-10-01")
        lines = found["lines"]
        for line in (*lines, found["total"]):
            gaps = sum(one["grams"] for one in line["gaps"])
            assert line["liftedG"] == line["receivedG"] + gaps
        assert sum(one["liftedG"] for one in lines) == found["total"]["liftedG"] == 270_000
        assert sum(one["receivedG"] for one in lines) == 79_700 + 110_000 + 80_000
    assert {one["key"] for one in found["lines"]} == {"f01"}


def test_ledgers_are_the_lifted_side_of_the_balance(caller: Caller) -> None:
    lifted = caller.json(f"{BASE}/balance?{OCTOBER}")["total"]["liftedG"]
    assert caller.json(f"{BASE}/ledger/c01/2026-10")["quantityG"] == lifted


def test_the_balance_of_a_part(caller: Caller) -> None:
    food = caller.json(f"{BASE}/balance?{OCTOBER}&category=food")
    assert food["total"]["liftedG"] == 160_000
    assert caller.json(f"{BASE}/balance?{OCTOBER}&compound=c09")["total"]["liftedG"] == 0


def test_findings_name_kind_and_events_and_can_be_chosen(caller: Caller) -> None:
    found = caller.json(f"{BASE}/findings?{OCTOBER}")
    assert found["kinds"]["wrong-stream"] == 2
    assert len(found["findings"]) == sum(found["kinds"].values())
    assert found["complete"] is True
    wrong = caller.json(f"{BASE}/findings?{OCTOBER}&kind=wrong-stream")
    assert wrong["kinds"] == found["kinds"]
    assert [one["day"] for one in wrong["findings"]] == ["2026-10-07", "2026-10-06"]
    assert all(one["events"] for one in wrong["findings"])
    assert caller.json(f"{BASE}/findings?{OCTOBER}&compound=c09")["findings"] == []
    newest = caller.json(f"{BASE}/findings?{OCTOBER}&kind=wrong-stream&limit=1")
    assert (newest["findings"], newest["complete"]) == (wrong["findings"][:1], False)


def test_a_day_s_routes_and_what_they_missed(caller: Caller) -> None:
    done = caller.json(f"{BASE}/routes?day=2026-10-05")
    assert [(one["route"], one["lifted"], one["state"]) for one in done["routes"]] == [
        ("r001-am", 1, "done")
    ]
    assert done["missed"] == []
    (missed,) = caller.json(f"{BASE}/routes?day=2026-10-07")["missed"]
    assert (missed["bin"], missed["route"], missed["dispatched"]) == (FOOD, "r001-am", "")


def test_without_a_day_it_is_today(caller: Caller) -> None:
    assert caller.json(f"{BASE}/routes")["day"] == "2026-11-20"


def test_a_trip_tells_its_lifts_and_every_word_about_its_ticket(caller: Caller) -> None:
    found = caller.json(f"{BASE}/trips/v001/2026-10-06/1")
    assert [one["bin"] for one in found["lifts"]] == [FOOD, RESIDUAL]
    assert [one["what"] for one in found["ticket"]["words"]] == ["weighed", "accepted"]
    assert found["trip"]["wrongG"] == 30_000


def test_a_bin_tells_what_it_carried_and_when_it_was_lifted(caller: Caller) -> None:
    found = caller.json(f"{BASE}/bins/{FOOD}")
    assert found["now"]["category"] == "food"
    assert [one["uid"] for one in found["tags"]] == ["E2000001"]
    assert found["routes"] == ["r001-am"]


def test_the_league_has_every_compound(caller: Caller) -> None:
    (one,) = caller.json(f"{BASE}/league?{OCTOBER}")["compounds"]
    assert (one["compound"], one["name"]) == ("c01", "锦绣园")
    assert one["collectedG"] == {"food": 160_000, "residual": 110_000}


def test_a_compounds_quality_is_what_the_league_says(fresh: Caller, waste_hub: WasteHub) -> None:
    tell_of_points(waste_hub)
    found = fresh.json(f"{BASE}/quality/c01?{OCTOBER}")
    (one,) = fresh.json(f"{BASE}/league?{OCTOBER}")["compounds"]
    assert (found["compound"]["score"], found["compound"]["causes"]) == (
        one["score"], one["causes"],
    )  # fmt: skip
    assert (found["name"], found["street"]) == (one["name"], one["street"])
    assert [cause["what"] for cause in one["causes"]] == ["mixed", "uninspected"]
    (point,) = found["points"]
    assert (point["name"], found["places"], point["deposits"]) == ("p1", {"p1": "东门"}, 1)
    assert [cause["what"] for cause in point["causes"]] == ["mixed", "uninspected"]
    assert {one["result"] for one in found["criteria"]} == {"met", "not-met", "no-data"}


def test_quality_is_of_one_position_now_and_then(fresh: Caller, waste_hub: WasteHub) -> None:
    path = f"{BASE}/quality/c01?{OCTOBER}"
    then, before = fresh.rig.log.head(), fresh.json(path)
    assert before["compound"]["causes"][0]["what"] == "uninspected"
    tell_of_points(waste_hub)
    assert fresh.json(path)["compound"]["score"] < before["compound"]["score"]
    assert fresh.json(f"{path}&asof={then}") == before


def test_a_view_that_stands_elsewhere_is_asked_for_the_others_position(
    fresh: Caller, waste_hub: WasteHub
) -> None:
    then = fresh.rig.log.head()
    tell_of_points(waste_hub)
    runner = waste_hub.rig.desk.runner
    assert not waste_asked.own(runner, "c01", then).get("deeds")
    assert waste_asked.own(runner, "c01", fresh.rig.log.head())["deeds"]


def test_a_hub_without_a_compounds_view_says_so(tmp_path: Path) -> None:
    rig = HubRig(tmp_path, (WASTE_DISTRICT,))
    answer = Caller(rig).ask("GET", f"{BASE}/quality/c01?{OCTOBER}")
    assert (answer.status_code, "no view of a compound's waste" in answer.text) == (404, True)
    rig.close()


def tell_of_points(hub: WasteHub) -> None:
    """A deposit and a mixed one, of the compound's own gateway."""
    deposit = DepositRecorded(category="food", net_g=800)
    for data in (deposit, DepositViolated(kind="mixed")):
        hub.rig.add([hub.rig.event(data, "point/p1", at=at(8, "09:00"))])
    hub.rig.settle()


def test_everything_can_be_asked_as_it_was_known(fresh: Caller, waste_hub: WasteHub) -> None:
    then = fresh.rig.log.head()
    waste_hub.correct(5, net_g=80_000)
    waste_hub.rig.settle()
    path = f"{BASE}/balance?{OCTOBER}&by=trip"
    now, before = fresh.json(path), fresh.json(f"{path}&asof={then}")
    assert (before["position"], now["position"]) == (then, fresh.rig.log.head())
    assert now["total"]["receivedG"] - before["total"]["receivedG"] == 300
    words = fresh.json(f"{BASE}/trips/v001/2026-10-05/1")["ticket"]["words"]
    assert words[-1]["reason"] == "抄录错误"
    for path in (
        f"findings?{OCTOBER}",
        "routes?day=2026-10-05",
        f"league?{OCTOBER}",
        f"quality/c01?{OCTOBER}",
        "trips/v001/2026-10-05/1?n=1",
        f"bins/{FOOD}?n=1",
        "fiware/WasteContainer?compound=c01",
    ):
        answer = fresh.ask("GET", f"{BASE}/{path}&asof={then}")
        assert answer.status_code == 200, (path, answer.text)


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("balance?from=2025-01-01&to=2026-10-31", 400, "669 days are more than the 400"),
        ("balance?from=2026-10-02&to=2026-10-01", 422, "from is after to"),
        ("balance?from=2026-10-32&to=2026-11-01", 422, "from is not a day such as"),
        ("balance?from=2026-10-01&to=20261002", 422, "to is not a day such as"),
        ("balance?to=2026-10-01", 422, "from"),
        (f"balance?{OCTOBER}&by=week", 422, "by"),
        (f"balance?{OCTOBER}&category=paper", 422, "category"),
        (f"findings?{OCTOBER}&limit=0", 422, "limit"),
        ("balance?from=0001-01-01&to=0001-01-02", 422, "from is not a day such as"),
        ("league?from=9999-12-31&to=9999-12-31", 422, "from is not a day such as"),
        ("routes?day=today", 422, "day is not a day"),
        ("league?from=2024-01-01&to=2026-01-01", 400, "ask for them in parts"),
        ("quality/c01?from=2024-01-01&to=2026-01-01", 400, "ask for them in parts"),
        (f"quality/c09?{OCTOBER}", 404, "never had a compound c09"),
        (f"quality/c01?{OCTOBER}&asof=999999", 422, "has not reached"),
        ("trips/v001/2026-10-05/2", 404, "made no trip 2 on 2026-10-05"),
        ("trips/v001/x/1", 422, "day is not a day"),
        ("bins/c01/none", 404, "never had a bin c01/none"),
        (f"balance?{OCTOBER}&asof=999999", 422, "has not reached"),
        ("fiware/WasteObserved?from=2026-10-01&to=2026-10-31", 400, "more than the 7"),
        ("fiware/WasteObserved", 422, "from is not a day"),
        ("fiware/WasteContainer?asof=1", 422, "ask for the bins of one compound"),
        ("fiware/WasteContainerIsle", 422, "model"),
    ],
)
def test_what_can_not_be_answered_is_said(
    caller: Caller, path: str, status: int, says: str
) -> None:
    answer = caller.ask("GET", f"{BASE}/{path}")
    assert (answer.status_code, says in answer.json()["detail"]) == (status, True), answer.text


@pytest.mark.parametrize(
    "path",
    [
        f"balance?{OCTOBER}", f"findings?{OCTOBER}", "routes", f"league?{OCTOBER}",
        "trips/v001/2026-10-05/1", "bins/c01/f1", "fiware/WasteContainer",
        f"quality/c01?{OCTOBER}",
    ],
)  # fmt: skip
def test_nobody_reads_without_an_account(caller: Caller, path: str) -> None:
    assert caller.ask("GET", f"{BASE}/{path}", role=None).status_code == 401


# --- FIWARE ---------------------------------------------------------------------------------------


def test_bins_as_a_broker_takes_them_a_page_at_a_time(caller: Caller) -> None:
    answer = caller.ask("GET", f"{BASE}/fiware/WasteContainer?limit=1&offset=1")
    assert answer.headers["Content-Type"] == "application/ld+json"
    assert answer.headers["NGSILD-Results-Count"] == "2"
    (one,) = answer.json()
    assert one["id"] == "urn:ngsi-ld:WasteContainer:c01:o1"
    assert one["storedWasteKind"] == {"type": "Property", "value": "other"}
    short = caller.ask("GET", f"{BASE}/fiware/WasteContainer?options=keyValues").json()
    assert [found["storedWasteKind"] for found in short] == ["organic", "other"]
    assert caller.ask("GET", f"{BASE}/fiware/WasteContainer?compound=c09").json() == []


def test_a_hub_without_levels_has_lifts_only(tmp_path: Path) -> None:
    rig = HubRig(tmp_path, [WASTE_DISTRICT])
    for query, status in (
        ("WasteContainer", 404),
        ("WasteObserved?from=2026-10-05&to=2026-10-06", 200),
    ):
        answer = Caller(rig).get(f"{BASE}/fiware/{query}")
        assert answer.status_code == status, answer.text
    rig.close()


def test_lifts_as_a_broker_takes_them(caller: Caller) -> None:
    days = "from=2026-10-05&to=2026-10-06"
    found = caller.ask("GET", f"{BASE}/fiware/WasteObserved?{days}&options=keyValues").json()
    assert [one["weight"] for one in found] == [80.0, 80.0, 30.0]
    assert len({one["id"] for one in found}) == 3
    second = caller.ask("GET", f"{BASE}/fiware/WasteObserved?{days}&limit=1&offset=1").json()
    assert second[0]["id"] == found[1]["id"]
    weight = second[0]["weight"]
    assert weight.pop("observedAt") == found[1]["dateObserved"]
    assert weight == {"type": "Property", "value": 80.0, "unitCode": "KGM"}
    none = caller.ask("GET", f"{BASE}/fiware/WasteObserved?{days}&compound=c09").json()
    assert none == []


def test_the_document_tells_of_every_parameter_and_every_answer(caller: Caller) -> None:
    paths = caller.json("/api/openapi.json")["paths"]
    told = {f"{verb} {path}": one for path in paths for verb, one in paths[path].items()}
    ours = {name: one for name, one in told.items() if f" {BASE}/" in name}
    assert len(ours) == 13
    for name, one in ours.items():
        assert one["description"], name
        assert {"401", "403", "404", "422", "503"} <= one["responses"].keys(), name
        for parameter in one.get("parameters", ()):
            assert parameter.get("description"), f"{name}: {parameter['name']}"
    assert {"200", "201"} <= ours[f"post {BASE}/catchup"]["responses"].keys()


# --- who is sent ----------------------------------------------------------------------------------

SEND: dict[str, Any] = {
    "route": "r001-am", "day": "2026-10-07", "vehicle": "v001", "bins": [FOOD], "note": "李四去",
}  # fmt: skip


def sent(caller: Caller, **other: Any) -> Any:
    answer = caller.post(f"{BASE}/catchup", role="guard", json={**SEND, **other})
    assert answer.status_code in (200, 201), answer.text
    return answer


def events(caller: Caller) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = caller.json("/api/v1/events?type=waste.catchup.dispatched.v1")[
        "events"
    ]
    return found


def test_a_vehicle_is_sent_once_however_often_it_is_asked_for(fresh: Caller) -> None:
    first = sent(fresh)
    assert (first.status_code, first.json()["new"]) == (201, True)
    for _ in range(2):  # before and after the view has read it
        again = sent(fresh)
        assert (again.status_code, again.json()["new"]) == (200, False)
        assert again.json()["at"] == first.json()["at"]
        fresh.rig.settle()
    (event,) = events(fresh)
    assert event["subject"] == "route/r001-am"
    assert event["data"]["bins"] == [FOOD]
    assert "李四" not in str(event)
    (missed,) = fresh.json(f"{BASE}/routes?day=2026-10-07")["missed"]
    assert missed["dispatched"] == "v001"


@pytest.mark.parametrize("read", [True, False])
def test_who_was_called_off_can_be_sent_again(
    waste_hub: WasteHub, fresh: Caller, read: bool
) -> None:
    """The first vehicle, another one instead, and then the first after all."""
    clock = waste_hub.rig.desk.clock
    assert isinstance(clock, FixedClock)
    second = entry("vehicle/v002", SINCE, carrier="k1", categories=["food"])
    waste_hub.enter(second)
    for vehicle in ("v001", "v002", "v001"):
        assert sent(fresh, vehicle=vehicle).status_code == 201
        clock.move(timedelta(minutes=1))
        if read:
            fresh.rig.settle()
    fresh.rig.settle()
    assert [one["data"]["vehicle"] for one in events(fresh)] == ["v001", "v002", "v001"]
    assert len({one["id"] for one in events(fresh)}) == 3, "each is an event of its own"
    (missed,) = fresh.json(f"{BASE}/routes?day=2026-10-07")["missed"]
    assert missed["dispatched"] == "v001"
    assert sent(fresh, vehicle="v001").status_code == 200


@pytest.mark.parametrize(
    ("other", "status", "says"),
    [
        ({"vehicle": "v009"}, 404, "no vehicle v009"),
        ({"route": "r009"}, 404, "No route r009 is driven on 2026-10-07"),
        ({"bins": [RESIDUAL]}, 422, "c01/o1: not planned on r001-am"),
        ({"day": "2026-10-05"}, 409, "c01/f1: lifted on 2026-10-05"),
        ({"day": "2027-01-01"}, 409, "2027-01-01 is still to come"),
        ({"bins": []}, 422, "bins"),
        ({"day": "2026-10-99"}, 422, "day is not a day"),
        ({"note": "a\u202eb"}, 422, "control characters"),
        ({"who": "x"}, 422, "who: is not known here"),
    ],
)
def test_who_can_not_be_sent_is_said(
    caller: Caller, other: dict[str, Any], status: int, says: str
) -> None:
    answer = caller.post(f"{BASE}/catchup", role="guard", json={**SEND, **other})
    assert (answer.status_code, says in answer.json()["detail"]) == (status, True), answer.text
    assert events(caller) == []


@pytest.mark.parametrize("role", ["viewer", "auditor"])
def test_who_may_look_only_sends_nobody(caller: Caller, role: Any) -> None:
    assert caller.post(f"{BASE}/catchup", role=role, json=SEND).status_code == 403
    assert events(caller) == []
