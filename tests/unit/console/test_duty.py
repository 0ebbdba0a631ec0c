"""The desk's own state: which alarm is chosen, and what was read of it."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from nicegui import background_tasks

from core.errors import Unavailable
from core.events.door import Closed, Forced, HeldOpen
from projections.console import duty
from projections.console.behind import Behind
from projections.console.duty import DutyDesk
from projections.console.plan import plan_of
from projections.web.acts import Acts
from projections.web.turns import Turns
from tests.fix_hub import HubRig
from tests.fix_hub import hub_rig as hub_rig
from tests.unit.console.test_screens import seen
from tests.unit.console.test_work import WORDS, screen_of
from tests.unit.console.test_work import told as told


def desk_of(rig: HubRig, turns: Turns, chosen: str = "") -> DutyDesk:
    screen = screen_of(rig, Acts(rig.desk))
    return DutyDesk(screen, plan_of(rig.folder, screen.sight, WORDS), turns, chosen)


def test_an_alarm_that_a_newer_one_stands_for_can_still_be_looked_at(
    hub_rig: HubRig, told: list[str]
) -> None:
    """The door's page leads to it."""
    at = datetime.now(UTC) - timedelta(minutes=2)
    first = hub_rig.event(Forced(), "door/1", at=at)
    hub_rig.add([first, hub_rig.event(Closed(), "door/1", at=at + timedelta(minutes=1))])
    desk = desk_of(hub_rig, Turns(1, 1), alarm := f"door.forced:door/1:{first.id}")
    acts, guard = Acts(hub_rig.desk), desk._screen.visit.account
    acts.clear("c01", guard, alarm, "")
    hub_rig.settle()
    hub_rig.add([hub_rig.event(Forced(), "door/1", at=at + timedelta(minutes=3))])
    sight = seen(hub_rig)
    assert [one.id for one in sight.alarms()] != [alarm]
    found = desk._alarm(sight)
    assert found is not None
    assert found.id == alarm


def test_evidence_that_could_not_be_read_is_asked_for_again(
    hub_rig: HubRig, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Once(Turns):
        def __init__(self) -> None:
            super().__init__(1, 1)
            self.asked = 0

        async def run(self, work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            self.asked += 1
            if self.asked == 1:
                raise Unavailable("away")
            return await super().run(work, *args, **kwargs)

    waiting: list[Any] = []
    monkeypatch.setattr(background_tasks, "create", lambda work, **_: waiting.append(work))
    monkeypatch.setattr(duty, "_REREAD_S", 0.0)
    hub_rig.add([hub_rig.event(HeldOpen(), "door/1")])
    turns = Once()
    desk = desk_of(hub_rig, turns)
    sight = seen(hub_rig)
    desk._dossier(sight)
    asyncio.run(waiting.pop())
    assert desk._read == "away"
    desk._dossier(sight)
    asyncio.run(waiting.pop())
    assert isinstance(desk._read, Behind)
    desk._dossier(sight)
    assert waiting == []
    assert turns.asked == 2
