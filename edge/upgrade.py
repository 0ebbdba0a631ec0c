"""Journal files of version 0.1: one lane, and ids remembered by another key."""

from eventsourcing.sqlite import SQLiteCursor

from core import codec
from core.batch import parse
from edge.identity import Identity
from edge.known import Known

_STATES = "SELECT state FROM stored_events"
UNSAID = bytes(16)  # a content digest that is not known: whatever comes under the id is the same


def upgrade(c: SQLiteCursor, known: Known, identity: Identity, day: int) -> None:
    """In the caller's transaction: done whole or not at all, and once. The content digests of
    the old form cannot be carried over: a resend of what it held is taken for the same."""
    c.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'seen'")
    if c.fetchone() is None:
        return
    c.execute(_STATES)
    keys = {
        identity.key(one.source, one.id)
        for (state,) in c.fetchall()
        for one in codec.envelopes(parse(state))
    }
    known.insert(c, [(key, UNSAID) for key in sorted(keys)], day)
    known.recount(c)
    c.execute("DROP TABLE seen")
