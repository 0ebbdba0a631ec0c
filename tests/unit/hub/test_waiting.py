"""Urgent frames are in the next commit, bulk is never starved, and memory has an end."""

from core.batch import Lane
from core.ingest import Arrival
from infra.hub.waiting import GROUP, GROUP_BYTES, LANE_BYTES, LANE_FRAMES, Waiting


def frame(lane: int, number: int = 0, size: int = 300) -> Arrival:
    head = b"MWB1\x01\x01\x01" + bytes([lane]) + number.to_bytes(4, "big")
    return Arrival("c01", "gw01", head.ljust(size, b"\0"))


def number(arrival: Arrival) -> int:
    return int.from_bytes(arrival.frame[8:12], "big")


def lanes(group: list[Arrival]) -> list[int]:
    return [one.frame[7] for one in group]


def test_an_urgent_frame_behind_a_backlog_goes_with_the_next_commit() -> None:
    waiting = Waiting()
    for at in range(3000):
        assert waiting.add(frame(Lane.BULK, at))
    assert waiting.add(frame(Lane.URGENT))
    group = waiting.take()
    assert lanes(group)[0] == Lane.URGENT
    assert lanes(group).count(Lane.URGENT) == 1
    assert len(group) == GROUP
    assert len(waiting) == 3001 - GROUP


def test_each_lane_keeps_its_order() -> None:
    waiting = Waiting()
    for at in range(400):
        assert waiting.add(frame(Lane.BULK if at % 3 else Lane.URGENT, at))
    seen: dict[int, list[int]] = {}
    while waiting:
        for one in waiting.take():
            seen.setdefault(one.frame[7], []).append(number(one))
    assert [found == sorted(found) for found in seen.values()] == [True, True]
    assert sum(map(len, seen.values())) == 400


def test_bulk_is_not_starved_by_whatever_calls_itself_urgent() -> None:
    waiting = Waiting()
    for at in range(1000):
        waiting.add(frame(Lane.URGENT, at))
    for at in range(100):
        waiting.add(frame(Lane.BULK, at))
    assert lanes(waiting.take()).count(Lane.BULK) > 0


def test_a_journal_of_all_lanes_is_urgent() -> None:
    """Data folders from before the lanes hold access decisions."""
    waiting = Waiting()
    waiting.add(frame(Lane.BULK))
    waiting.add(frame(Lane.ALL))
    assert lanes(waiting.take()) == [Lane.ALL, Lane.BULK]


def test_a_commit_is_bounded_in_bytes_and_takes_at_least_one() -> None:
    waiting = Waiting()
    for at in range(40):
        waiting.add(frame(Lane.BULK, at, size=120_000))
    group = waiting.take()
    assert 1 < sum(len(one.frame) for one in group) <= GROUP_BYTES
    waiting = Waiting()
    waiting.add(frame(Lane.BULK, size=GROUP_BYTES + 1))
    assert len(waiting.take()) == 1


def test_each_lane_has_room_of_its_own() -> None:
    waiting = Waiting()
    taken = sum(waiting.add(frame(Lane.BULK, size=1_000_000)) for _ in range(100))
    assert taken * 1_000_000 <= LANE_BYTES
    assert not waiting.add(frame(Lane.BULK, size=1_000_000))
    assert waiting.add(frame(Lane.URGENT, size=1_000_000)), "bulk may not shut urgent out"
    many = Waiting()
    assert sum(many.add(frame(Lane.URGENT)) for _ in range(LANE_FRAMES + 10)) == LANE_FRAMES


def test_room_comes_back() -> None:
    waiting = Waiting()
    for _ in range(3):
        while waiting.add(frame(Lane.BULK, size=1_000_000)):
            pass
        while waiting:
            waiting.take()
        assert waiting.take() == []
    assert waiting.add(frame(Lane.BULK, size=1_000_000))


def test_what_is_no_frame_waits_like_one() -> None:
    """It is ingest that refuses it, with a reason."""
    waiting = Waiting()
    for odd in (b"", b"\0", b"x" * 7, b"x" * 8):
        assert waiting.add(Arrival("c01", "gw01", odd))
    assert len(waiting.take()) == 4
