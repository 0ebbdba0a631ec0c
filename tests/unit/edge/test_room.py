"""When room or patience is short: bulk is refused in the open, urgent never, and all is counted."""

from collections import Counter
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from core.batch import Lane
from core.errors import DiskFull
from core.events.journal import GapDeclared
from core.keystore import KeyStore
from edge.ballast import Ballast
from edge.budget import Budget, Room, room
from edge.cap import Cap
from edge.clockwatch import ClockWatch
from edge.delivery import Answer
from edge.journal import Space
from edge.rates import Shares
from tests.fix_core import START
from tests.fix_edge import EdgeRig, events_of, level, native

NONE = Room(bulk=False, prune=True)
LEVEL = "waste.bin.level.measured.v1"


def gaps(edge: EdgeRig) -> list[GapDeclared]:
    return [one.data for one in edge.events(GapDeclared.TYPE) if isinstance(one.data, GapDeclared)]


# -- the rules -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("used", "free", "disk", "bulk", "prune"),
    [
        (0, 0, 10_000, True, False),
        (700, 0, 10_000, True, False),
        (800, 0, 10_000, True, True),
        (899, 0, 10_000, True, True),
        (900, 0, 10_000, False, True),
        (2000, 0, 10_000, False, True),
        (100, 0, 150, True, True),
        (100, 0, 100, False, True),
        (100, 50, 51, True, True),  # what is free inside the file counts
    ],
)
def test_who_may_use_what_is_left(used: int, free: int, disk: int, bulk: bool, prune: bool) -> None:
    assert room(Budget(1000, 100), Space(used, free), disk) == Room(bulk=bulk, prune=prune)


def test_a_devices_share() -> None:
    shares = Shares(rate=2, burst=3)
    assert [shares.over("a", 0.0) for _ in range(4)] == [False, False, False, True]
    assert not shares.over("b", 0.0)  # one mad device is not its neighbours' fault
    assert [shares.over("a", 1.0) for _ in range(3)] == [False, False, True]
    assert [shares.over("a", 1000.0) for _ in range(4)] == [False, False, False, True]


def test_names_off_the_wire_are_bounded() -> None:
    shares = Shares(rate=1, burst=1)
    for name in range(25_000):
        shares.over(str(name), 0.0)
    assert len(shares._buckets) <= 10_000


def test_a_cap_lets_bulk_wait_until_the_account_is_settled() -> None:
    cap = Cap(1000)
    assert cap.wait(50.0) == 0
    cap.spend(3000, 50.0)
    assert cap.wait(50.0) == 3.0
    assert cap.wait(52.0) == 1.0
    cap.spend(500, 52.0)
    assert cap.wait(52.0) == 1.5
    assert cap.wait(60.0) == 0
    assert cap.wait(1000.0) == 0  # nothing is saved up


def test_no_cap() -> None:
    cap = Cap(0)
    cap.spend(1 << 40, 0.0)
    assert cap.wait(0.0) == 0


def test_over_a_day_a_cap_is_kept(seed: int) -> None:
    chance, cap, sent, now = Random(seed), Cap(2000), 0, 0.0
    while now < 86_400:
        now += cap.wait(now)
        size = chance.randrange(200, 128_000)
        cap.spend(size, now)
        sent += size
        now += chance.random()
    assert sent <= 2000 * now + 128_000
    assert sent > 1900 * now


@pytest.mark.parametrize(
    ("wall", "passed", "step"),
    [
        (1.0, 1.0, None),
        (2.9, 1.0, None),
        (3.0, 1.0, 2000),
        (-1.0, 1.0, -2000),
        (-86_400, 1.0, -86_401_000),
        (3e8, 1, 299_999_999_000),
    ],
)
def test_a_clock_that_was_set(wall: float, passed: float, step: int | None) -> None:
    watch = ClockWatch(START, 100.0)
    later = START + timedelta(seconds=wall)
    stepped = watch.look(later, 100.0 + passed)
    assert (stepped.step_ms if stepped else None) == step
    assert watch.look(later + timedelta(seconds=1), 101.0 + passed) is None


# -- refusals --------------------------------------------------------------------------------------


def test_bulk_is_refused_and_declared_and_urgent_is_not(edge: EdgeRig) -> None:
    edge.room = NONE
    edge.take(native(1), level(1), level(2), native(2))
    assert [event.id for event in edge.events()] == ["door-07-1", "door-07-2"]
    assert edge.answers == {0: 0, 1: Answer.QUOTA, 2: Answer.QUOTA, 3: 0}
    (gap,) = gaps(edge)
    assert (gap.reason, gap.lane, gap.count, gap.kinds) == ("disk", Lane.BULK, 2, {LEVEL: 2})
    assert gap.since == gap.until == edge.events(GapDeclared.TYPE)[0].time
    assert (edge.counters.refused, edge.counters.recorded) == (2, 3)
    edge.room = Room(bulk=True, prune=False)
    edge.take(level(2))  # the device tries again: it is news
    assert "bin-03-2" in {event.id for event in edge.events()}


def test_while_it_goes_on_it_is_declared_now_and_then_and_counted_fully(edge: EdgeRig) -> None:
    edge.room = NONE
    for record in range(50):
        edge.take(level(record))
        edge.clock.move(timedelta(seconds=1))
    assert [gap.count for gap in gaps(edge)] == [1, 10, 10, 10, 10]
    edge.room = Room(bulk=True, prune=False)
    edge.take(native(1))  # it is over: the rest is told with the next commit
    assert sum(gap.count for gap in gaps(edge)) == 50
    assert edge.journal.refused() == []
    for earlier, later in zip(gaps(edge), gaps(edge)[1:], strict=False):
        assert earlier.until < later.since


def test_a_clock_set_back_silences_no_refusal(edge: EdgeRig) -> None:
    edge.room = NONE
    edge.clock.move(timedelta(days=3650))
    edge.take(level(1))
    edge.clock.move(-timedelta(days=3650))
    edge.take(level(2))
    assert [gap.count for gap in gaps(edge)] == [1, 1]


def test_refusals_are_told_once_across_deaths(edge: EdgeRig, seed: int) -> None:
    chance, refused = Random(seed), 0
    for record in range(60):
        edge.room = NONE if chance.random() < 0.7 else Room(bulk=True, prune=False)
        refused += not edge.room.bulk
        edge.take(level(record))
        edge.clock.move(timedelta(seconds=chance.choice((0, 1, 6))))
        if chance.random() < 0.3:
            edge.reopen()
    edge.room = Room(bulk=True, prune=False)
    edge.take(native(1))
    assert sum(gap.count for gap in gaps(edge)) == refused
    stored = {event.id for event in edge.events() if event.type == LEVEL}
    assert len(stored) == 60 - refused


def test_what_is_recorded_already_is_not_refused(edge: EdgeRig) -> None:
    """A redelivery while there is no room: a duplicate is no loss."""
    edge.take(level(1), native(1))
    edge.room = NONE
    edge.take(level(1), level(2))
    assert edge.answers == {0: 0, 1: 0, 2: 0, 3: Answer.QUOTA}
    edge.take(level(1))
    assert edge.answers[4] == Answer.STORED
    assert [gap.count for gap in gaps(edge)] == [1]
    assert edge.counters.duplicates == 2


def test_a_device_over_its_share_behind_a_broker(edge: EdgeRig) -> None:
    edge.shares = Shares(rate=1, burst=5)
    edge.reopen()
    edge.take(*(level(n, device="mad") for n in range(20)), *(native(n) for n in range(20)))
    edge.take(level(1, device="calm"))
    assert len(events_of(edge.lane(Lane.BULK))) == 5 + 1
    assert len([one for one in edge.events() if one.id.startswith("door")]) == 20
    (gap,) = gaps(edge)
    assert (gap.reason, gap.count, gap.kinds) == ("rate", 15, {LEVEL: 15})
    edge.seconds = 3.0
    edge.take(*(level(n, device="mad") for n in range(5)))  # redelivered: they are recorded
    assert edge.counters.duplicates == 5
    assert [one.count for one in gaps(edge)] == [15]


# -- a full disk -----------------------------------------------------------------------------------


def fill(edge: EdgeRig) -> None:
    """From now on the journal may not grow."""
    with edge.journal._recorder.datastore.transaction(commit=False) as c:
        c.execute("PRAGMA max_page_count = 1")


def space(edge: EdgeRig) -> None:
    with edge.journal._recorder.datastore.transaction(commit=False) as c:
        c.execute("PRAGMA max_page_count = 1000000")


def test_a_full_disk_acknowledges_nothing_and_goes_on_where_it_was(edge: EdgeRig) -> None:
    edge.take(native(0))
    fill(edge)
    flood = [native(n, data={"cause": "grant", "note": "x" * 900}) for n in range(1, 400)]
    with pytest.raises(DiskFull):
        edge.take(*flood)
    with pytest.raises(DiskFull):
        edge.intake.again()
    assert edge.acked == [0]
    space(edge)
    edge.intake.again()
    assert edge.acked == list(range(400))
    assert [event.id for event in edge.events()] == [f"door-07-{n}" for n in range(400)]
    assert edge.intake.again() == []


def test_on_a_full_disk_urgent_goes_before_bulk(edge: EdgeRig) -> None:
    """What SQLite has no room for is tried again without bulk."""
    edge.take(native(0))
    with edge.journal._recorder.datastore.transaction(commit=False) as c:
        c.execute("PRAGMA page_count")
        c.execute(f"PRAGMA max_page_count = {c.fetchone()[0] + 4}")
    edge.take(*(level(n) for n in range(1, 600)), native(1))
    assert [event.id for event in edge.events()] == ["door-07-0", "door-07-1"]
    assert [gap.count for gap in gaps(edge)] == [599]
    assert set(edge.answers.values()) == {Answer.STORED, Answer.QUOTA}


def test_keys_that_cannot_be_saved_are_saved_later(
    edge: EdgeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: KeyStore) -> None:
        raise DiskFull("no room")

    with monkeypatch.context() as patched:
        patched.setattr(KeyStore, "flush", full)
        with pytest.raises(DiskFull):
            edge.take(native(1), ("site/access/door-07", b"{broken"))
    edge.intake.again()
    assert edge.acked == [0, 1]
    assert len(edge.held()) == 1
    assert len(edge.events()) == 1


def test_the_ballast_is_given_once_and_taken_again_when_there_is_room(tmp_path: Path) -> None:
    ballast = Ballast(tmp_path)
    assert ballast.given_up
    assert not ballast.give_up()
    ballast.take()
    size = (tmp_path / "ballast").stat()
    assert size.st_blocks * 512 >= size.st_size > 0  # no hole: there really is room in it
    assert ballast.give_up()
    assert not ballast.give_up()
    assert not (tmp_path / "ballast").exists()


@pytest.mark.parametrize("name", ["open", "posix_fallocate"])
def test_where_there_is_no_room_for_ballast_nothing_is_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(f"edge.ballast.os.{name}", full)
    Ballast(tmp_path).take()
    assert Ballast(tmp_path).given_up


def test_a_count_is_kept_where_the_event_cannot_be_written_yet(edge: EdgeRig) -> None:
    edge.room = NONE
    edge.take(level(1))
    edge.take(level(2))
    assert [row[3] for row in edge.journal.refused()] == [1]
    edge.reopen()
    edge.take(level(3))
    assert [gap.kinds for gap in gaps(edge)] == [Counter({LEVEL: 1}), Counter({LEVEL: 2})]
