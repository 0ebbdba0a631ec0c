"""Who waits for whom: answers of the district's pages under many who look at different ones."""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from core.errors import Unavailable
from projections.console.district.answer import answered, lasting
from projections.console.district.boards import Boards, Question, Seen
from projections.console.district.lane import Lane, NotYet, Shown
from projections.console.district.lead import held_items
from projections.web.turns import Busy, Turns
from tests.fix_hub import HubRig
from tests.fix_hub import hub_rig as hub_rig
from tests.unit.console.fix_board import WORDS
from tests.unit.console.test_alarms import text

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)


class Rig:
    """A lane on a clock of its own; what is asked of it takes `took_s` and is written down."""

    def __init__(self, most: int = 99) -> None:
        self.clock, self.took_s, self.position = 100.0, 0.0, 1
        self.made: list[str] = []
        self.lane = Lane(most, 0.01, lambda: self.clock)

    def make(self, name: str) -> Callable[[], Awaitable[Shown[int]]]:
        async def make() -> Shown[int]:
            self.clock += self.took_s
            self.made.append(name)
            return Shown(len(self.made), self.position, NOW)

        return make

    async def ask(self, name: str) -> int:
        return (await self.lane.newest(name, self.make(name), self.position)).made


def test_however_many_look_at_different_pages_nobody_is_worked_out_for_twice() -> None:
    rig = Rig()
    names = [str(n) for n in range(60)]

    async def look() -> None:
        for _ in range(3):
            for name in names:
                await rig.ask(name)
            rig.clock += 1

    asyncio.run(look())
    assert rig.made == names


def test_who_asked_first_is_served_first() -> None:
    rig = Rig()

    async def ask() -> None:
        await asyncio.gather(*(rig.ask(name) for name in "dbca"))

    asyncio.run(ask())
    assert rig.made == [*"dbca"]


def test_what_is_made_anew_leaves_most_of_the_time_to_who_comes_first() -> None:
    rig = Rig()
    rig.took_s = 1.0

    async def look() -> list[int]:
        for name in "abcde":
            await rig.ask(name)
        rig.made.clear()
        rig.position = 2
        counts = []
        for _ in range(90):
            rig.clock += 1
            for name in "abcde":
                await rig.ask(name)
            counts.append(len(rig.made))
        return counts

    counts = asyncio.run(look())
    assert counts[30] == 0, "five that take a second each are made anew every forty"
    assert sorted(rig.made[:5]) == [*"abcde"], "and each of them is"
    assert 5 <= counts[-1] <= 15


def test_there_is_an_end_to_what_is_looked_at_and_room_where_a_page_was_closed() -> None:
    rig = Rig(most=2)

    async def ask() -> None:
        assert [await rig.ask(name) for name in "ab"] == [1, 2]
        with pytest.raises(Busy):
            await rig.ask("c")
        rig.clock += 16
        assert await rig.ask("b") == 2, "who was there already stays"
        rig.clock += 16
        assert await rig.ask("c") == 3, "nobody asked for the first any more"
        with pytest.raises(Busy):
            await rig.ask("a")

    asyncio.run(ask())


def test_what_is_being_made_is_kept_however_long_it_takes() -> None:
    rig = Rig(most=1)

    async def ask() -> int:
        go = asyncio.Event()

        async def make() -> Shown[int]:
            await go.wait()
            return Shown(7, 1, NOW)

        with pytest.raises(NotYet):
            await rig.lane.newest("slow", make, 1)
        rig.clock += 3600
        with pytest.raises(Busy):
            await rig.ask("other")
        go.set()
        return (await rig.lane.newest("slow", make, 1)).made

    assert asyncio.run(ask()) == 7


def test_a_slow_question_does_not_hold_up_the_desk(hub_rig: HubRig) -> None:
    go = threading.Event()

    def slow(_: Seen) -> bool:
        return go.wait(10)

    async def ask() -> tuple[int, bool]:
        boards = Boards(hub_rig.desk, Turns(1, 4), first_s=0.01)
        with pytest.raises(NotYet):
            await boards.now(Question("month", slow, "days"))
        while True:
            try:
                desk = await boards.now(Question("today", lambda _: 7, "desk"))
                break
            except NotYet:
                assert not go.is_set()
        go.set()
        return desk.made, go.is_set()

    assert asyncio.run(ask()) == (7, True)


def test_a_page_keeps_what_it_has_and_says_why_it_is_no_newer(hub_rig: HubRig) -> None:
    said: list[Exception | int] = [1, NotYet(3), Unavailable("gone"), Busy("many"), Busy("many"), 2]

    class Told(Boards):
        async def now(self, question: Question[int]) -> Shown[int]:  # type: ignore[override]
            one = said.pop(0)
            if isinstance(one, Exception):
                raise one
            return Shown(one, 1, NOW)

    async def looks() -> list[tuple[bool, str, int]]:
        boards = Told(hub_rig.desk, Turns(1, 4))
        answer = await answered(boards, Question("n", lambda _: 0), None)
        return [(await answer.look(), answer.held, answer.made) for _ in range(5)]

    assert asyncio.run(looks()) == [
        (True, "later", 1), (True, "away", 1), (False, "away", 1), (False, "away", 1), (True, "", 2)
    ]  # fmt: skip
    assert held_items("", WORDS) == []
    (item,) = held_items("later", WORDS)
    assert text(item.draw()).strip() == "Being worked out anew"


def test_what_turns_out_not_to_be_is_shown_as_it_was_last(hub_rig: HubRig) -> None:
    made: list[int | None] = [1, 2, None]

    async def looks() -> tuple[list[int], int | None]:
        clock = [100.0]
        boards = Boards(hub_rig.desk, Turns(1, 4), lambda: clock[0])
        answer = await answered(boards, Question("n", lambda _: made.pop(0)), None)
        known = lasting(answer, 1)
        seen = [known()]
        for _ in range(2):
            clock[0] += 30
            assert await answer.look()
            seen.append(known())
        return seen, answer.made

    assert asyncio.run(looks()) == ([1, 2, 2], None)
