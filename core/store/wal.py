"""What a SQLite connection that writes must be: in WAL mode, synced in full, its checkpoints ours.

A change to WAL that fails leaves the file in rollback mode without a word, where a power cut may
take back the last commit; and SQLite keeps the failure of a checkpoint that it began by itself
to itself, after which nothing on disk can be trusted (I8). So both are asked for, and asserted.
"""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from core.errors import FatalError

LIMIT = 4_000_000  # bytes written between checkpoints, about
_COMMIT = 40_000  # bytes that a commit writes besides what it holds: whole pages, indexes


def fit(room: int) -> None:
    """For this process: what one checkpoint moves must find room in so many bytes, also on a disk
    that is full but for them."""
    global LIMIT
    LIMIT = min(LIMIT, max(room // 2, 200_000))


Ask = Callable[[str], object]  # a PRAGMA → the first column of its first row
_FULL = 2


def asking(db: sqlite3.Connection) -> Ask:
    def ask(pragma: str) -> object:
        rows = db.execute(pragma).fetchall()  # to the end: there a change of mode is committed
        return rows[0][0] if rows else None

    return ask


def demand(ask: Ask, name: str) -> None:
    """FatalError, or what SQLite raises, when the connection does not do as it is told."""
    if ask("PRAGMA journal_mode=WAL") != "wal":
        raise FatalError(f"{name}: cannot be put into WAL mode")
    ask("PRAGMA synchronous=FULL")
    if (level := ask("PRAGMA synchronous")) != _FULL:
        raise FatalError(f"{name}: synchronous is {level}, not FULL")
    ask("PRAGMA wal_autocheckpoint=0")


class Checkpoints:
    """For the thread that commits. Owns how much was written since the last one, where the file
    cannot be asked."""

    def __init__(self, ask: Ask, database: str) -> None:
        self._ask = ask
        self._wal = Path(f"{database}-wal")
        self._written = 0

    def committed(self, size: int) -> None:
        """After a commit of `size` bytes: moves pages to their places when it is time. The WAL
        begins anew at length 0, so that its length says how much is in it. Raises what SQLite
        raises; the commit stands all the same."""
        self._written += size + _COMMIT
        try:
            written = self._wal.stat().st_size
        except OSError:  # in memory, or on the laboratory's disk
            written = self._written
        if written >= LIMIT:
            self._written = 0
            self._ask("PRAGMA wal_checkpoint(TRUNCATE)")
