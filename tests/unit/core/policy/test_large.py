"""A district's worth of people at one door. How quickly: `make bench ARGS="--only decision"`."""

import msgspec

from core.policy.book import Book
from core.policy.decide import decide
from core.policy.document import Credential, Person
from tests.unit.core.policy.test_decide import world


def test_each_of_twenty_thousand_credentials_is_its_own() -> None:
    book, standing, request = world(set())
    persons = tuple(
        Person(ref=f"s:{n}", groups=("g",), credentials=(Credential(kind="card", hash=f"{n}"),))
        for n in range(20_000)
    )
    large = Book(msgspec.structs.replace(book.policy, persons=persons))
    assert len(large.bearers) == 20_000
    for n in range(0, 20_000, 20):
        decision = decide(large, standing, msgspec.structs.replace(request, hash=f"{n}"))
        assert (decision.granted, decision.ref) == (True, f"s:{n}")
