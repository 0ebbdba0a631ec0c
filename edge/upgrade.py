"""Journal files of version 0.1: one lane, and ids remembered by another key."""

from collections.abc import Iterator

from eventsourcing.sqlite import SQLiteCursor

from core import codec
from core.batch import parse
from core.errors import BadFrame
from edge.identity import Identity
from edge.known import Known

_STATES = "SELECT rowid, state FROM stored_events WHERE rowid > ? ORDER BY rowid LIMIT 64"
UNSAID = bytes(16)  # a content digest that is not known: whatever comes under the id is the same


def upgrade(c: SQLiteCursor, known: Known, identity: Identity, day: int) -> None:
    """In the caller's transaction: done whole or not at all, and once. The content digests of
    the old form cannot be carried over: a resend of what it held is taken for the same."""
    c.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'seen'")
    if c.fetchone() is None:
        return
    keys = {identity.key(source, name) for source, name in _ids(c)}
    known.insert(c, [(key, UNSAID) for key in sorted(keys)], day)
    known.recount(c)
    c.execute("DROP TABLE seen")


def _ids(c: SQLiteCursor) -> Iterator[tuple[str, str]]:
    """Of every batch that can be read; those that cannot, the survey will find."""
    place = 0
    while True:
        c.execute(_STATES, (place,))
        page = c.fetchall()
        if not page:
            return
        for row in page:
            place, frame = row[0], row[1]
            try:
                found = codec.envelopes(parse(frame if isinstance(frame, bytes) else b""))
            except BadFrame:
                continue
            yield from ((one.source, one.id) for one in found)
