"""One answer for all who ask, now and of the past, and how long it is kept."""

import asyncio
import threading
from pathlib import Path

import pytest

from core.errors import Unavailable
from core.events.door import Closed
from core.events.waste import DepositRecorded
from projections.console.district.answer import Answer, answered
from projections.console.district.boards import Boards, Question, Seen
from projections.console.district.lane import NotYet, Shown
from projections.console.past.moment import Moment, moment
from projections.hindsight import Past
from projections.late import LateBatches
from projections.view import Kinds
from projections.view_follower import ViewFollower
from projections.waste_district.view import WASTE_DISTRICT
from projections.web.turns import Turns
from tests.fix_hub import VIEWS, HubRig
from tests.fix_waste_hub import at as october
from tests.fix_waste_hub import opened
from tests.unit.console.test_screens import seen as sight_of


def moment_at(rig: HubRig, position: int | None) -> Moment | None:
    return None if position is None else moment(rig.desk, str(position), "then")


def test_many_pages_ask_and_it_is_made_once(hub_rig: HubRig) -> None:
    made: list[int] = []

    def make(_: Seen) -> int:
        made.append(1)
        return len(made)

    async def many() -> list[int]:
        boards = Boards(hub_rig.desk, Turns(1, 4))
        question = Question("n", make)
        found = await asyncio.gather(*(answered(boards, question, None) for _ in range(20)))
        again = await answered(boards, question, None)
        return [one.made for one in (*found, again)]

    assert set(asyncio.run(many())) == {1}
    assert len(made) == 1


@pytest.mark.parametrize(
    ("seconds", "moved", "times"),
    [(0.9, True, 1), (1.1, True, 2), (1.1, False, 1), (21.0, False, 2)],
)
def test_it_is_made_again_when_rows_moved_or_time_went_on(
    tmp_path: Path, seconds: float, moved: bool, times: int
) -> None:
    rig = HubRig(tmp_path, (*VIEWS, WASTE_DISTRICT))
    clock = [100.0]
    made: list[int] = []

    async def twice() -> None:
        boards = Boards(rig.desk, Turns(1, 4), lambda: clock[0])
        question = Question("n", lambda _: made.append(1))
        await answered(boards, question, None)
        if moved:
            rig.add([rig.event(Closed(), "door/1")])
            rig.settle()
        clock[0] += seconds
        await boards.now(question)

    asyncio.run(twice())
    rig.close()
    assert len(made) == times


def test_what_was_known_then_is_made_of_the_rows_of_then(hub_rig: HubRig) -> None:
    sight_of(hub_rig)

    async def then() -> Shown[int]:
        boards = Boards(hub_rig.desk, Turns(1, 4))
        question = Question("n", lambda seen: len(seen.told))
        return (await answered(boards, question, moment_at(hub_rig, 0))).shown

    shown = asyncio.run(then())
    assert (shown.then, shown.position, shown.made) == (True, 0, 0)


def test_rows_of_the_past_are_folded_once_for_all_its_pages_and_kept_while_somebody_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = HubRig(tmp_path, (*VIEWS, WASTE_DISTRICT))
    folds, fold = [], ViewFollower.as_known

    def counted(self: ViewFollower, compound: str, past: Past, late: LateBatches) -> Kinds:
        folds.append(past)
        return fold(self, compound, past, late)

    monkeypatch.setattr(ViewFollower, "as_known", counted)
    clock = [100.0]

    async def looks() -> list[int]:
        boards, found = Boards(rig.desk, Turns(1, 4), lambda: clock[0]), []
        for name, seconds in (("a", 0), ("b", 200), ("c", 200), ("d", 400)):
            clock[0] += seconds
            await boards.now(Question("now", lambda _: 0))
            await boards.then(Question(name, lambda _: 0), Past(0, -1, 0))
            found.append(len(folds))
        return found

    counts = asyncio.run(looks())
    rig.close()
    assert counts == [1, 1, 1, 2]


def test_what_takes_long_is_begun_once_and_there_for_whoever_comes_back(hub_rig: HubRig) -> None:
    go, made = threading.Event(), []

    def make(_: Seen) -> int:
        go.wait(10)
        made.append(1)
        return len(made)

    async def patient() -> list[object]:
        clock = [100.0]
        boards = Boards(hub_rig.desk, Turns(1, 4), lambda: clock[0], first_s=0.01)
        told: list[object] = []
        for seconds in (0, 3):
            clock[0] += seconds
            for position in (None, 0):
                with pytest.raises(NotYet) as caught:
                    await answered(boards, Question("n", make), moment_at(hub_rig, position))
                told.append(caught.value.seconds)
        go.set()
        now, then = await eventually(boards, None), await eventually(boards, 0)
        return [*told, now.made, then.made]

    async def eventually(boards: Boards, position: int | None) -> Answer[int]:
        while True:
            try:
                return await answered(boards, Question("n", make), moment_at(hub_rig, position))
            except NotYet:
                await asyncio.sleep(0)

    *waited, now, then = asyncio.run(patient())
    assert waited == [0, 0, 3, 3]
    assert {now, then} == {1, 2}
    assert len(made) == 2, "one for now and one for then"


def test_what_failed_while_nobody_waited_is_told_to_who_comes_back_and_begun_again(
    hub_rig: HubRig,
) -> None:
    go, tried = threading.Event(), []

    def make(_: Seen) -> int:
        go.wait(10)
        tried.append(1)
        if len(tried) == 1:
            raise Unavailable("gone")
        return 7

    async def patient() -> int:
        boards = Boards(hub_rig.desk, Turns(1, 4), first_s=0.01)
        question = Question("n", make)
        with pytest.raises(NotYet):
            await answered(boards, question, moment_at(hub_rig, 0))
        go.set()
        while True:
            try:
                return (await answered(boards, question, moment_at(hub_rig, 0))).made
            except NotYet:
                await asyncio.sleep(0)
            except Unavailable:
                assert len(tried) == 1

    assert asyncio.run(patient()) == 7
    assert len(tried) == 2


def test_a_compounds_own_rows_stand_where_the_districts_do(tmp_path: Path) -> None:
    question = Question("n", lambda seen: len(seen.beside("c01").get("deeds", ())))

    async def asked(boards: Boards, position: int | None) -> int:
        return (await answered(boards, question, moment_at(hub.rig, position))).made

    with opened(tmp_path) as hub:
        before = hub.rig.log.head()
        deposit = DepositRecorded(category="food")
        hub.rig.add([hub.rig.event(deposit, "point/p1", at=october(5, "09:00"))])
        hub.rig.settle()
        boards = Boards(hub.rig.desk, Turns(1, 4))
        assert asyncio.run(asked(boards, None)) == 1
        assert asyncio.run(asked(boards, before)) == 0
