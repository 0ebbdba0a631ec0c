"""Batches of some compounds only: the others are skipped without decoding them."""

import re
from collections.abc import Sequence

import msgspec
from eventsourcing.persistence import Notification

from core.batch import Batch
from core.catalog import Catalog
from core.errors import BadFrame
from projections.follower import Item
from projections.pages import damaged, items, opened
from projections.view import View

_SOURCE = re.compile(rb'"/c/([^/"]*)/gw/')
_TYPE = re.compile(rb'"type":"([^"]*)"')


class Sieve(msgspec.Struct, frozen=True):
    """Which compounds are wanted: those named, or all but those named; and a batch of nothing but
    types to skip is wanted by nobody. A type not known here is never one to skip."""

    names: frozenset[str] = frozenset()
    others: bool = False
    skip: frozenset[bytes] = frozenset()  # types that nobody looks at

    def wants(self, compound: str) -> bool:
        return (compound in self.names) != self.others

    def may_hold(self, plain: bytes) -> bool:
        """False only if no event of these lines is wanted, told without decoding them: a source
        stands in them as it is, unless it was written with an escape."""
        if b"\\" in plain:
            return True
        if self.skip and self.skip.issuperset(_TYPE.findall(plain)):
            return False
        found = set(_SOURCE.findall(plain))
        return not found or any(self.wants(name.decode("utf-8", "replace")) for name in found)


ALL = Sieve(others=True)


def looked_at(view: View, catalog: Catalog) -> Sieve:
    """Every compound's batches that hold a type the view is about."""
    if view.about is None:
        return ALL
    skip = {name.encode() for name, cls in catalog.types.items() if cls not in view.about}
    return Sieve(others=True, skip=frozenset(skip))


def spoken(batch: Batch) -> set[str]:
    """Compounds that stand as sources in the batch, as far as that can be told."""
    if not batch.readable:
        return set()
    return {name.decode("utf-8", "replace") for name in _SOURCE.findall(batch.lines())}


def sifted(notification: Notification, catalog: Catalog, sieve: Sieve) -> Sequence[Item]:
    """Those of the wanted compounds, and what nobody can say whose it is."""
    batch = opened(notification)
    if sieve is ALL:
        return items(batch, notification, catalog)
    if batch.readable and not sieve.may_hold(_plain(batch, notification)):
        return ()
    found = items(batch, notification, catalog)
    return [one for one in found if not one.compound or sieve.wants(one.compound)]


def _plain(batch: Batch, notification: Notification) -> bytes:
    try:
        return batch.lines()
    except BadFrame as bad:
        raise damaged(notification, bad) from bad
