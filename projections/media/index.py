"""Which pictures there are, whose they are, what became of them, and which events name them:
`media/index.db`, made of the log and of nothing else. Deleted, it is made again.

Not a view: these are too many to be held in memory.
"""

import contextlib
import logging
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from core.errors import EnvironmentFault
from core.event import Recorded
from core.events import media
from core.ownjournal import GATEWAY
from core.store.recorder import storage_error
from projections.follower import Item, Touched
from projections.media.register import SQL, is_sha256

_LOG = logging.getLogger("hub.media")
VERSION = 1  # of the rows: another one is made anew


class MediaIndex:
    """A `projections.follower.Follower`. Owns the file through one connection, which also
    checkpoints; readers open it read-only (`register.py`)."""

    name = "media"

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=NORMAL")  # the log makes it again
            for create in (name for name in SQL if name.startswith("create_")):
                self._db.execute(SQL[create])
            found = self._db.execute(SQL["select_stand"]).fetchone()
        except (OSError, sqlite3.Error) as error:
            raise EnvironmentFault(
                f"{path}: cannot be opened: {error}. It can be made again from the log: move the "
                "file away and start."
            ) from error
        self._position, self._leaf = 0, b""
        if found is not None and found[0] != VERSION:
            _LOG.warning("%s is of version %d, now %d: it is made anew", path, found[0], VERSION)
            self.forget()
        self.reload()

    def position(self) -> int:
        return self._position

    def leaf(self) -> bytes:
        return self._leaf

    def take(self, items: Sequence[Item], position: int, leaf: bytes) -> Touched:
        with self._committing():
            for item in items:
                if isinstance(item, Recorded):
                    self._fold(item)
            self._db.execute(SQL["put_stand"], (VERSION, position, leaf))
        self._position, self._leaf = position, leaf
        return {}

    def reload(self) -> None:
        found = self._db.execute(SQL["select_stand"]).fetchone()
        self._position, self._leaf = (found[1], found[2]) if found else (0, b"")

    def forget(self) -> None:
        with self._committing():
            for one in (name for name in SQL if name.startswith("forget_")):
                self._db.execute(SQL[one])
        self.reload()

    def close(self) -> None:
        self._db.close()

    def _fold(self, item: Recorded) -> None:
        event = item.event
        for one in event.data.media:
            if is_sha256(one.sha256):
                self._run(
                    "put_name", one.sha256, item.position, event.id, item.compound, event.subject,
                    item.device, event.type, item.moment.at,
                )  # fmt: skip
        if item.gateway == GATEWAY:  # nobody else says what became of them
            self._become(item)

    def _become(self, item: Recorded) -> None:
        event, position = item.event, item.position
        match event.data:
            case media.Stored() as data:
                at = event.recordedtime
                self._run("put_file", data.sha256, data.bytes, data.content, at, position)
                self._run("put_owner", data.sha256, item.compound, data.gateway, data.device, at)
            case media.Viewed() as data:
                self._run("count_view", data.sha256)
            case media.Exported() as data:
                self._run("count_export", data.sha256)
            case media.Held() as data:
                self._run(
                    "put_hold", data.sha256, data.case, data.until, data.actor,
                    event.recordedtime, position,
                )  # fmt: skip
            case media.Released() as data:
                self._run("drop_hold", data.sha256, data.case)
            case media.Removed() as data:
                self._run(
                    "remove_file", event.recordedtime, data.actor, data.reason or data.group,
                    position, data.sha256,
                )  # fmt: skip
            case media.FixityFailed() as data:
                self._run("put_problem", data.problem, data.sha256)

    def _run(self, name: str, *values: object) -> None:
        self._db.execute(SQL[name], values)

    @contextlib.contextmanager
    def _committing(self) -> Iterator[None]:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            raise storage_error(str(self._path), error) from error
        finally:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
