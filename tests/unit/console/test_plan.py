"""A drawing by a stranger is read strictly; a compound without one gets a plan all the same."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nicegui import Client
from nicegui.page import page

from core.errors import Refused
from core.events.door import Closed, FireReleased, Forced, HeldOpen, Opened
from core.site import Area, Camera, Door, Site
from projections.console import plan_file
from projections.console.plan import PlanView, door_look, note, plan_of, states
from projections.console.plan_drawn import drawn
from projections.console.plan_file import Drawing, read, sanitised
from projections.console.texts import Words
from projections.safe_community.rows.doors import Door as DoorRow
from tests.fix_hub import HubRig
from tests.fix_hub import hub_rig as hub_rig
from tests.unit.console.test_screens import seen

WORDS = Words("en")
HEAD = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"'


def svg(inside: str, more: str = "") -> bytes:
    return f"{HEAD} {more}>{inside}</svg>".encode()


def parts(drawing: Drawing) -> list[Any]:
    found: list[Any] = []

    def walk(one: Any) -> None:
        if isinstance(one, list):
            found.append(one)
            for child in one[2:]:
                walk(child)

    walk(drawing.root)
    return found


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        '<image href="http://a.example/x.png"/>',
        '<use href="#x"/>',
        '<a href="javascript:alert(1)"><rect width="1"/></a>',
        "<foreignObject><body/></foreignObject>",
        "<style>rect{background:url(http://a.example)}</style>",
        '<animate attributeName="x"/>',
        '<set attributeName="onclick" to="x"/>',
        "<svg><rect/></svg>",
        '<rect xmlns="http://www.w3.org/1999/xhtml"/>',
    ],
)
def test_what_may_not_stand_in_a_plan_is_left_out_and_counted(inside: str) -> None:
    drawing = sanitised(svg(inside))
    assert [one[0] for one in parts(drawing)] == ["svg"]
    assert drawing.left == 1


@pytest.mark.parametrize(
    "attribute",
    [
        'onclick="x()"', 'fill="url(#a)"', 'fill="url(http://a.example)"', 'class="alarm"',
        'id="banner"', 'style="fill:url(x);background:red"', 'd="M0 0&quot;)"', 'href="/x"',
        'transform="expression(1)"', 'filter="url(#f)"', 'stroke="javascript:1"',
    ],
)  # fmt: skip
def test_attributes_that_do_more_than_draw_are_left_out(attribute: str) -> None:
    (_, rect) = parts(sanitised(svg(f'<rect width="2" {attribute}/>')))
    assert rect[1] == {"width": "2"}


def test_what_draws_is_kept_and_style_becomes_attributes() -> None:
    drawing = sanitised(
        svg(
            '<g id="door/a" transform="translate(1 2) rotate(4)">'
            '<path d="M0 0L1-1.5e3Z" style="fill:#fff; stroke: none"/>'
            '<text x="1">南<tspan>门</tspan>!</text></g>'
            '<rect data-subject="camera/cam 1"/><rect id="door"/>',
            'width="80mm" onload="x()"',
        )
    )
    assert drawing.subjects == {"door/a", "camera/cam 1"}
    root = parts(drawing)[0]
    assert root[1] == {"viewBox": "0 0 9 9"}
    assert root[2][2] == ["path", {"fill": "#fff", "stroke": "none", "d": "M0 0L1-1.5e3Z"}]
    assert root[2][3][2:] == ["南", ["tspan", {}, "门"], "!"]
    assert drawing.left == 0


BOMB = b'<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><svg>&b;</svg>'


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"x" * (plan_file.MAX_BYTES + 1), "size"),
        (b"\xff\xfe<\x00s\x00", "encoding"),
        (b'<?xml version="1.0" encoding="utf-16"?><svg/>', "encoding"),
        (BOMB, "doctype"),
        (b'<!DOCTYPE svg SYSTEM "file:///etc/passwd"><svg/>', "doctype"),
        (b"<svg>", "malformed"),
        (b"", "malformed"),
        (b"<svg>&xxe;</svg>", "malformed"),
        (b"<html/>", "not-svg"),
        (svg("<g>" * 60 + "</g>" * 60), "size"),
        (svg("<g/>" * (plan_file.MAX_PARTS + 1)), "size"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_a_reason(content: bytes, reason: str) -> None:
    with pytest.raises(Refused) as refused:
        sanitised(content)
    assert refused.value.reason == reason
    assert WORDS.named("planrefused", reason) != reason


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200) | st.text("<>/svg=\"' xmlns:&;!-[]", max_size=80).map(str.encode))
def test_no_bytes_break_the_reader(content: bytes) -> None:
    with suppress(Refused):  # and nothing else
        assert sanitised(content).root[0] == "svg"


def test_a_compounds_name_never_leaves_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "plans"
    folder.mkdir()
    (tmp_path / "secret.svg").write_bytes(svg(""))
    (folder / "c 1.svg").write_bytes(svg(""))
    assert read(folder, "c 1") is not None
    for name in ("../secret", "..", "", ".hidden", "a/b", "a\\b", "a\0b", "other"):
        assert read(folder, name) is None


def test_every_compound_has_a_plan_with_all_its_doors_and_cameras() -> None:
    site = Site(
        areas={"court": Area(title="Court")},
        doors={
            "south": Door(to_area="court", title="South"),
            "out": Door(from_area="court", to_area="outside"),
        },
        cameras={"cam-1": Camera()},
    )
    made = drawn(site, ["door/south", "door/loose"], ["camera/cam-2"], WORDS)
    assert made.subjects == {
        "door/south", "door/out", "door/loose", "camera/cam-1", "camera/cam-2",
    }  # fmt: skip
    shown = {one[1].get("data-subject") for one in parts(made)} - {None}
    assert shown == made.subjects
    assert "Court" in orjson.dumps(made.root).decode()
    many = drawn(Site(), [f"door/{n}" for n in range(300)], [], WORDS)
    assert len({one[1].get("data-subject") for one in parts(many)} - {None}) == 300


def test_a_door_has_one_look_by_what_matters_most() -> None:
    now = datetime(2026, 11, 20, 4, tzinfo=UTC)
    since = "2026-11-20T03:59:55Z"
    door = DoorRow(subject="door/1", device="1", physical="open", since=since)

    def look(**changed: Any) -> str:
        return door_look(msgspec.structs.replace(door, **changed), now)

    assert look() == "open"
    assert look(since="2026-11-20T03:58:00Z") == "long"
    assert look(alarm="prealarm") == "long"
    assert look(alarm="forced") == "alarm"
    assert look(tamper="detected") == "alarm"
    assert look(alarm="heldopen", fire=True) == "fire"
    assert look(physical="closed") == "closed"
    assert look(physical="unknown") == "unknown"


def test_the_plan_shows_states_and_leads_to_doors(hub_rig: HubRig) -> None:
    at = datetime.now(UTC)
    hub_rig.add(
        [
            hub_rig.event(Closed(), "door/1", at=at),
            hub_rig.event(Forced(), "door/2", at=at),
            hub_rig.event(Opened(), "door/3", at=at - timedelta(minutes=3)),
            hub_rig.event(HeldOpen(), "door/4", at=at),
            hub_rig.event(FireReleased(), "door/5", at=at),
        ]
    )
    sight = seen(hub_rig)
    plan = plan_of(hub_rig.folder, sight, WORDS)
    assert note(plan, WORDS) == "drawn from what is known"
    found = states(sight, plan.drawing.subjects, WORDS)
    looks = {subject: look for subject, (look, _, _) in found.items()}
    assert looks == {
        "door/1": "closed", "door/2": "alarm", "door/3": "long", "door/4": "alarm",
        "door/5": "fire",
    }  # fmt: skip
    assert found["door/2"][2] == "/doors/door/2?compound=c01"
    folder = hub_rig.folder / "plans"
    folder.mkdir()
    (folder / "c01.svg").write_bytes(svg('<rect data-subject="door/9"/><script/>'))
    given = plan_of(hub_rig.folder, sight, WORDS)
    assert states(sight, given.drawing.subjects, WORDS)["door/9"][0] == "unknown"
    assert "1 parts left out" in note(given, WORDS)
    (folder / "c01.svg").write_bytes(b"<svg")
    broken = plan_of(hub_rig.folder, sight, WORDS)
    assert broken.drawing.subjects == plan.drawing.subjects
    assert "not well-formed" in note(broken, WORDS)


@pytest.mark.timeout(60)
def test_blanks_between_transforms_do_not_multiply_the_work() -> None:
    """A regular expression that could share them out in ever more ways: 4 ** n of them."""
    turns = "scale(1)   " * 40
    (_, broken) = parts(sanitised(svg(f'<g transform="{turns}x"/>')))
    assert broken[1] == {}
    (_, kept) = parts(sanitised(svg(f'<g transform=" {turns} , {turns}"/>')))
    assert kept[1]["transform"].count("scale") == 80


def test_a_browser_that_was_away_gets_the_drawing_again(hub_rig: HubRig) -> None:
    hub_rig.add([hub_rig.event(Closed(), "door/1", at=datetime.now(UTC))])
    before = seen(hub_rig)
    with Client(page("/"), request=None):
        view = PlanView(plan_of(hub_rig.folder, before, WORDS), before, WORDS)
    hub_rig.add([hub_rig.event(Closed(), "door/2", at=datetime.now(UTC))])
    after = seen(hub_rig)
    missed = view.news(after)
    assert missed is not None
    view.forget()
    assert view.news(after) == missed
    assert "root" in missed
    assert view.news(after) is None
