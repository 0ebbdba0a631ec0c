"""What a gateway granted while it had not heard of a newer policy: the grant stands, and so does
the finding."""

from collections.abc import Iterable, Iterator

import msgspec

from core.events.access import DenyReason
from core.policy.book import Book, instant, moment
from core.policy.decide import Request, entitled


class Given(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A grant as the gateway keeps it for later: what was asked, by which version it was given.
    PINs are not kept."""

    id: str  # of the access.granted event
    request: Request
    policy: int
    ref: str = ""
    device: str = ""


class Conflict(msgspec.Struct, frozen=True, gc=False):
    """`newer` was in force `since` then and would not have given it."""

    given: Given
    newer: int
    reason: DenyReason
    since: str


def since(book: Book) -> str:
    """From when on the grants of older versions are looked at again."""
    return book.policy.since or book.policy.issued


def conflicts(book: Book, given: Iterable[Given]) -> Iterator[Conflict]:
    """What depends on the moment (PIN, doors, who was where) is not judged again: it was as it
    was. A card that was taken out is `credential-not-found`; so would every card be if the salt
    changed, which is why a compound keeps its salt for ever."""
    begin = since(book)
    start = moment("since", begin)
    for one in given:
        if one.policy >= book.policy.version or instant(one.request.at) < start:
            continue
        judged = entitled(book, one.request)
        if not judged.granted and judged.reason:
            yield Conflict(one, book.policy.version, judged.reason, begin)
