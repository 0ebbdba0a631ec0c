"""Which grants of a gateway that was cut off are held against a newer policy, and how."""

from datetime import timedelta
from typing import Any

import msgspec

from core.policy.book import Book
from core.policy.conflicts import Given, conflicts, since
from core.policy.decide import Request
from core.policy.passes import Pass
from core.policy.standing import Standing
from tests.unit.core.policy.test_decide import AT, world

BOOK, _, REQUEST = world(set())


def newer(**changes: Any) -> Book:
    issued = (AT - timedelta(hours=1)).isoformat()
    policy = msgspec.structs.replace(BOOK.policy, version=4, issued=issued, **changes)
    return Book(policy)


def given(request: Request = REQUEST, policy: int = 3) -> Given:
    return Given(id="grant", request=request, policy=policy, ref="s:1")


def test_says_what_since_when_and_by_which() -> None:
    book = newer(persons=())
    (found,) = conflicts(book, [given()])
    assert (found.given.id, found.newer, found.reason) == ("grant", 4, "credential-not-found")
    assert found.since == since(book) == book.policy.issued


def test_what_this_version_gave_is_not_held_against_it() -> None:
    assert list(conflicts(newer(persons=()), [given(policy=4), given(policy=5)])) == []


def test_what_was_before_is_not_either() -> None:
    early = msgspec.structs.replace(REQUEST, at=AT - timedelta(hours=1, seconds=1))
    assert list(conflicts(newer(persons=()), [given(early)])) == []
    earlier = (AT - timedelta(hours=2)).isoformat()
    assert len(list(conflicts(newer(persons=(), since=earlier), [given(early)]))) == 1


def test_the_code_is_not_asked_for_again() -> None:
    assert list(conflicts(newer(), [given(msgspec.structs.replace(REQUEST, pin=""))])) == []


def test_a_visitor_let_out_late_is_no_conflict_but_one_let_in_is() -> None:
    shown = Pass(id="00" * 8, compound="c01", nbf=0, exp=int(AT.timestamp()) - 60)
    leaving = Request(door="a", kind="qr", at=AT, direction="out", pass_=shown)
    coming = msgspec.structs.replace(leaving, direction="in")
    assert list(conflicts(newer(), [given(leaving)])) == []
    assert [one.reason for one in conflicts(newer(), [given(coming)])] == ["credential-expired"]


def test_memory_plays_no_part() -> None:
    book, standing, request = world({"antipassback", "capacity", "door"})
    assert standing != Standing()
    held = Book(msgspec.structs.replace(book.policy, version=9))
    assert list(conflicts(held, [given(request)])) == []
