"""Whatever comes in whatever order: nothing is made up, and nothing waits for ever."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from hypothesis import given, settings
from hypothesis import strategies as st

from core.batch import MAX_FRAME, Lane
from core.ingest import Arrival
from infra.hub import waiting as waiting_module
from infra.hub.waiting import FRAME, GROUP, LANE_BYTES, SHARE, Waiting

NAMES = ("gw00", "gw01", "gw02", "gw03", "stranger")
SIZE = st.one_of(st.integers(0, 400), st.integers(1_000, 20_000), st.just(MAX_FRAME))
COMING = st.tuples(
    st.sampled_from(NAMES), st.sampled_from([Lane.URGENT, Lane.BULK]), SIZE, st.integers(1, 60)
)
# So many frames come, or a commit takes what it may.
STORY = st.lists(st.one_of(st.none(), COMING), max_size=40)


def frame(name: str, lane: Lane, size: int, number: int) -> Arrival:
    head = b"MWB1\x01\x01\x01" + bytes([lane]) + number.to_bytes(4, "big")
    return Arrival("c01", name, head.ljust(size, b"\0"))


def waiting() -> Waiting:
    return Waiting({("c01", name) for name in NAMES[:4]})


@contextmanager
def memory_of(size: int) -> Iterator[None]:
    """Lanes that are full sooner: what happens then is what is looked for."""
    before, waiting_module.LANE_BYTES = waiting_module.LANE_BYTES, size
    try:
        yield
    finally:
        waiting_module.LANE_BYTES = before


def cost(arrivals: Iterable[Arrival]) -> int:
    return sum(min(len(one.frame), MAX_FRAME) + FRAME for one in arrivals)


def check(group: list[Arrival]) -> None:
    assert cost(group) <= GROUP
    for name in {one.gateway for one in group}:
        for lane in (Lane.URGENT, Lane.BULK):
            assert cost(one for one in group if place(one) == (name, lane)) <= SHARE
    lanes = [one.frame[7] for one in group]
    assert lanes == sorted(lanes), "urgent first"


def place(arrival: Arrival) -> tuple[str, int]:
    return arrival.gateway, arrival.frame[7]


@settings(max_examples=200)
@given(STORY, st.sampled_from([LANE_BYTES, 3 * MAX_FRAME, 40_000]))
def test_what_was_taken_in_comes_out_once_and_in_order(
    story: list[tuple[str, Lane, int, int] | None], room: int
) -> None:
    with memory_of(room):
        _story(story, room)


def _story(story: list[tuple[str, Lane, int, int] | None], room: int) -> None:
    queue = waiting()
    went: list[Arrival] = []
    came: list[Arrival] = []
    dropped: list[Arrival] = []
    for step in story:
        if step is None:
            went += (group := queue.take())
            check(group)
            continue
        name, lane, size, count = step
        for _ in range(count):
            came.append(frame(name, lane, size, len(came)))
            dropped += queue.add(came[-1])
        assert all(depth.bytes <= room for depth in queue.depths().values())
    came = [one for one in came if not any(one is other for other in dropped)]
    assert len(queue) == len(came) - len(went)
    while queue:
        group = queue.take()
        assert group, "never nothing while something waits"
        check(group)
        went += group
    assert sum(depth.dropped for depth in queue.depths().values()) == len(dropped)
    for name in NAMES:
        for lane in (Lane.URGENT, Lane.BULK):
            assert [id(one) for one in went if place(one) == (name, lane)] == [
                id(one) for one in came if place(one) == (name, lane)
            ]
    assert len(went) == len(came)


@settings(max_examples=100)
@given(
    sizes=st.lists(st.tuples(SIZE, SIZE), min_size=1, max_size=4),
    size=SIZE,
    lane=st.sampled_from([Lane.URGENT, Lane.BULK]),
)
def test_nobody_waits_for_those_who_never_stop(
    sizes: list[tuple[int, int]], size: int, lane: Lane
) -> None:
    """All others always have frames in both lanes; one frame comes. It needs as many rounds as
    its bytes need turns, and not one for what the others have in front of it."""
    queue = waiting()
    number = 0

    def flood() -> None:
        nonlocal number
        for other, pair in zip(NAMES[1:], sizes, strict=False):
            for own, long in zip((Lane.URGENT, Lane.BULK), pair, strict=True):
                for _ in range(20):
                    number += 1
                    queue.add(frame(other, own, long, number))

    for _ in range(6):
        flood()
    queue.add(frame("gw00", lane, size, 0))
    for _ in range(30):
        if any(one.gateway == "gw00" for one in queue.take()):
            return
        flood()
    raise AssertionError("it was never its turn")
