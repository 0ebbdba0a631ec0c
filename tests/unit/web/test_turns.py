"""Heavy reads: so many abreast, so many waiting, the rest is told to come again."""

import asyncio
import threading

import pytest

from projections.web.turns import Busy, Turns
from tests.fix_broker import PATIENCE
from tests.unit.web.conftest import Caller


def test_only_so_many_run_and_wait() -> None:
    go, lock = threading.Event(), threading.Lock()
    inside = most = 0

    async def main() -> list[str | BaseException]:
        loop, full = asyncio.get_running_loop(), asyncio.Event()

        def work() -> str:
            nonlocal inside, most
            with lock:
                inside += 1
                most = max(most, inside)
                if inside == 2:
                    loop.call_soon_threadsafe(full.set)
            assert go.wait(PATIENCE)
            with lock:
                inside -= 1
            return "done"

        turns = Turns(2, 3)
        tasks = [asyncio.create_task(turns.run(work)) for _ in range(8)]
        await full.wait()
        go.set()
        return await asyncio.gather(*tasks, return_exceptions=True)

    outcomes = asyncio.run(main())
    assert [one for one in outcomes if one == "done"] == ["done"] * 5
    assert sum(isinstance(one, Busy) for one in outcomes) == 3
    assert most == 2


def test_a_place_is_given_back_after_a_failure() -> None:
    def fail() -> None:
        raise ValueError("no")

    async def main() -> str:
        turns = Turns(1, 0)
        with pytest.raises(ValueError, match="no"):
            await turns.run(fail)
        return await turns.run(lambda: "still works")

    assert asyncio.run(main()) == "still works"


def test_busy_is_a_503(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caller.app.state.rooms.scans, "_room", 0)
    answer = caller.get("/api/v1/events")
    assert answer.status_code == 503
    assert answer.json()["detail"].startswith("Too many requests")
