"""The thread behind the queue: groups, a full disk, an end that leaves nothing half said."""

import logging
import threading
from collections.abc import Sequence

import pytest

from core.batch import Lane
from core.errors import DiskFull, FatalError
from core.events.device import HealthReported, SessionClosed, SessionOpened, Throttled
from edge import commits as edge_commits
from edge.ballast import Ballast
from edge.carry import Carry
from edge.commits import Commits
from edge.intake import Item, Own
from edge.journal import EdgeJournal
from tests.fix_broker import PATIENCE
from tests.fix_edge import EdgeRig, native


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge_commits, "_AGAIN", 0.001)


def running(edge: EdgeRig, linger: float = 0.0, most: int = 100) -> Commits:
    return Commits(edge.intake, Ballast(edge.folder), edge.counters, linger, most)


def test_what_waits_is_one_commit(edge: EdgeRig) -> None:
    commits, committed = running(edge), []
    for record in range(5):
        commits.deliver([edge.delivery(native(record))])
    commits.end()
    commits.run(lambda: committed.append(len(edge.acked)))
    assert committed == [5]
    assert len(edge.batches()) == 1


def test_a_group_has_an_end(edge: EdgeRig) -> None:
    commits, committed = running(edge, most=2), []
    for record in range(5):
        commits.deliver([edge.delivery(native(record))])
    commits.end()
    commits.run(lambda: committed.append(len(edge.acked)))
    assert committed == [2, 4, 5]


def test_a_clients_wait_is_told(edge: EdgeRig) -> None:
    commits = running(edge)
    commits.throttled("相机 7", 12, 1.23456, 500)
    commits.end()
    commits.run(lambda: None)
    (event,) = edge.events(Throttled.TYPE)
    assert isinstance(event.data, Throttled)
    assert (event.data.count, event.data.waited_s, event.data.rate) == (12, 1.235, 500)
    assert edge.counters.throttled == 12


@pytest.mark.parametrize(
    "client",
    [
        "13800138000",
        "tel 13800138000 b",
        "粤B·12345",
        "粤b-12345",
        "***",
        "x" * 52 + "-1380013800011",
    ],
)
def test_a_clients_name_that_names_a_person_is_not_told(edge: EdgeRig, client: str) -> None:
    commits = running(edge)
    commits.throttled(client, 12, 1.0, 500)
    commits.end()
    commits.run(lambda: None)
    (event,) = edge.events(Throttled.TYPE)
    assert event.subject == "device/unnamed"
    assert event.source.endswith("/unnamed")


def test_of_the_agents_own_condition_only_the_newest_waits(edge: EdgeRig) -> None:
    """On a full disk nothing leaves the queue, and a report comes every half minute."""
    commits = running(edge, most=1)
    commits.put(Own(SessionOpened(boot=1)))
    for received in range(1000):
        commits.put(Own(HealthReported(boot=1, backlog=0, received=received)))
    commits.deliver([edge.delivery(native(1))])
    assert commits.waiting == 3
    commits.end()
    commits.run(lambda: None)
    (event,) = edge.events(HealthReported.TYPE)
    assert isinstance(event.data, HealthReported)
    assert event.data.received == 999


def test_reports_that_were_taken_before_are_reports_of_their_own(edge: EdgeRig) -> None:
    commits, left = running(edge), [3, 2, 1]

    def next_one() -> None:
        if left:
            commits.put(Own(HealthReported(boot=1, backlog=0, received=left.pop())))
        else:
            commits.end()

    next_one()
    commits.run(next_one)
    told = [event.data for event in edge.events(HealthReported.TYPE)]
    assert [one.received for one in told if isinstance(one, HealthReported)] == [1, 2, 3]


class Full:
    """No room for so many attempts."""

    def __init__(self, edge: EdgeRig, attempts: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left, self.met = attempts, threading.Event()
        commit = edge.journal.commit

        def full(*lines: object, **options: object) -> int:
            if self.left:
                self.left -= 1
                self.met.set()
                raise DiskFull("no room")
            return commit(*lines, **options)  # type: ignore[arg-type]

        monkeypatch.setattr(edge.journal, "commit", full)


def test_the_ballast_is_given_before_anybody_waits(
    edge: EdgeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    Ballast(edge.folder).take()
    commits = running(edge)
    Full(edge, 1, monkeypatch)
    commits.deliver([edge.delivery(native(1))])
    commits.end()
    seen: list[bool] = []
    commits.run(lambda: seen.append(commits.disk_full))
    assert (edge.acked, seen) == ([0], [False])


def test_it_waits_for_room_and_says_so(
    edge: EdgeRig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    commits = running(edge)
    Full(edge, 5, monkeypatch)
    done = threading.Event()
    commits.deliver([edge.delivery(native(1))])
    commits.deliver([edge.delivery(native(2))])
    thread = threading.Thread(target=commits.run, args=(done.set,))
    thread.start()
    assert done.wait(PATIENCE)
    commits.deliver([edge.delivery(native(3))])
    commits.end()
    thread.join(PATIENCE)
    assert edge.acked == [0, 1, 2]
    assert not commits.disk_full
    assert sum("nothing is acknowledged" in one for one in caplog.messages) == 1
    assert sum("there is room again" in one for one in caplog.messages) == 1


def test_whoever_ends_on_a_full_disk_records_nothing_behind_it(
    edge: EdgeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An epoch's opening was refused for want of room: its session's end may not stand first."""
    met, commit = threading.Event(), edge.journal.commit

    def full(lines: dict[Lane, list[bytes]], *rest: object, **options: object) -> int:
        if b"session.opened" in b"".join(lines[Lane.URGENT]):
            met.set()
            raise DiskFull("no room for this one")
        return commit(lines, *rest, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(edge.journal, "commit", full)
    commits = running(edge)
    commits.put(Own(SessionOpened(boot=1)))
    thread = threading.Thread(target=commits.run, args=(lambda: None,))
    thread.start()
    assert met.wait(PATIENCE)
    commits.put(Own(SessionClosed(boot=1)))
    commits.end()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert edge.batches() == []


def test_what_is_fatal_comes_out(edge: EdgeRig, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> int:
        raise FatalError("sync failed")

    monkeypatch.setattr(edge.journal, "commit", fails)
    commits = running(edge)
    commits.deliver([edge.delivery(native(1))])
    with pytest.raises(FatalError, match="sync failed"):
        commits.run(lambda: None)
    assert edge.acked == []


def test_an_order_comes_again_until_it_is_done(
    edge: EdgeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = [3, 2, 1]

    def take(items: Sequence[Item]) -> list[Carry]:
        assert len(items) == 1
        left.pop()
        return [Carry(edge.journal.streams[Lane.URGENT], 1)] if left else []

    monkeypatch.setattr(edge.intake, "take", take)
    commits = running(edge, most=1)
    commits.put(Carry(edge.journal.streams[1], 1))  # type: ignore[index]
    commits.run(lambda: None if left else commits.end())
    assert left == []


def test_what_the_hub_has_makes_room_for_what_waits(
    edge: EdgeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that the journal itself has filled, with the ballast spent already."""
    for record in range(8):
        edge.take(native(record))
    edge.receipted(Lane.URGENT, 6)
    commit = type(edge.journal).commit

    def full(journal: EdgeJournal, *lines: object, **options: object) -> int:
        if not journal.streams[Lane.URGENT].pruned and not options.get("make_room"):
            raise DiskFull("no room")
        return commit(journal, *lines, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(type(edge.journal), "commit", full)
    commits, acked = running(edge), len(edge.acked)
    commits.deliver([edge.delivery(native(100))])
    commits.end()
    commits.run(lambda: None)
    assert len(edge.acked) == acked + 1
    assert edge.journal.streams[Lane.URGENT].pruned == 6
    assert not commits.disk_full
