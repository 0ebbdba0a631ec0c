"""From the runner's thread to the event loop: no page is missed, nobody waits for ever."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from core.events.door import Opened
from projections.runner import Page, Runner
from projections.web.live import Live
from tests.fix_broker import PATIENCE
from tests.fix_hub import HubRig


def grow(rig: HubRig) -> None:
    rig.add([rig.event(Opened(), "door/1")])
    rig.settle()


def test_waiters_are_told(hub_rig: HubRig) -> None:
    live = hub_rig.desk.live

    async def go() -> list[int]:
        live.attach(hub_rig.runner, asyncio.get_running_loop())
        waiting = [asyncio.create_task(live.beyond(at, PATIENCE)) for at in (0, 0, 1)]
        await asyncio.sleep(0)
        for _ in range(2):
            await asyncio.to_thread(grow, hub_rig)
        return await asyncio.gather(*waiting)

    first, second, third = asyncio.run(go())
    assert first >= 1
    assert second >= 1
    assert third == 2
    assert live.position == 2


def test_patience_ends(hub_rig: HubRig) -> None:
    assert asyncio.run(hub_rig.desk.live.beyond(0, 0.001)) == 0
    assert asyncio.run(hub_rig.desk.live.beyond(-1, 60.0)) == 0


def test_a_page_between_looking_and_listening_is_not_missed(
    hub_rig: HubRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log grows while `attach` runs: the worst moment, made certain."""
    real = Runner.position

    def late(runner: Runner) -> int:
        found = real(runner)
        monkeypatch.setattr(Runner, "position", real)
        grow(hub_rig)
        return found

    async def go() -> int:
        monkeypatch.setattr(Runner, "position", late)
        hub_rig.desk.live.attach(hub_rig.runner, asyncio.get_running_loop())
        return await hub_rig.desk.live.beyond(0, PATIENCE)

    assert asyncio.run(go()) == 1


def test_a_closed_loop_does_not_hurt_the_runner(hub_rig: HubRig) -> None:
    async def attach() -> None:
        hub_rig.desk.live.attach(hub_rig.runner, asyncio.get_running_loop())

    asyncio.run(attach())
    grow(hub_rig)
    assert hub_rig.runner.position() == 1


def test_positions_never_run_backwards() -> None:
    class Replaying:
        """A runner that reads on from an older position, as when one view is folded anew."""

        def __init__(self) -> None:
            self.listener: Callable[[Page], None] | None = None

        def listen(self, listener: Callable[[Page], None]) -> None:
            self.listener = listener

        def position(self) -> int:
            return 9

    async def go() -> int:
        live, runner = Live(), Replaying()
        attached: Any = runner
        live.attach(attached, asyncio.get_running_loop())
        assert runner.listener is not None
        teller = threading.Thread(target=runner.listener, args=(Page(3, (), {}),))
        teller.start()
        teller.join()
        waiting = asyncio.create_task(live.beyond(9, PATIENCE))
        await asyncio.sleep(0)
        before = live.position
        runner.listener(Page(10, (), {}))
        assert await waiting == 10
        return before

    assert asyncio.run(go()) == 9
