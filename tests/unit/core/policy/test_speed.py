"""A door waits for this: with 20,000 credentials a decision takes microseconds."""

import statistics
import time

import msgspec

from core.policy.book import Book
from core.policy.decide import decide
from core.policy.document import Credential, Person
from tests.unit.core.policy.test_decide import world

LIMIT_US = 50.0


def test_a_decision_among_twenty_thousand_credentials() -> None:
    book, standing, request = world(set())
    persons = tuple(
        Person(ref=f"s:{n}", groups=("g",), credentials=(Credential(kind="card", hash=f"{n}"),))
        for n in range(20_000)
    )
    large = Book(msgspec.structs.replace(book.policy, persons=persons))
    assert len(large.bearers) == 20_000
    took = []
    for n in range(0, 20_000, 20):
        asked = msgspec.structs.replace(request, hash=f"{n}")
        begin = time.perf_counter_ns()
        decision = decide(large, standing, asked)
        took.append(time.perf_counter_ns() - begin)
        assert decision.granted
    assert statistics.median(took) / 1_000 <= LIMIT_US
