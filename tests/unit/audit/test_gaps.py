"""What is missing is named; what is there, and what came after all, is not."""

from typing import Any

import pytest

from core.batch import parse
from core.catalog import CATALOG
from core.events.access import Granted
from core.events.device import GapDetected, GapFilled
from core.events.journal import GapDeclared
from projections.audit.gaps import Gaps, Gathering, without
from tests.fix_hub import HubRig
from tests.fix_hub import hub_rig as hub_rig


def report(rig: HubRig, *, leave: tuple[int, ...] = (), compound: str = "") -> Gaps:
    gathering = Gathering(CATALOG, compound)
    head = rig.log.head()
    for one in rig.log.read(0, head, 10**9):
        if one.id not in leave:
            gathering.take(one.id, parse(one.state))
    return gathering.report(1, head, complete=True)


def say(rig: HubRig, data: Any, subject: str = "door/d1") -> int:
    return rig.add([rig.event(data, subject)])


def test_journal_of_which_nothing_is_missing(hub_rig: HubRig) -> None:
    for _ in range(3):
        say(hub_rig, Granted(credential="card"))
    (row,) = report(hub_rig).journals
    assert (row.compound, row.gateway, row.first, row.last) == ("c01", "gw01", 1, 3)
    assert (row.batches, row.events, row.missing) == (3, 3, [])


def test_batches_that_are_not_there_are_named(hub_rig: HubRig) -> None:
    for _ in range(6):
        say(hub_rig, Granted(credential="card"))
    (row,) = report(hub_rig, leave=(2, 4, 5)).journals
    assert row.missing == [(2, 2), (4, 5)]
    assert (row.first, row.last, row.batches) == (1, 6, 3)


def test_records_that_came_after_all_are_taken_off(hub_rig: HubRig) -> None:
    first = say(hub_rig, GapDetected(from_record=10, to_record=20, method="serialNo"))
    say(hub_rig, GapFilled(from_record=12, to_record=13, method="serialNo"))
    say(hub_rig, GapFilled(from_record=15, to_record=15, method="frontSerialNo"))  # another count
    say(hub_rig, GapFilled(from_record=14, to_record=14, method="serialNo"), "door/d2")  # another
    (row,) = report(hub_rig).devices
    assert (row.device, row.first, row.last, row.position) == ("d1", 10, 20, first)
    assert row.left == [(10, 11), (14, 20)]


def test_what_a_gateway_declares_stands_with_its_count(hub_rig: HubRig) -> None:
    at = say(hub_rig, GapDeclared(reason="disk", lane=2, count=41), "gateway/gw01")
    (row,) = report(hub_rig).declared
    assert (row.gateway, row.reason, row.count, row.position) == ("gw01", "disk", 41, at)


def test_other_compounds_are_left_out(hub_rig: HubRig) -> None:
    say(hub_rig, GapDetected(from_record=1, to_record=1))
    found = report(hub_rig, compound="c02")
    assert (found.journals, found.devices) == ([], [])


@pytest.mark.parametrize(
    ("came", "left"),
    [
        ((1, 9), [(1, 9)]),
        ((10, 20), []),
        ((9, 21), []),
        ((10, 10), [(11, 20)]),
        ((20, 25), [(10, 19)]),
        ((14, 15), [(10, 13), (16, 20)]),
        ((21, 30), [(10, 20)]),
    ],
)
def test_ranges_less_one(came: tuple[int, int], left: list[tuple[int, int]]) -> None:
    ranges = [(10, 20)] if came[0] != 1 else [(1, 9), (10, 20)]
    expected = [(10, 20)] if came[0] == 1 else left
    assert without(ranges, came) == expected
