"""The register by the API: published by administrators only, all or nothing, and once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.errors import DiskFull
from infra.hub.views import VIEWS
from tests.fix_hub import HubRig
from tests.unit.web.conftest import Caller

PATH = "/api/v1/waste/register"
SINCE = "2026-10-01T00:00:00+08:00"
ENTRIES: list[dict[str, Any]] = [
    {"kind": "compound", "name": "c01", "title": "锦绣", "validFrom": SINCE},
    {"kind": "point", "name": "p1", "compound": "c01", "lat": 22.5, "lon": 114.0,
     "validFrom": SINCE},
    {"kind": "bin", "name": "b1", "compound": "c01", "point": "p1", "category": "food",
     "uidHex": "AABBCC", "tech": "uhf", "validFrom": SINCE},
    {"kind": "tag", "bin": "c01/b1", "uidHex": "DDEEFF", "tech": "qr", "validFrom": SINCE},
    {"kind": "vehicle", "name": "v1", "categories": ["food"], "validFrom": SINCE},
    {"kind": "route", "name": "r1", "vehicle": "v1", "bins": ["c01/b1"], "validFrom": SINCE},
]  # fmt: skip


@pytest.fixture
def caller(tmp_path: Path) -> Iterator[Caller]:
    rig = HubRig(tmp_path, VIEWS)
    yield Caller(rig)
    rig.close()


def listed(caller: Caller, kind: str, more: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = caller.json(f"{PATH}?kind={kind}{more}")["entries"]
    return found


def publish(caller: Caller, entries: list[dict[str, Any]]) -> dict[str, int]:
    answer = caller.post(PATH, role="admin", json={"entries": entries})
    assert answer.status_code == 201, answer.text
    made: dict[str, int] = answer.json()
    return made


def test_what_is_published_is_listed_as_it_was_said(caller: Caller) -> None:
    made = publish(caller, ENTRIES)
    assert (made["stored"], made["known"]) == (6, 0)
    caller.rig.settle()
    for entry in ENTRIES:
        (found,) = listed(caller, entry["kind"])
        assert {key: found[key] for key in entry} == entry
    assert listed(caller, "bin", "&at=2026-09-30T00:00:00Z") == []
    assert listed(caller, "facility") == []


def test_it_is_on_record_who_did_it_and_where(caller: Caller) -> None:
    publish(caller, ENTRIES)
    events = caller.json("/api/v1/events?limit=20")["events"]
    assert len(events) == 6
    assert all(one["data"]["actor"].startswith("token:") for one in events)
    sources = {one["subject"]: one["source"] for one in events}
    assert sources["bin/b1"] == "/c/c01/gw/hub/dev/console"
    assert sources["route/r1"] == "/c/district/gw/hub/dev/console"


def test_after_a_restart_nothing_is_stored_twice(caller: Caller) -> None:
    publish(caller, ENTRIES)
    head = caller.rig.log.head()
    later = Caller(caller.rig)  # another process, whose view has not read it yet
    answer = later.post(PATH, role="admin", json={"entries": ENTRIES})
    assert answer.status_code == 503
    assert "try again in a moment" in answer.json()["detail"]
    caller.rig.settle()
    assert publish(later, ENTRIES)["known"] == 6
    assert caller.rig.log.head() == head


def test_the_same_again_is_stored_once(caller: Caller) -> None:
    publish(caller, ENTRIES)
    head = caller.rig.log.head()
    assert publish(caller, ENTRIES) == {"stored": 0, "known": 6, "position": 0}  # not read yet
    caller.rig.settle()
    assert publish(caller, ENTRIES)["stored"] == 0  # read
    later = Caller(caller.rig)  # another process
    assert publish(later, [*ENTRIES, ENTRIES[0]])["known"] == 7
    assert caller.rig.log.head() == head
    other = {**ENTRIES[4], "reason": "new paint"}
    assert publish(caller, [other, other]) == {"stored": 1, "known": 1, "position": head + 1}


def test_one_mistake_and_nothing_is_stored(caller: Caller) -> None:
    wrong = {**ENTRIES[2], "category": "wet", "tareG": -1}
    bare = {"kind": "scrap", "bin": "b1", "validFrom": SINCE}
    answer = caller.post(PATH, role="admin", json={"entries": [ENTRIES[0], wrong, bare]})
    assert answer.status_code == 422
    said = answer.json()
    assert said["detail"] == "The register has 3 mistakes."
    assert [one.partition(":")[0] for one in said["errors"]] == [
        "entries[1].category",
        "entries[1].tareG",
        "entries[2]",
    ]
    assert caller.rig.log.head() == 0


@pytest.mark.parametrize("role", ["viewer", "guard", "auditor"])
def test_nobody_else_publishes(caller: Caller, role: Any) -> None:
    assert caller.post(PATH, role=role, json={"entries": ENTRIES}).status_code == 403
    assert caller.post(PATH, role=None, json={"entries": ENTRIES}).status_code == 401
    assert caller.rig.log.head() == 0


def test_what_was_known_then(caller: Caller) -> None:
    first = publish(caller, ENTRIES)["position"]
    publish(
        caller, [{**ENTRIES[2], "category": "residual", "validFrom": "2026-10-01T01:00:00+08:00"}]
    )
    caller.rig.settle()
    assert listed(caller, "bin")[0]["category"] == "residual"
    assert listed(caller, "bin", f"&asof={first}")[0]["category"] == "food"
    assert listed(caller, "bin", "&at=2026-10-01T00:30:00%2B08:00")[0]["category"] == "food"


@pytest.mark.parametrize(
    "query", ["", "?kind=", "?kind=haul", "?kind=bin&at=2026-10-01", "?kind=bin&asof=999"]
)
def test_what_cannot_be_asked(caller: Caller, query: str) -> None:
    assert caller.get(f"{PATH}{query}").status_code == 422


@pytest.mark.parametrize(
    "body", [{}, {"entries": []}, {"entries": [7]}, {"entries": ENTRIES, "x": 1}, []]
)
def test_what_is_no_page(caller: Caller, body: Any) -> None:
    assert caller.post(PATH, role="admin", json=body).status_code == 422


def test_a_full_disk_is_said_and_nothing_is_taken_for_stored(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = caller.rig.log

    def full(*_: object) -> None:
        raise DiskFull("no room")

    with monkeypatch.context() as patched:
        patched.setattr(store, "append", full)
        assert caller.post(PATH, role="admin", json={"entries": ENTRIES}).status_code == 503
    assert publish(caller, ENTRIES)["stored"] == 6


def test_a_hub_without_a_district(tmp_path: Path) -> None:
    rig = HubRig(tmp_path, [one for one in VIEWS if one.over == "compound"])
    assert Caller(rig).get(f"{PATH}?kind=bin").status_code == 404
    assert publish(Caller(rig), ENTRIES)["stored"] == 6  # whoever folds them later has them
    rig.close()
