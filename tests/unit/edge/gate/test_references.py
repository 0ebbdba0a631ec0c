"""Whoever looks somebody up at the hub finds what gateways tell of them."""

from core.event import Personal
from core.policy.book import Book
from core.policy.document import Person, digest, keyed_reference
from edge.gate.references import reference_of
from tests.fix_gate import CARD, RESIDENT, SALT, policy

NUMBERED = Person(ref="s:" + "7" * 32, number=digest(SALT, "person", "R-10023"))


def called(kind: str, identifier: str, **fields: str) -> str:
    found = policy()
    book = Book(policy(persons=(*found.persons, NUMBERED)))
    person = Personal(kind=kind, identifier=identifier, fields=fields)  # type: ignore[arg-type]
    return reference_of(book, person)


def test_a_device_that_decides_itself_tells_the_offices_number() -> None:
    assert called("employee", "R-10023") == NUMBERED.ref
    assert called("name", "somebody", resident="r-10023") == NUMBERED.ref


def test_a_card_is_its_bearers() -> None:
    assert called("card", CARD) == RESIDENT
    assert called("employee", "E-1", card=CARD) == RESIDENT
    assert called("employee", "E-1", card="1") == keyed_reference(SALT, "employee", "E-1")


def test_a_plate_is_called_the_same_by_every_gateway_and_by_the_hub() -> None:
    assert called("plate", "浙A·12345") == keyed_reference(SALT, "plate", "浙a12345")
    assert called("plate", "浙A12345") != called("card", "浙A12345")
