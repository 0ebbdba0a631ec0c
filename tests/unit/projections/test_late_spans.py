"""Which batches came late, told with few looks at when they were received."""

import random

from projections.late_spans import Span, Spans, late, span
from tests.fix_core import SEED


def drawn(chance: random.Random, count: int) -> tuple[list[Span], dict[int, int]]:
    """Batches at some of the positions, and limits that rise with them."""
    spans: list[Span] = []
    limits: dict[int, int] = {}
    position = limit = 0
    for _ in range(count):
        position += chance.choice((1, 1, 1, 3))
        limit += chance.choice((0, 0, 1, 40))
        begins = limit + chance.choice((-200, -30, 0, 5, 30))
        limits[position] = limit
        spans.append(Span(position, begins, begins + chance.randint(0, 50)))
    return spans, limits


def test_late_is_who_begins_before_its_limit() -> None:
    chance = random.Random(SEED)
    for count in range(40):
        spans, limits = drawn(chance, count)
        expected = [one for one in spans if one.earliest < limits[one.position]]
        assert late(spans, limits.__getitem__) == expected


def test_who_comes_at_once_is_told_with_two_looks() -> None:
    asked: list[int] = []

    def limit(position: int) -> int:
        asked.append(position)
        return position - 60

    assert late([Span(at, at - 1, at) for at in range(1000, 1050)], limit) == []
    assert late([Span(at, 1, 2) for at in range(1000, 1050)], limit) != []
    assert asked == [1000, 1049] * 2


def test_until_and_among_are_what_looking_at_all_gives() -> None:
    chance = random.Random(SEED)
    for _ in range(300):
        found = drawn(chance, chance.randint(0, 12))[0]
        kept = Spans(found)
        by = {one.position: one for one in found}
        after, upto, ms = chance.randint(0, 8), chance.randint(0, 24), chance.randint(-250, 300)
        at = after
        while at < upto and at + 1 in by and by[at + 1].latest <= ms:
            at += 1
        assert kept.until(after, upto, ms) == at
        assert kept.among(after, upto, ms) == [
            one.position for one in found if after < one.position <= upto and one.earliest <= ms
        ]


def test_what_nobody_can_read_may_tell_of_any_time() -> None:
    (found,) = late([span(7, [5, None, 9])], lambda _: -(10**15))
    kept = Spans([found])
    assert kept.among(6, 7, -1) == [7]
    assert kept.until(6, 7, 2**53) == 6
