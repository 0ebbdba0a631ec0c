"""One bin, one trip, findings, the league, papers: what is drawn of rows."""

from datetime import timedelta

import msgspec

from projections.alarms.row import Alarm
from projections.console.district import (
    binpage,
    evidence,
    findinglist,
    haulalarms,
    leaguepage,
    ledgerpage,
    levelline,
    pages,
    ticket,
    trippage,
)
from projections.console.district.boards import Seen
from projections.console.district.vehicle import shown
from projections.console.texts import Words
from projections.days import DAY_MS, at
from projections.waste_district.asked.league import league
from projections.waste_district.register.plates import unregistered
from projections.waste_district.rows.hauls import Finding
from projections.waste_district.rows.papers import Export, Import
from projections.waste_district.rows.register import Compound
from projections.waste_district.rows.trips import Trip
from tests import fix_district as district
from tests.fix_district import DAY
from tests.fix_hub import HubRig
from tests.unit.console.fix_board import NOON, SPAN, WORDS, attributes, rows_of_a_morning
from tests.unit.console.test_alarms import found, text
from tests.unit.console.test_screens import seen as sight_of


def test_a_lift_shows_evidence_confidence_and_where_its_event_is() -> None:
    rows = rows_of_a_morning()
    key = district.planned(rows, "r001-am")[0]
    made = binpage.found(Seen(rows, NOON), key)
    assert made is not None
    assert made.state == "ok"
    (item,) = evidence.items(made.story.lifts, WORDS, whose=False)
    drawn = item.draw()
    assert "99%" in text(drawn)
    assert any(href.startswith("/events/5?event=") for href in attributes(drawn, "href"))
    assert text(binpage.version_items(made.story.versions, WORDS)[0].draw())
    assert "to this day" in text(binpage.tag_items(made.story.tags, WORDS)[0].draw())


def test_a_missed_bins_own_page_says_so() -> None:
    rows = rows_of_a_morning()
    key = district.planned(rows, "r001-am")[1]
    made = binpage.found(Seen(rows, NOON), key)
    assert made is not None
    assert made.state == "missed"
    assert binpage.found(Seen(rows, NOON), "c001/ghost") is None


def test_a_ticket_says_what_was_old_what_is_new_and_why() -> None:
    rows = rows_of_a_morning()
    made = trippage.found(Seen(rows, NOON), f"v002|{DAY}|1")
    assert made is not None
    assert (made.carrier, made.facility) == ("京环", "f02厂")
    _, corrected = (item.draw() for item in ticket.chain_items(made.story.tickets, WORDS))
    old, new = found(corrected, "s"), found(corrected, "b")
    assert len(old) == len(new) == 1
    assert text(old[0]) != text(new[0])
    assert "读数抄错" in text(corrected)
    (revised,) = (item.draw() for item in ticket.revision_items(made.story.revisions, WORDS))
    assert "Weighbridge ticket corrected" in text(revised)


def test_of_several_tickets_each_says_whose_it_is() -> None:
    made = trippage.found(Seen(rows_of_a_morning(), NOON), f"v002|{DAY}|1")
    assert made is not None
    (last,) = made.story.tickets
    away = msgspec.structs.replace(last, site="f09", ticket_no="R16x", outcome="refused")
    drawn = [text(item.draw()) for item in ticket.chain_items((away, last), WORDS)]
    assert (drawn[0], drawn[3]) == ("f09 · R16x", f"f02 · {last.ticket_no}")


def test_a_finding_leads_to_its_bin_its_trip_and_its_events() -> None:
    one = Finding(
        kind="mixed-load", key="f01|T1", day=DAY, vehicle="v001", grams=250_000,
        detail={"trip": f"v001|{DAY}|1", "why": "bins", "stream": "food", "lifts": 4},
        events=("a", "b"), position=7,
    )  # fmt: skip
    (drawn,) = (item.draw() for item in findinglist.finding_items([one], {}, WORDS))
    assert set(attributes(drawn, "href")) == {f"/district/trip/v001/{DAY}/1", "/events/7?event=a"}
    assert "because of bins of another stream" in text(drawn)
    assert "250.0 kg" in text(drawn)


def test_the_league_stands_in_the_order_it_was_scored() -> None:
    rows = rows_of_a_morning()
    made = league(rows, DAY, DAY, at(DAY, "11:00"))
    drawn = [item.draw() for item in leaguepage.items(made, SPAN, WORDS)]
    assert [next(attributes(one, "data-standing")) for one in drawn] == [
        one.compound for one in made
    ]


def test_the_league_of_a_month_calls_compounds_as_they_were_entered_then() -> None:
    rows = rows_of_a_morning()
    row = rows["compound"]["c001"]
    assert isinstance(row, Compound)
    later = msgspec.structs.replace(row.versions[-1], ms=at(DAY, "00:00") + DAY_MS, name="新名")
    district.put(rows, "compound", "c001", Compound(versions=(*row.versions, later)))
    made = pages._league(Seen(rows, NOON + timedelta(days=30)), SPAN)
    (name,) = (one.name for one in made if one.compound == "c001")
    assert name == row.versions[-1].name != "新名"


def test_papers_name_what_was_handed_out_and_taken_in() -> None:
    rows = rows_of_a_morning()
    told = ((1, 40, "pdf", "ab" * 32), (2, 90, "en.csv", "cd" * 32))
    district.put(rows, "export", "c001|2026-10", Export(exports=told))
    taken = Import(file="九月.csv", rows=10, events=8, aside=2, at="2026-11-20T02:00:00Z")
    district.put(rows, "import", "ef" * 32, taken)
    made = ledgerpage.found(Seen(rows, NOON))
    assert made.months == ("2026-11",)
    drawn = [item.draw() for item in ledgerpage.export_items(made.exports, WORDS)]
    assert [href for one in drawn for href in attributes(one, "href") if "ledger" in href] == [
        "/api/v1/waste/ledger/c001/2026-10?format=csv&revision=2&lang=en",
        "/api/v1/waste/ledger/c001/2026-10?format=pdf&revision=1",
    ]


def test_a_new_revision_is_posted_and_files_are_links() -> None:
    for revise, actions in (
        (False, []),
        (True, ["/api/v1/waste/ledger/c001/2026-10?lang=en&format=pdf"]),
    ):
        drawn = ledgerpage.files("c001", "2026-10", "", WORDS, revise=revise)
        assert len([href for one in drawn for href in attributes(one, "href")]) == 4
        assert [one for each in drawn for one in attributes(each, "action")] == actions
        assert [one for each in drawn for one in attributes(each, "method")] == ["post"] * revise


def test_of_what_was_known_then_files_are_drafts_of_then() -> None:
    drawn = ledgerpage.files("c001", "2026-10", "7", WORDS, revise=False)
    hrefs = [href for one in drawn for href in attributes(one, "href")]
    assert len(hrefs) == 4
    assert all("&asof=7" in one for one in hrefs)


def test_a_bin_without_readings_has_no_line_and_no_forecast() -> None:
    (item,) = levelline.items(levelline.level_of({}, "bin/x"), WORDS)
    assert "No readings" in text(item.draw())
    assert levelline.told(None, NOON, WORDS) == "–"


def test_where_a_vehicle_in_no_register_stands_nothing_leads_to_events_it_has_none_of(
    hub_rig: HubRig,
) -> None:
    key = unregistered(f"s:{'5' * 32}")
    rows = rows_of_a_morning()
    for trip in [one for one in rows["trip"].values() if isinstance(one, Trip)]:
        district.put(rows, "trip", "x", msgspec.structs.replace(trip, vehicle=key))
    made = trippage.found(Seen(rows, NOON), "x")
    assert made is not None
    (item,) = trippage._facts(made, WORDS, gone=False)
    assert "subject=vehicle" not in str([*attributes(item.draw(), "href")])
    alarm = Alarm(
        id="a", kind="haul.load.mixed", device="", subject=f"vehicle/{key}", priority=2,
        raised="2026-11-20T02:00:00Z", position=5, cause="e",
    )  # fmt: skip
    (drawn,) = haulalarms.items((alarm,), sight_of(hub_rig), WORDS, acts=True)
    assert shown(key, WORDS) in text(drawn.draw())
    assert key not in text(drawn.draw())


def test_a_vehicle_in_no_register_is_called_so() -> None:
    key = unregistered(f"s:{'5' * 32}")
    short = key.removeprefix("unregistered-")[:4]
    assert shown(f"{key}|{DAY}|1", Words("zh")) == f"未登记车辆·{short}|{DAY}|1"
    assert shown(key, Words("en")) == f"unregistered-{short}"
    assert shown("v001", Words("zh")) == "v001"
