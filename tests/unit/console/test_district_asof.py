"""A page of what was known then: its links stay there, and what it asks for next as well."""

from collections.abc import Iterable
from datetime import timedelta

import msgspec
import pytest
from starlette.datastructures import URL

from core.events.door import Closed
from projections.console.district import lead, ledgerpage, missing, pages
from projections.console.district.asof import keeping
from projections.console.district.lane import Shown
from projections.console.nodes import Node, node
from projections.console.region import Item, fixed
from projections.console.snapshots import Sight
from projections.days import day_of
from tests.fix_core import FixedClock
from tests.fix_hub import HubRig
from tests.unit.console.fix_board import NOON, WORDS, attributes, board, rows_of_a_morning
from tests.unit.console.test_alarms import found
from tests.unit.console.test_screens import seen as sight_of

DESK = URL("http://hub/district/bin/c001/\u6876 1?at=c001&asof=7&at=x")


def hidden(drawn: Iterable[Node]) -> list[tuple[str, str]]:
    inputs = [one[1] for tree in drawn for one in found(tree, "input")]
    return [(one["name"], one["value"]) for one in inputs if one["type"] == "hidden"]


@pytest.mark.parametrize(
    ("href", "kept"),
    [
        ("/district/bin/c001/a", "/district/bin/c001/a?asof=7"),
        ("/district?at=c001", "/district?at=c001&asof=7"),
        ("/district/findings?asof=5", "/district/findings?asof=5"),
        ("/events/5?event=a", "/events/5?event=a"),
    ],
)
def test_a_link_leads_to_what_was_known_then(hub_rig: HubRig, href: str, kept: str) -> None:
    def draw(_: Sight) -> list[Item]:
        return fixed(node("div", "a", node("a", "b", href=href)))

    (item,) = keeping(draw, "7")(sight_of(hub_rig))
    assert list(attributes(item.draw(), "href")) == [kept]
    assert item.draw()[2] == "a"


def test_every_link_of_a_row_does(hub_rig: HubRig) -> None:
    made = board(rows_of_a_morning())

    def draw(_: Sight) -> list[Item]:
        return missing.items(made.missed, made.names, made.now_ms, WORDS, acts=False)

    drawn = [one.draw() for one in keeping(draw, "7")(sight_of(hub_rig))]
    hrefs = [href for one in drawn for href in attributes(one, "href")]
    assert hrefs
    assert all(one.endswith("?asof=7") for one in hrefs)


def test_another_moment_is_asked_for_of_the_same_page_and_so_is_now(hub_rig: HubRig) -> None:
    sight = sight_of(hub_rig)
    rest = [("at", "c001"), ("at", "x")]
    now = lead.known(sight, Shown(None, 9, NOON), DESK, WORDS)
    assert hidden(now) == rest
    then = lead.known(sight, Shown(None, 7, NOON, then=True), DESK, WORDS)
    assert hidden(then) == rest
    assert [href for one in then for href in attributes(one, "href")] == [
        "/district/bin/c001/%E6%A1%B6%201?at=c001&at=x"
    ]


def test_where_no_days_are_asked_for_the_last_one_is_of_then(hub_rig: HubRig) -> None:
    hub_rig.add([hub_rig.event(Closed(), "door/1")])
    received = hub_rig.log.received_at(1)
    assert received is not None
    later = FixedClock(received + timedelta(days=40))
    desk = msgspec.structs.replace(hub_rig.desk, clock=later)
    assert pages._today(desk, "1") == day_of(round(received.timestamp() * 1000))
    assert pages._today(desk, "") == day_of(round(later.at.timestamp() * 1000))


def test_a_ledger_is_chosen_as_it_was_known() -> None:
    papers = ledgerpage.Papers(("2026-10",), {"c001": ""}, (), ())
    drawn = ledgerpage.form(papers, "c001", "2026-10", "7", WORDS)
    assert hidden([drawn]) == [("asof", "7")]
