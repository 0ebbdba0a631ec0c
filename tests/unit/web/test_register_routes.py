"""The register by the API: published by administrators only, all or nothing, and once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.errors import DiskFull
from core.events.waste import TagAssigned
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


def publish(caller: Caller, entries: list[dict[str, Any]]) -> dict[str, Any]:
    answer = caller.post(PATH, role="admin", json={"entries": entries})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
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
    again = {"stored": 0, "known": 6, "position": 0, "warnings": []}
    assert publish(caller, ENTRIES) == again  # not read yet
    caller.rig.settle()
    assert publish(caller, ENTRIES)["stored"] == 0  # read
    later = Caller(caller.rig)  # another process
    assert publish(later, [*ENTRIES, ENTRIES[0]])["known"] == 7
    assert caller.rig.log.head() == head
    other = {**ENTRIES[4], "reason": "new paint"}
    made = publish(caller, [other, other])
    assert (made["stored"], made["known"], made["position"]) == (1, 1, head + 1)


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


# --- beside each other and beside what is entered ------------------------------------------------

REF = "s:" + "1" * 32
MORE: list[dict[str, Any]] = [
    {"kind": "compound", "name": "c02", "validFrom": SINCE},
    {"kind": "point", "name": "p2", "compound": "c02", "validFrom": SINCE},
    {"kind": "bin", "name": "b2", "compound": "c01", "point": "p1", "validFrom": SINCE},
    {"kind": "vehicle", "name": "v2", "plateRef": REF, "validFrom": SINCE},
]
_ELSEWHERE = {"kind": "tag", "bin": "c01/b2", "uidHex": "AABBCC", "validFrom": SINCE}


def refused(caller: Caller, entries: list[dict[str, Any]]) -> list[str]:
    """What is said of them; and nothing is stored."""
    head = caller.rig.log.head()
    answer = caller.post(PATH, role="admin", json={"entries": entries})
    assert answer.status_code == 422, answer.text
    assert caller.rig.log.head() == head
    said: list[str] = answer.json()["errors"]
    return said


@pytest.mark.parametrize("settled", [True, False])
@pytest.mark.parametrize(
    ("entry", "key", "what"),
    [
        (_ELSEWHERE, "uidHex", "puts tag AABBCC on c01/b2 while c01/b1 carries it"),
        ({**ENTRIES[2], "name": "b3"}, "uidHex", "puts tag AABBCC on c01/b3 while c01/b1"),
        ({**ENTRIES[2], "point": "p9"}, "point", "names point p9, which nobody entered"),
        ({**ENTRIES[2], "point": "p2"}, "point", "point p2 is of compound c02"),
        ({**ENTRIES[1], "compound": "c09"}, "compound", "names compound c09"),
        ({**ENTRIES[5], "vehicle": "v9"}, "vehicle", "names vehicle v9"),
        ({**ENTRIES[5], "facility": "f9"}, "facility", "names facility f9"),
        ({**ENTRIES[5], "bins": ["c01/b1", "c01/b9"]}, "bins[1]", "names bin c01/b9"),
        ({"kind": "swap", "bin": "c01/b1", "replacedBy": "c01/b1", "validFrom": SINCE},
         "replacedBy", "is the bin itself"),
        ({"kind": "scrap", "bin": "c01/b9", "validFrom": SINCE}, "bin", "names bin c01/b9"),
        ({"kind": "end", "of": "vehicle", "name": "v9", "validFrom": SINCE}, "name",
         "names vehicle v9"),
        ({**ENTRIES[4], "plateRef": REF}, "plateRef", "gives its plate to v1 while v2 carries it"),
    ],
)  # fmt: skip
def test_what_cannot_be_beside_what_is_entered(
    caller: Caller, entry: dict[str, Any], key: str, what: str, *, settled: bool
) -> None:
    """Whether the view has read that yet or not."""
    publish(caller, [*ENTRIES, *MORE])
    if settled:
        caller.rig.settle()
    good = {"kind": "carrier", "name": "k1", "validFrom": SINCE}
    (said,) = refused(caller, [good, {**entry, "reason": "again"}])
    assert said.startswith(f"entries[1].{key}: ")
    assert what in said


def test_what_cannot_be_beside_another_entry(caller: Caller) -> None:
    other = {**MORE[2], "uidHex": "AABBCC"}
    twice = {**ENTRIES[4], "categories": ["residual"]}
    said = refused(caller, [*ENTRIES, other, twice])
    assert [one.partition(": ")[0] for one in said] == ["entries[7]", "entries[6].uidHex"]
    publish(caller, [*ENTRIES, MORE[2]])


def test_a_tag_that_goes_from_one_bin_to_another(caller: Caller) -> None:
    publish(caller, [*ENTRIES, *MORE])
    since = {"validFrom": "2026-10-05T00:00:00+08:00"}
    off = {"kind": "untag", "bin": "c01/b1", "uidHex": "AABBCC", **since}
    refused(caller, [{**_ELSEWHERE, **since}])
    assert publish(caller, [{**_ELSEWHERE, **since}, off])["stored"] == 2


def test_what_devices_told_is_nobody_elses_mistake(caller: Caller) -> None:
    """A tag that they put on two bins is a finding; the bins are entered all the same."""
    publish(caller, ENTRIES)
    told = TagAssigned(uid_hex="AABBCC", valid_from=SINCE)
    caller.rig.add([caller.rig.event(told, "bin/b2")])
    caller.rig.settle()
    other = {**ENTRIES[2], "category": "residual", "validFrom": "2026-10-05T00:00:00+08:00"}
    assert publish(caller, [other, MORE[2]])["stored"] == 2


def test_what_may_be_a_mistake_is_said_and_stored(caller: Caller) -> None:
    publish(caller, ENTRIES)
    made = publish(caller, [{**ENTRIES[5], "category": "residual"}])
    assert made["stored"] == 1
    (said,) = made["warnings"]
    assert said.startswith("entries[0].bins[0]: names c01/b1, which is of food on a route of resid")


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
    caller = Caller(rig)
    assert caller.get(f"{PATH}?kind=bin").status_code == 404
    assert publish(caller, ENTRIES)["stored"] == 6  # whoever folds them later has them
    other = {**ENTRIES[5], "vehicle": "v9"}
    assert publish(caller, [other])["stored"] == 1  # it does not know who is entered
    rig.close()
