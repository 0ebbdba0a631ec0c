"""What stands in the way of an act is told to who asked for it, and what is fatal stays so."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import HTTPException
from nicegui import Client, ui
from nicegui.page import page

from core.errors import DiskFull, FatalError, Refused, Unavailable
from core.events.door import Forced
from projections.console.acting import Acting
from projections.console.orders import send
from projections.console.past.pasts import Pasts
from projections.console.screen import Screen
from projections.console.snapshots import Snapshots
from projections.console.texts import Words
from projections.console.visit import Visit
from projections.console.work import done
from projections.web.acts import Acts
from projections.web.people import Unready, Wish
from projections.web.reasons import NoReason
from projections.web.rights import Allowance
from projections.web.staff import LIMITS, Room
from projections.web.turns import Turns
from tests.fix_hub import HubRig
from tests.fix_hub import hub_rig as hub_rig
from tests.unit.console.test_screens import seen

WORDS = Words("en")
PASSWORD = "correct horse battery"


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What was said on a page nobody looks at."""
    said: list[str] = []
    monkeypatch.setattr(ui, "notify", lambda text, **_: said.append(text))
    with Client(page("/"), request=None):
        yield said


def screen_of(rig: HubRig, acts: Acts) -> Screen:
    rig.accounts.set_password("guard1", PASSWORD, "guard")
    signed = rig.accounts.sign_in("guard1", PASSWORD)
    assert signed is not None
    visit = Visit(signed[1], signed[0], WORDS, "/")
    pasts = Pasts(rig.desk, Turns(1, 4))
    return Screen(rig.desk, Snapshots(rig.desk), pasts, visit, seen(rig), acts)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (Refused("closed"), "It is closed; reopen it first."),
        (NoReason("x"), "Give a reason."),
        (Unready("the gate is away"), "Not done: the gate is away"),
        (HTTPException(403), "This role may not do this."),
        (HTTPException(429), "Too many at once; try again in a moment."),
        (HTTPException(503), WORDS("unable.away")),
        (Unavailable("x"), WORDS("unable.away")),
        (DiskFull("x"), WORDS("unable.away")),
    ],
)
def test_a_person_is_told_why_it_was_not_done(told: list[str], error: Exception, text: str) -> None:
    def work() -> int:
        raise error

    assert asyncio.run(done(WORDS, work)) is None
    assert told == [text]


def test_what_is_fatal_is_caught_by_nobody(told: list[str]) -> None:
    def work() -> int:
        raise FatalError("the disk said no")

    with pytest.raises(FatalError):
        asyncio.run(done(WORDS, work))
    assert told == []


def test_an_act_that_the_hub_could_not_store_is_told(hub_rig: HubRig, told: list[str]) -> None:
    class Away(Acts):
        def acknowledge(self, *_: Any) -> int:
            raise HTTPException(503)

    event = hub_rig.event(Forced(), "door/1")
    hub_rig.add([event])
    acting = Acting(screen_of(hub_rig, Away(hub_rig.desk)))
    acting.ask("acknowledge", f"door.forced:door/1:{event.id}")
    asyncio.run(acting._answer())
    assert told == [WORDS("unable.away")]


def test_orders_from_a_screen_count_against_the_same_allowance(
    hub_rig: HubRig, told: list[str]
) -> None:
    class People:
        def order(self, *_: Any) -> int:
            return 1

    room = Room(People(), None, Allowance(LIMITS))  # type: ignore[arg-type]
    screen = screen_of(hub_rig, Acts(hub_rig.desk))
    wish = Wish(verb="open", target="door/1", reason="test")

    async def often() -> None:
        for _ in range(LIMITS["command"] + 1):
            await send(screen, room, wish)

    asyncio.run(often())
    assert told.count(WORDS("doorpage.sent")) == LIMITS["command"]
    assert told[-1] == WORDS("unable.often")
