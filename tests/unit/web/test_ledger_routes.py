"""A month's ledger leaves as an event, and stays what it was, byte for byte."""

import errno
import hashlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import msgspec
import pytest

from core import durable
from infra.ledger.writers import WRITERS
from projections.console.links import evidence_href
from projections.failure import Failure
from projections.waste_district.asked.ledger import Ledger, ledger
from tests.fix_core import FixedClock
from tests.fix_waste_hub import WasteHub, opened
from tests.fix_waste_hub import waste_hub as waste_hub
from tests.unit.web.conftest import Caller

PATH = "/api/v1/waste/ledger/c01/2026-10"
EXPORTED = "/api/v1/events?type=waste.ledger.exported.v1"
FORMS = ["csv", "xlsx", "pdf", "json"]


@pytest.fixture
def caller(waste_hub: WasteHub) -> Caller:
    """Two days of October are known."""
    waste_hub.trip(5)
    waste_hub.trip(6, net_g=91_234)
    return Caller(waste_hub.rig)


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    """Of which nothing ever left. Shared by who gets nothing."""
    with opened(tmp_path_factory.mktemp("hub")) as hub:
        hub.trip(5)
        yield Caller(hub.rig)


def got(caller: Caller, query: str = "", *, role: Any = "viewer") -> httpx.Response:
    answer = caller.ask("GET", f"{PATH}{query}", role=role)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Menwei-Sha256"] == hashlib.sha256(answer.content).hexdigest()
    caller.rig.settle()
    return answer


def book(answer: httpx.Response) -> Ledger:
    return msgspec.json.decode(answer.content, type=Ledger)


def made(answer: httpx.Response) -> tuple[str, str]:
    return answer.headers["Menwei-Revision"], answer.headers["Menwei-Made"]


def exported(caller: Caller) -> list[dict[str, Any]]:
    """Oldest first."""
    found = caller.json(EXPORTED)["events"]
    return [one["data"] for one in reversed(found)]


def test_its_lines_are_the_trips_and_name_their_events(caller: Caller) -> None:
    found = book(got(caller))
    assert (found.name, found.street, found.revision) == ("锦绣园", "清河", 1)
    assert [(one.day, one.quantity_g, one.transporter, one.destination) for one in found.lines] == [
        ("2026-10-05", 80_000, "北京环卫一队", "大屯处理厂"),
        ("2026-10-06", 91_234, "北京环卫一队", "大屯处理厂"),
    ]
    for line in found.lines:
        assert len(line.events) == 3  # the lift, its weighing, its acceptance
        told = caller.json(evidence_href(line.trip))
        assert told["trip"]["day"] == line.day
        ids = [one["id"] for one in (*told["lifts"], *told["ticket"]["words"])]
        assert [one.id for one in line.events] == ids
        for one in line.events:
            stored = caller.json(f"/api/v1/events/{one.position}/0")
            assert stored["event"]["id"] == one.id


@pytest.mark.parametrize("form", FORMS)
def test_an_export_is_an_event_and_the_same_bytes_ever_after(caller: Caller, form: str) -> None:
    first = got(caller, f"?format={form}")
    assert made(first) == ("1", "first")
    (event,) = exported(caller)
    assert (event["format"], event["revision"], event["lines"]) == (form, 1, 2)
    assert event["sha256"] == first.headers["Menwei-Sha256"]
    assert str(event["position"]) == first.headers["Menwei-Position"]
    assert event["actor"].startswith("token:")
    for query, how in ((f"?format={form}", "kept"), (f"?format={form}&revision=1", "again")):
        later = got(caller, query)
        assert made(later) == ("1", how)
        assert later.content == first.content
    assert len(exported(caller)) == 1


def test_before_the_views_have_read_the_event_it_is_not_exported_twice(caller: Caller) -> None:
    for _ in range(2):
        assert caller.ask("GET", PATH).status_code == 200
    caller.rig.settle()
    assert len(exported(caller)) == 1


def test_after_a_start_it_is_known_what_left(caller: Caller) -> None:
    first = got(caller, "?format=pdf")
    later = got(Caller(caller.rig), "?format=pdf")
    assert (later.content, made(later)) == (first.content, ("1", "kept"))


def test_until_the_views_have_read_what_left_nothing_leaves(
    caller: Caller, waste_hub: WasteHub
) -> None:
    """Else a hub that was just started would make revision 1 once more."""
    assert caller.ask("GET", PATH).status_code == 200
    assert Caller(caller.rig).ask("GET", PATH).status_code == 503
    caller.rig.settle()
    assert len(exported(caller)) == 1


def test_without_room_nothing_leaves_and_nothing_is_on_record(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(durable, "put", full)
        refused = caller.ask("GET", f"{PATH}?format=pdf")
    assert refused.status_code == 503, refused.text
    caller.rig.settle()
    assert exported(caller) == []
    assert made(got(caller, "?format=pdf")) == ("1", "first")


def test_what_came_late_changes_nothing_until_somebody_asks_for_it(
    caller: Caller, waste_hub: WasteHub
) -> None:
    first = got(caller)
    waste_hub.trip(7, net_g=55_000)
    assert got(caller).content == first.content
    assert got(caller, "?revision=1").content == first.content
    second = got(caller, "?revised=true", role="guard")
    assert made(second) == ("2", "first")
    (change,) = book(second).changes
    assert (change.field, change.was, change.now) == ("line", "", "55000")
    assert change.trip == "v001/2026-10-07/1"
    assert len(change.events) == 3
    assert got(caller).content == second.content
    assert got(caller, "?revision=1").content == first.content
    assert got(caller, "?revision=2").content == second.content
    assert made(got(caller, "?revision=2")) == ("2", "again")


def test_a_new_revision_is_posted(caller: Caller, waste_hub: WasteHub) -> None:
    got(caller)
    waste_hub.trip(7, net_g=55_000)
    second = caller.post(f"{PATH}?format=csv&lang=en", role="guard")
    assert (second.status_code, made(second)) == (200, ("2", "first")), second.text
    caller.rig.settle()
    again = caller.post(f"{PATH}?format=csv&lang=en", role="admin")
    assert (again.content, made(again)) == (second.content, ("2", "kept"))
    assert len(exported(caller)) == 2


@pytest.mark.parametrize(("site", "status"), [("same-origin", 200), ("cross-site", 403)])
def test_only_a_page_of_this_hub_posts_with_a_cookie(
    caller: Caller, site: str, status: int
) -> None:
    headers = {**caller.session("wang", "guard"), "Sec-Fetch-Site": site}
    assert caller.post(PATH, role=None, headers=headers).status_code == status
    revised = caller.ask("GET", f"{PATH}?revised=true", role=None, headers=headers)
    assert revised.status_code == status, "a new revision is no less one when it is got"
    assert caller.ask("GET", PATH, role=None, headers=headers).status_code == 200


def test_of_a_month_that_is_not_over_there_is_no_revision(untouched: Caller) -> None:
    answer = untouched.post(PATH.replace("-10", "-11"), role="guard")
    assert (answer.status_code, "not over" in answer.json()["detail"]) == (409, True)


@pytest.mark.parametrize("ask", ["GET", "POST"])
def test_a_revision_without_a_difference_is_none(caller: Caller, ask: str) -> None:
    first = got(caller)
    again = caller.ask(ask, f"{PATH}?revised=true", role="guard")
    assert (again.status_code, again.content) == (200, first.content)
    caller.rig.settle()
    assert len(exported(caller)) == 1


def test_another_format_of_a_revision_says_what_that_revision_said(
    caller: Caller, waste_hub: WasteHub
) -> None:
    got(caller)
    waste_hub.trip(7, net_g=55_000)
    late = got(caller, "?format=csv&lang=en")
    assert made(late) == ("1", "first")
    assert late.text.count("2026-10-0") == 2 * 2  # a day and a link a line
    assert [one["format"] for one in exported(caller)] == ["json", "csv"]
    assert exported(caller)[1]["language"] == "en"
    assert exported(caller)[1]["position"] == exported(caller)[0]["position"]


def test_json_is_of_no_language(caller: Caller) -> None:
    assert got(caller, "?lang=en").content == got(caller).content
    assert len(exported(caller)) == 1


@pytest.mark.parametrize("form", FORMS)
def test_without_what_was_kept_the_log_makes_the_same(caller: Caller, form: str) -> None:
    first = got(caller, f"?format={form}")
    for file in (caller.rig.folder / "ledgers").iterdir():
        file.write_bytes(b"spoiled")
    again = got(caller, f"?format={form}")
    assert made(again) == ("1", "again")
    assert again.content == first.content
    assert made(got(caller, f"?format={form}")) == ("1", "kept")


def test_a_writer_that_changed_never_speaks_for_what_left(
    waste_hub: WasteHub, caller: Caller
) -> None:
    """As after an upgrade of a library that writes the same table in other bytes."""
    first = got(caller, "?format=csv")
    desk = waste_hub.rig.desk
    other = {**WRITERS, "csv": lambda book, language: b"#" + WRITERS["csv"](book, language)}
    waste_hub.rig.desk = msgspec.structs.replace(desk, writers=other)
    upgraded = Caller(waste_hub.rig)
    assert got(upgraded, "?format=csv").content == first.content
    kept = got(upgraded, "?format=csv&revision=1")
    assert (kept.content, made(kept)) == (first.content, ("1", "kept"))
    (waste_hub.rig.folder / "ledgers" / first.headers["Menwei-Sha256"]).unlink()
    for query in ("?format=csv", "?format=csv&revision=1"):
        refused = upgraded.ask("GET", f"{PATH}{query}")
        assert refused.status_code == 409
        assert first.headers["Menwei-Sha256"] in refused.json()["detail"]
    assert len(exported(upgraded)) == 1
    assert book(got(upgraded)).quantity_g == 171_234


def test_a_month_that_is_not_over_is_a_draft_on_no_record(caller: Caller) -> None:
    for path in (PATH.replace("-10", "-11"), f"{PATH}?asof={caller.rig.log.head()}"):
        draft = caller.ask("GET", path)
        assert draft.status_code == 200
        assert made(draft) == ("0", "draft")
        assert book(draft).revision == 0
    assert exported(caller) == []
    assert not (caller.rig.folder / "ledgers").exists()


def test_as_of_then_it_says_what_was_known_then(caller: Caller, waste_hub: WasteHub) -> None:
    then = caller.rig.log.head()
    waste_hub.trip(7)
    assert len(book(caller.ask("GET", f"{PATH}?asof={then}")).lines) == 2
    assert len(book(caller.ask("GET", f"{PATH}?asof={caller.rig.log.head()}")).lines) == 3


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        (PATH.replace("c01", "c09"), 404, "Nothing is known of what left c09 in 2026-10"),
        (PATH.replace("2026-10", "2026-02"), 404, "Nothing is known"),
        ("/api/v1/waste/ledger/c09/2026-11", 404, "Nothing is known"),
        (PATH.replace("2026-10", "2025-01"), 404, "Nothing is known"),
        (f"{PATH}?revision=1", 404, "was never exported"),
        (PATH.replace("2026-10", "2026-13"), 422, "not one such as 2026-10"),
        (PATH.replace("2026-10", "2026-1"), 422, "not one such as 2026-10"),
        (f"{PATH}?format=doc", 422, "format"),
        (f"{PATH}?revision=1&revised=true", 422, "Give one of revision, revised and asof"),
        (f"{PATH}?asof=999999", 422, "has not reached"),
    ],
)
def test_what_is_not_there_is_said(untouched: Caller, path: str, status: int, says: str) -> None:
    answer = untouched.ask("GET", path, role="guard")
    assert (answer.status_code, says in answer.json()["detail"]) == (status, True), answer.text
    assert exported(untouched) == []


def test_of_days_that_were_sent_away_no_ledger_is_made(
    waste_hub: WasteHub, caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("projections.waste_district.kept.KEPT_DAYS", 1)
    waste_hub.trip(20)
    answer = caller.ask("GET", PATH.replace("2026-10", "2026-09"))
    assert answer.status_code == 409
    assert "longer ago than the" in answer.json()["detail"]


def test_a_revision_that_is_not_there_is_said(caller: Caller) -> None:
    got(caller)
    answer = caller.ask("GET", f"{PATH}?revision=2")
    assert answer.status_code == 404
    assert "has revisions 1 to 1" in answer.json()["detail"]


@pytest.mark.parametrize("role", ["viewer", "auditor"])
def test_who_may_look_only_makes_no_revision(caller: Caller, role: Any) -> None:
    got(caller, role=role)
    for method in ("GET", "POST"):
        assert caller.ask(method, f"{PATH}?revised=true", role=role).status_code == 403


def test_nobody_reads_it_without_an_account(untouched: Caller) -> None:
    assert untouched.ask("GET", PATH, role=None).status_code == 401


def test_the_file_has_a_name_of_its_own(caller: Caller) -> None:
    said = got(caller, "?format=pdf").headers["Content-Disposition"]
    assert said == "attachment; filename*=UTF-8''c01-2026-10-r1-zh.pdf"


def test_a_view_that_judges_otherwise_makes_no_more_copies_of_an_old_revision(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after an upgrade that changes what follows from the same events."""
    got(caller)
    for file in (caller.rig.folder / "ledgers").iterdir():
        file.unlink()
    monkeypatch.setattr(
        "projections.web.ledgers.ledger",
        lambda *asked: msgspec.structs.replace(ledger(*asked), street="another"),
    )
    answer = caller.ask("GET", f"{PATH}?format=csv")
    assert answer.status_code == 409
    assert "ask for one of json" in answer.json()["detail"]
    second = got(caller, "?format=csv&revised=true", role="guard")
    assert made(second) == ("2", "first")


def test_of_half_of_what_the_log_has_no_ledger_is_made(waste_hub: WasteHub, caller: Caller) -> None:
    """As while a rebuilt view reads the log again: a day that it has not read yet would be missing
    from revision 1."""
    waste_hub.lift(9)
    later = FixedClock(waste_hub.rig.clock.now() + timedelta(minutes=5))
    waste_hub.rig.desk = msgspec.structs.replace(waste_hub.rig.desk, clock=later)
    behind = Caller(waste_hub.rig)
    for path in (PATH, f"{PATH}?revised=true"):
        assert behind.ask("GET", path, role="guard").status_code == 503
    waste_hub.rig.settle()
    assert len(book(got(behind)).lines) == 3


def test_of_a_view_that_stopped_no_ledger_is_made(waste_hub: WasteHub, caller: Caller) -> None:
    failed = Failure("waste_district", 3, 0, "e-1", "x.v1", "KeyError")
    waste_hub.rig.runner.failures = {"waste_district": failed}
    answer = caller.ask("GET", PATH)
    assert answer.status_code == 503
    assert "has stopped before position 3" in answer.json()["detail"]
