"""Journal files of version 0.1: one lane, and ids remembered by another key."""

from eventsourcing.sqlite import SQLiteCursor

from core import codec
from core.batch import parse
from edge.identity import key_of

_STATES = "SELECT state FROM stored_events"
_INSERT = "INSERT OR IGNORE INTO known (key, digest, day) VALUES (?, x'', ?)"


def upgrade(c: SQLiteCursor, day: int) -> None:
    """In the caller's transaction: done whole or not at all, and once. The content digests of
    the old form cannot be carried over: a resend of what it held is taken for the same."""
    c.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'seen'")
    if c.fetchone() is None:
        return
    c.execute(_STATES)
    for (state,) in c.fetchall():
        found = codec.envelopes(parse(state))
        c.executemany(_INSERT, [(key_of(one.source, one.id), day) for one in found])
    c.execute("DROP TABLE seen")
