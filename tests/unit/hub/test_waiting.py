"""Urgent frames are in the next commit, every gateway has its turn, and memory has an end."""

import pytest

from core.batch import MAX_FRAME, Lane
from core.ingest import Arrival
from infra.hub.waiting import FRAME, GATEWAY_BYTES, GROUP, LANE_BYTES, OVERHEAD, SHARE, Waiting

NAMES = [f"gw{number:02d}" for number in range(40)]


def waiting() -> Waiting:
    return Waiting({("c01", name) for name in NAMES})


def frame(lane: int, number: int = 0, size: int = 300, name: str = "gw01") -> Arrival:
    head = b"MWB1\x01\x01\x01" + bytes([lane]) + number.to_bytes(4, "big")
    return Arrival("c01", name, head.ljust(size, b"\0"))


def number(arrival: Arrival) -> int:
    return int.from_bytes(arrival.frame[8:12], "big")


def lanes(group: list[Arrival]) -> list[int]:
    return [one.frame[7] for one in group]


def of(group: list[Arrival], name: str) -> list[int]:
    return [number(one) for one in group if one.gateway == name]


SHORT = SHARE // (FRAME + 300)  # short frames of one gateway in one commit


def fill(queue: Waiting, lane: int, name: str, size: int = 300) -> int:
    """As much as finds room; how many."""
    count = 0
    while frame(lane, count, size, name) not in queue.add(frame(lane, count, size, name)):
        count += 1
    return count


def test_an_urgent_frame_behind_a_backlog_goes_with_the_next_commit() -> None:
    queue = waiting()
    for at in range(3000):
        assert not queue.add(frame(Lane.BULK, at, name=NAMES[at % 40]))
    assert not queue.add(frame(Lane.URGENT))
    group = queue.take()
    assert lanes(group)[0] == Lane.URGENT
    assert lanes(group).count(Lane.URGENT) == 1
    assert len(group) == GROUP // (FRAME + 300)
    assert len(queue) == 3001 - len(group)


def test_each_lane_keeps_its_order() -> None:
    queue = waiting()
    for at in range(400):
        assert not queue.add(frame(Lane.BULK if at % 3 else Lane.URGENT, at))
    seen: dict[int, list[int]] = {}
    while queue:
        for one in queue.take():
            seen.setdefault(one.frame[7], []).append(number(one))
    assert [found == sorted(found) for found in seen.values()] == [True, True]
    assert sum(map(len, seen.values())) == 400


def test_bulk_is_not_starved_by_whatever_calls_itself_urgent() -> None:
    """Neither by many frames nor by large ones."""
    for size in (300, MAX_FRAME):
        queue = waiting()
        for name in NAMES:
            for at in range(20):
                queue.add(frame(Lane.URGENT, at, size, name))
        for at in range(100):
            queue.add(frame(Lane.BULK, at, MAX_FRAME))
        assert lanes(queue.take()).count(Lane.BULK) > 0


def test_a_journal_of_all_lanes_is_urgent() -> None:
    """Data folders from before the lanes hold access decisions."""
    queue = waiting()
    queue.add(frame(Lane.BULK))
    queue.add(frame(Lane.ALL))
    assert lanes(queue.take()) == [Lane.ALL, Lane.BULK]


def test_a_flooder_has_its_share_of_a_commit_and_no_more() -> None:
    queue = waiting()
    for at in range(5000):
        queue.add(frame(Lane.URGENT, at, name="gw00"))
    for name in NAMES[1:]:
        queue.add(frame(Lane.URGENT, 0, name=name))
    group = queue.take()
    assert of(group, "gw00") == list(range(SHORT))
    assert {one.gateway for one in group} == set(NAMES), "all others had only to wait this long"
    assert of(queue.take(), "gw00") == list(range(SHORT, 2 * SHORT))


@pytest.mark.parametrize("others", [1, 30])
def test_gateways_that_all_flood_get_as_much_each(others: int) -> None:
    """Long frames and short ones, and nobody else or so many that a commit cannot hold a turn
    of all: each gets the same, in what it costs the hub."""
    queue = waiting()
    size = {name: 100_000 if at % 2 else 2_500 for at, name in enumerate(NAMES[: others + 1])}
    got = dict.fromkeys(size, 0)
    for at in range(100):
        for name in size:
            for step in range(20):
                queue.add(frame(Lane.URGENT, 20 * at + step, size[name], name))
        for one in queue.take():
            got[one.gateway] += len(one.frame) + FRAME
    assert max(got.values()) < 1.5 * min(got.values()), got


def test_a_long_frame_gets_its_turn_beside_many_short_ones() -> None:
    queue = waiting()
    for name in NAMES[1:]:
        for at in range(100):
            queue.add(frame(Lane.URGENT, at, 3_000, name))
    queue.add(frame(Lane.URGENT, 7, MAX_FRAME, "gw00"))
    taken = [of(queue.take(), "gw00") for _ in range(12)]
    assert [7] in taken


def test_a_commit_is_bounded_and_takes_at_least_one() -> None:
    queue = waiting()
    for name in NAMES:
        for at in range(4):
            queue.add(frame(Lane.BULK, at, 120_000, name))
    group = queue.take()
    assert 1 < sum(len(one.frame) + FRAME for one in group) <= GROUP
    queue = waiting()
    queue.add(frame(Lane.BULK, size=3 * GROUP))
    assert len(queue.take()) == 1


def test_what_is_too_long_to_be_a_frame_does_not_stop_its_lane() -> None:
    """It is refused when its turn comes, however much is urgent all the while."""
    queue = waiting()
    queue.add(frame(Lane.BULK, 0, 3 * GROUP))
    queue.add(frame(Lane.BULK, 1))
    taken = []
    for at in range(2):
        for name in NAMES:
            queue.add(frame(Lane.URGENT, 100 + at, MAX_FRAME, name))
        taken += [number(one) for one in queue.take() if one.frame[7] == Lane.BULK]
    assert taken == [0, 1]


def test_each_lane_has_room_of_its_own() -> None:
    queue = waiting()
    for name in NAMES:
        fill(queue, Lane.BULK, name, size=100_000)
    assert queue.depths()["bulk"].bytes <= LANE_BYTES
    assert queue.add(frame(Lane.BULK, 10_000, size=1_000_000))
    assert not queue.add(frame(Lane.URGENT, size=1_000_000)), "bulk may not shut urgent out"


def test_a_gateways_widest_window_finds_room() -> None:
    queue = waiting()
    assert fill(queue, Lane.URGENT, "gw01", size=MAX_FRAME) == 64
    assert queue.depths()["urgent"].bytes <= GATEWAY_BYTES


def test_however_many_flood_who_comes_next_finds_room() -> None:
    """At the cost of who holds most, and from its end: what is left of that is still a prefix."""
    queue = waiting()
    for name in NAMES[:30]:
        fill(queue, Lane.URGENT, name, size=5_000)
    before = queue.depths()["urgent"]
    assert before.bytes > LANE_BYTES - 6_000
    for name in NAMES[30:]:
        dropped = queue.add(frame(Lane.URGENT, size=5_000, name=name))
        assert {one.gateway for one in dropped} <= set(NAMES[:30])
    after = queue.depths()["urgent"]
    assert after.bytes <= LANE_BYTES
    assert after.gateways == before.gateways + 10
    left: dict[str, list[int]] = {}
    while queue:
        for one in queue.take():
            left.setdefault(one.gateway, []).append(number(one))
    assert all(found == list(range(len(found))) for found in left.values())
    assert set(NAMES[30:]) <= left.keys()
    flood = [len(left[name]) for name in NAMES[:30]]
    assert max(flood) - min(flood) <= 2, "who came first had taken more"


def test_names_nobody_enrolled_share_one_turn_and_one_room() -> None:
    queue = waiting()
    taken = 0
    for at in range(40_000):
        taken += not queue.add(frame(Lane.URGENT, at, 1_000, name=f"stranger{at}"))
    assert taken * (1_000 + OVERHEAD) <= GATEWAY_BYTES
    queue.add(frame(Lane.URGENT))
    assert len(queue.take()) == SHARE // (1_000 + FRAME) + 1


def test_room_comes_back() -> None:
    queue = waiting()
    counts = set()
    for _ in range(3):
        counts.add(fill(queue, Lane.BULK, "gw01", size=100_000))
        while queue:
            queue.take()
        assert queue.take() == []
        assert queue.depths()["bulk"].bytes == 0
    assert len(counts) == 1
    assert queue.depths()["bulk"].dropped == 3


def test_a_resend_of_what_waits_takes_no_room() -> None:
    """A gateway without a receipt knocks every few seconds, for as long as the store is away."""
    queue = waiting()
    for _ in range(1000):
        assert not queue.add(frame(Lane.URGENT, 1))
    assert (len(queue), queue.depths()["urgent"].frames) == (1, 1)
    queue.add(frame(Lane.URGENT, 2))
    queue.add(frame(Lane.URGENT, 1))
    assert of(queue.take(), "gw01") == [1, 2, 1]


def test_what_is_no_frame_waits_like_one() -> None:
    """It is ingest that refuses it, with a reason."""
    queue = waiting()
    for odd in (b"", b"\0", b"x" * 7, b"x" * 8):
        assert not queue.add(Arrival("c01", "gw01", odd))
    assert len(queue.take()) == 4
