"""Events of some compounds only, or of some types: the others are skipped without decoding them."""

import re
from collections.abc import Sequence

import msgspec
from eventsourcing.persistence import Notification

from core.batch import Batch
from core.catalog import Catalog
from core.codec import standing
from core.errors import BadFrame
from projections.follower import Item
from projections.pages import damaged, items, opened
from projections.view import View

_SOURCE = re.compile(rb'"/c/([^/"]*)/gw/')
# Behind the end of a line before; without `^`, at which a search would stop everywhere.
_TYPE = re.compile(rb'\}\n\{"id":"[^"\\]*","source":"[^"\\]*","type":"([^"\\]*)"')


class Sieve(msgspec.Struct, frozen=True):
    """Which compounds are wanted: those named, or all but those named; and of these no events of
    types to skip. A type not known here is never one to skip."""

    names: frozenset[str] = frozenset()
    others: bool = False
    skip: frozenset[bytes] = frozenset()  # types that nobody looks at

    def wants(self, compound: str) -> bool:
        return (compound in self.names) != self.others

    def may_hold(self, plain: bytes) -> bool:
        """False only if no event of these lines is of a wanted compound, told without decoding
        them: a source stands in them as it is, unless it was written with an escape."""
        if (self.others and not self.names) or b"\\" in plain:
            return True
        found = set(_SOURCE.findall(plain))
        return not found or any(self.wants(name.decode("utf-8", "replace")) for name in found)

    def places(self, plain: bytes, count: int) -> Sequence[int] | None:
        """Which of so many lines are not of a type to skip, told without decoding them; None when
        that is not certain. It is where each line is an object that begins as we write it, and
        `"type"` stands in it once: then nothing in its data can pass for its type, or is its type
        instead."""
        if not self.skip or b"\\" in plain or not plain.endswith(b"}\n"):
            return None
        types = _TYPE.findall(b"}\n" + plain)
        if not len(types) == count == plain.count(b"\n") == plain.count(b'"type"'):
            return None
        return [at for at, one in enumerate(types) if one not in self.skip]


ALL = Sieve(others=True)


def looked_at(view: View, catalog: Catalog) -> Sieve:
    """Every compound's events of types the view is about, and those of types not known here."""
    skip = frozenset(name.encode() for name in view.passed_over(catalog))
    return Sieve(others=True, skip=skip) if skip else ALL


def spoken(batch: Batch) -> set[str]:
    """Compounds that stand as sources in the batch, as far as that can be told."""
    if not batch.readable:
        return set()
    return {name.decode("utf-8", "replace") for name in _SOURCE.findall(batch.lines())}


def sifted(notification: Notification, catalog: Catalog, sieve: Sieve) -> Sequence[Item]:
    """Those that are wanted, as far as that can be told, and what nobody can say whose it is."""
    batch = opened(notification)
    if sieve is ALL or not batch.readable:
        return items(batch, notification, catalog)
    try:
        plain = batch.lines()
    except BadFrame as bad:
        raise damaged(notification, bad) from bad
    if not sieve.may_hold(plain):
        return ()
    found = _looked_at(batch, plain, notification.id, catalog, sieve)
    if found is None:
        found = items(batch, notification, catalog)
    return [one for one in found if not one.compound or sieve.wants(one.compound)]


def _looked_at(
    batch: Batch, plain: bytes, position: int, catalog: Catalog, sieve: Sieve
) -> Sequence[Item] | None:
    places = sieve.places(plain, batch.header.last - batch.header.first + 1)
    if places is None:
        return None
    if not places:
        return ()
    lines = plain.split(b"\n")
    return standing(batch, b"\n".join([lines[at] for at in places]), places, position, catalog)
