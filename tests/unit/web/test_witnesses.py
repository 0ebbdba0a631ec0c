"""Where the log's witnesses stand: for machines, and for who watches the figures."""

import msgspec

from projections.web.witnessing import Witnessing, WitnessStanding
from tests.fix_hub import HubRig
from tests.unit.web.conftest import Caller
from tests.unit.web.test_metrics import at, scrape

FOUND = Witnessing(
    published=9,
    witnessed=7,
    tail_s=12.5,
    witnesses=[
        WitnessStanding(name="city", url="http://w", state="following", size=9, at="t"),
        WitnessStanding(name="audit", url="http://a", state="away", detail="refused"),
    ],
)


def caller(rig: HubRig) -> Caller:
    rig.desk = msgspec.structs.replace(rig.desk, witnesses=lambda: FOUND)
    return Caller(rig)


def test_figures(hub_rig: HubRig) -> None:
    found = scrape(caller(hub_rig))
    expected = {
        at("menwei_tlog_witnessed"): 7,
        at("menwei_tlog_unwitnessed_seconds"): 12.5,
        at("menwei_witness_size", witness="city"): 9,
        at("menwei_witness_state", witness="city", state="following"): 1,
        at("menwei_witness_state", witness="city", state="away"): 0,
        at("menwei_witness_state", witness="audit", state="away"): 1,
    }
    assert {key: found[key] for key in expected} == expected


def test_no_figures_where_no_witness_is_asked(hub_rig: HubRig) -> None:
    assert not [name for name, _ in scrape(Caller(hub_rig)) if "witness" in name]


def test_for_machines(hub_rig: HubRig) -> None:
    told = caller(hub_rig).get("/api/v1/witnesses")
    assert told.status_code == 200
    assert told.json() == msgspec.to_builtins(FOUND)
    assert caller(hub_rig).get("/api/v1/witnesses", role=None).status_code == 401


def test_health(hub_rig: HubRig) -> None:
    assert Caller(hub_rig).get("/healthz").json()["witnessed"] is None
    assert caller(hub_rig).get("/healthz").json()["witnessed"] == 7


def test_for_machines_where_none_is_asked(hub_rig: HubRig) -> None:
    assert Caller(hub_rig).get("/api/v1/witnesses").json()["witnesses"] == []
