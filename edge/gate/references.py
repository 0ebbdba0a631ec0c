"""How somebody is called in events while a policy is in force: as the hub calls them, so that who
may look people up there finds all that a compound's gateways tell of one.

Whom the policy knows has the hub's reference, by the office's number or a card. Everybody else, and
every plate, has one keyed with the policy's salt, which hub and gateways hold alike. Until there is
a policy a gateway has only its own key.
"""

from core.event import Personal
from core.policy.book import Book
from core.policy.document import digest, keyed_reference

_NUMBERS = ("employee", "resident")


def reference_of(book: Book, personal: Personal) -> str:
    salt, fields = book.policy.salt, personal.fields
    if personal.kind != "plate":
        for name in _NUMBERS:
            number = personal.identifier if personal.kind == name else fields.get(name)
            known = book.numbers.get(digest(salt, "person", number)) if number else None
            if known is not None:
                return known
        card = personal.identifier if personal.kind == "card" else fields.get("card")
        bearer = book.bearers.get(("card", digest(salt, "card", card))) if card else None
        if bearer is not None:
            return bearer.person.ref
    return keyed_reference(salt, personal.kind, personal.identifier)
