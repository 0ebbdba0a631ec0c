"""Figures that equal what they count, for this machine and for holders of a token."""

import re
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from core import codec
from core.errors import Unavailable
from core.events.device import HealthReported, Rejected
from core.events.door import Forced, HeldOpen, Opened
from core.events.journal import GapDeclared
from core.events.waste import Overflowed
from projections.failure import Failure
from projections.web.desk import Refusal
from tests.fix_hub import HubRig
from tests.unit.web.conftest import Caller, add_lines

AT = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


def scrape(caller: Caller) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    text = caller.get("/metrics", role=None).text
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def at(name: str, **labels: str) -> tuple[str, frozenset[tuple[str, str]]]:
    return name, frozenset(labels.items())


def test_figures(hub_rig: HubRig) -> None:
    lines = [
        Refusal(at="t", compound="c01", gateway="gw01", reason=reason)
        for reason in ("chain", "chain", "fork")
    ]
    hub_rig.desk = msgspec.structs.replace(hub_rig.desk, refusals=lambda: lines)
    caller = Caller(hub_rig)
    health = HealthReported(
        boot=1, backlog=3, received=50, recorded=40, duplicates=6, quarantined=4,
        backlog_urgent=1, backlog_bulk=2, oldest_urgent_s=1.5, open_gaps=8, damaged=1,
    )  # fmt: skip
    hub_rig.add(
        [
            hub_rig.event(health, "gateway/gw01"),
            hub_rig.event(Rejected(adapter="hikvision", reason="charset", count=4), "gateway/gw01"),
            hub_rig.event(GapDeclared(reason="disk", lane=2, count=40), "gateway/gw01"),
            hub_rig.event(Forced(), "door/1"),
            hub_rig.event(Forced(), "door/2"),
            hub_rig.event(HeldOpen(), "door/2"),
            hub_rig.event(Overflowed(), "bin/1"),
        ]
    )
    hub_rig.settle()
    hub_rig.add([hub_rig.event(Opened(), "door/3")])
    found = scrape(caller)
    gateway = {"compound": "c01", "gateway": "gw01"}
    expected = {
        at("menwei_log_head"): 2,
        at("menwei_view_position", view="safe_community"): 1,
        at("menwei_view_lag", view="waste_sorting"): 1,
        at("menwei_events_unread_total"): 0,
        at("menwei_gateway_live", **gateway): 1,
        at("menwei_gateway_backlog", **gateway): 3,
        at("menwei_gateway_backlog_urgent", **gateway): 1,
        at("menwei_gateway_backlog_bulk", **gateway): 2,
        at("menwei_gateway_oldest_urgent_s", **gateway): 1.5,
        at("menwei_gateway_open_gaps", **gateway): 8,
        at("menwei_gateway_damaged", **gateway): 1,
        at("menwei_gateway_lost", **gateway): 40,
        at("menwei_gateway_received_total", **gateway): 50,
        at("menwei_gateway_recorded_total", **gateway): 40,
        at("menwei_gateway_duplicates_total", **gateway): 6,
        at("menwei_gateway_quarantined_total", **gateway): 4,
        at(
            "menwei_gateway_rejected_total", **gateway, adapter="hikvision", reason="charset"
        ): 4,
        at("menwei_alarms_open", compound="c01", kind="door.forced", priority="1"): 2,
        at("menwei_alarms_open", compound="c01", kind="door.heldopen", priority="2"): 1,
        at("menwei_refusals", reason="chain"): 2,
        at("menwei_refusals", reason="fork"): 1,
    }  # fmt: skip
    assert {key: found.get(key) for key in expected} == expected
    waste = [labels for name, labels in found if name == "menwei_alarms_open"]
    assert len(waste) == 4, "the bin's alarm is counted, and none is counted twice"


def test_unread_events_are_counted(caller: Caller) -> None:
    line = (
        b'{"id":"a","source":"/c/c01/gw/gw01/dev/d","type":"odd.thing.v3","subject":"s",'
        b'"time":"2026-11-20T04:00:00Z","recordedtime":"2026-11-20T04:00:00Z","data":{}}'
    )
    add_lines(caller.rig, [line])
    caller.rig.settle()
    found = scrape(caller)
    assert found[at("menwei_events_unread_total")] == 1
    assert found[at("menwei_view_unread", view="safe_community", compound="c01")] == 1


def test_lag_is_told_in_batches_and_seconds(caller: Caller) -> None:
    rig = caller.rig
    rig.add([rig.event(Opened(), "door/1")])
    rig.settle()
    now = rig.clock.now()
    for _ in range(3):
        batches = rig.writer.batches([codec.encode(rig.event(Opened(), "door/1"))], now)
        rig.log.append([one.stored() for one in batches], now - timedelta(seconds=40))
        rig.writer.advance(batches)
    found = scrape(caller)
    assert found[at("menwei_view_lag", view="safe_community")] == 3
    assert 40 <= found[at("menwei_view_lag_seconds", view="safe_community")] < 60
    assert found[at("menwei_view_events_total", view="safe_community")] == 1
    rig.settle()
    found = scrape(caller)
    assert found[at("menwei_view_lag", view="safe_community")] == 0
    assert found[at("menwei_view_lag_seconds", view="safe_community")] == 0
    assert found[at("menwei_view_events_total", view="safe_community")] == 4


def test_a_view_that_stopped_and_a_database_that_is_away_are_told(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = caller.rig.runner
    found = scrape(caller)
    assert found[at("menwei_view_failed", view="safe_community")] == 0
    assert found[at("menwei_views_waiting")] == 0
    runner.failures = {
        "safe_community": Failure("safe_community", 7, 1, "x:1", "door.opened.v1", "KeyError")
    }
    runner.waiting = "nobody there"

    def away() -> int:
        raise Unavailable("nobody there")

    monkeypatch.setattr(caller.rig.log, "head", away)
    found = scrape(caller)
    assert found[at("menwei_view_failed", view="safe_community")] == 1
    assert found[at("menwei_view_failed", view="waste_sorting")] == 0
    assert found[at("menwei_views_waiting")] == 1
    assert at("menwei_view_lag", view="safe_community") not in found, "not known is not 0"


def test_requests_are_counted_by_route_not_by_path(caller: Caller) -> None:
    for number in range(3):
        caller.get(f"/api/v1/events/{number + 1}/0")
    caller.get("/api/v1/me", role=None)
    caller.get("/nowhere/at/all")
    caller.ask("BREW", "/api/v1/me")
    found = scrape(caller)

    def count(method: str, route: str, status: str) -> float | None:
        return found.get(
            at("menwei_http_requests_total", method=method, route=route, status=status)
        )

    assert count("GET", "/api/v1/events/{position}/{index}", "404") == 3
    assert count("GET", "/api/v1/me", "401") == 1
    assert count("GET", "other", "404") == 1
    assert count("other", "/api/v1/me", "405") == 1


@pytest.mark.parametrize("client", ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"])
def test_open_to_this_machine(caller: Caller, client: str) -> None:
    assert caller.get("/metrics", role=None, client=client).status_code == 200


@pytest.mark.parametrize("client", ["192.0.2.7", "::ffff:192.0.2.7", "2001:db8::1", "", "unix"])
def test_a_token_from_elsewhere(caller: Caller, client: str) -> None:
    refused = caller.get("/metrics", role=None, client=client)
    assert refused.status_code == 401
    assert "menwei_" not in refused.text
    assert "www-authenticate" in refused.headers
    bad = caller.get("/metrics", role=None, client=client, headers={"Authorization": "Bearer x"})
    assert bad.status_code == 401
    assert caller.get("/metrics", role="viewer", client=client).status_code == 200


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_what_a_proxy_on_this_machine_passes_on_is_not_this_machine(
    caller: Caller, header: str
) -> None:
    answer = caller.get("/metrics", role=None, headers={header: "127.0.0.1"})
    assert answer.status_code == 401


def test_a_hostile_label_stays_one_label(caller: Caller) -> None:
    evil = 'x"} 1\nmenwei_log_head 999\n# {a="\\'
    event = caller.rig.event(Rejected(adapter=evil, reason="r"), "gateway/gw01")
    caller.rig.add([event])
    caller.rig.settle()
    text = caller.get("/metrics", role=None).text
    assert re.findall(r"^menwei_log_head (.*)$", text, re.MULTILINE) == ["1.0"]
    labels = [dict(labels) for name, labels in scrape(caller) if name.endswith("rejected_total")]
    assert [one["adapter"] for one in labels] == [evil]
