"""What could not become an event: kept with its raw bytes, counted, never in the way.

Committed before the message is acknowledged, so it is as durable as a batch. The raw
bytes may hold personal data: they are sealed with a key from the key store, and the topic
stays on this machine (some vendors put names into topics).
"""

import hashlib
import os
import sqlite3
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.clock import rfc3339
from core.errors import DiskFull, EnvironmentFault
from core.event import Media
from core.keystore import KeyStore
from core.store.queries import queries
from core.store.recorder import checkpointed, storage_error, transaction
from core.store.wal import Checkpoints, asking, demand
from core.strictjson import MAX_BYTES

_SQL = queries(Path(__file__).with_name("quarantine.sql"))
_HEAD = 64 * 1024  # of an oversized payload only the beginning is kept, with the whole's hash
_NONCE = 12
_ROWS = 200_000  # different messages kept; what comes beyond is counted by reason
_NOT_KEPT = bytes(32)  # stands for the hash of all of those
# Bytes. A shorter payload may be little more than a card number, which its hash would give to
# whoever tries all: such a hash leaves this machine sealed or not at all.
GUESSABLE = 256


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One message set aside."""

    topic: str
    payload: bytes
    adapter: str
    reason: str
    detail: str = ""
    media: tuple[Media, ...] = ()  # pictures that came with it, kept already

    @property
    def sha256(self) -> bytes:
        return hashlib.sha256(self.payload).digest()


def told(media: Sequence[Media]) -> str:
    return msgspec.json.encode(media).decode() if media else ""


def untold(media: str) -> tuple[Media, ...]:
    return msgspec.json.decode(media, type=tuple[Media, ...]) if media else ()


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A quarantine row as an operator reads it; `raw` is None beyond the budget."""

    sha256: str
    topic: str
    adapter: str
    reason: str
    detail: str
    first: str
    last: str
    count: int
    size: int
    raw: bytes | None


def opened(key: bytes, raw: bytes, digest: bytes) -> bytes:
    return AESGCM(key).decrypt(raw[:_NONCE], raw[_NONCE:], digest)


class Quarantine:
    """Owns quarantine.db; one connection, the intake thread's."""

    def __init__(self, path: Path, keys: KeyStore, budget: int) -> None:
        """`budget`: bytes of raw payload kept; beyond it rows are still written, without raw."""
        self._path, self._keys, self._budget = path, keys, budget
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            ask = asking(self._db)
            demand(ask, str(path))
            self._checkpoints = Checkpoints(ask, str(path))
            self._db.execute(_SQL["create"])
            columns = {name for (name,) in self._db.execute(_SQL["columns"])}
            for added in {"resolved", "media"} - columns:  # by a version after this file
                self._db.execute(_SQL[f"with_{added}"])
            self._used: int = self._db.execute(_SQL["used"]).fetchone()[0]
            self._rows: int = self._db.execute(_SQL["rows"]).fetchone()[0]
        except (OSError, sqlite3.Error) as error:
            if isinstance(full := storage_error(str(path), error), DiskFull):
                raise full from error  # the agent starts as soon as there is room
            raise EnvironmentFault(f"{path}: quarantine cannot be opened: {error}") from error

    def add(self, found: Sequence[Entry], at: datetime, *, short: bool = False) -> None:
        """Durable when this returns. `short`: room is left for what is urgent only, so what is
        new is counted by reason and not kept; as it is beyond a number of rows."""
        when, kid = rfc3339(at), f"quarantine:{at:%Y-%m}"
        used, rows = self._used, self._rows
        try:
            with transaction(self._db):
                for entry in found:
                    self._insert(entry, when, kid, short=short)
                self._keys.flush()  # a key is on disk before what it seals
            checkpointed(self._checkpoints, sum(len(entry.payload) for entry in found))
        except sqlite3.Error as error:
            self._used, self._rows = used, rows
            raise storage_error(f"quarantine {self._path}", error) from error

    def _insert(self, entry: Entry, when: str, kid: str, *, short: bool) -> None:
        digest, topic = entry.sha256, entry.topic
        if self._again(when, digest, topic, entry.reason):
            return
        raw = None
        if short or self._rows >= _ROWS:
            digest, topic = _NOT_KEPT, ""
            if self._again(when, digest, topic, entry.reason):
                return
        elif self._used < self._budget:
            nonce = os.urandom(_NONCE)
            kept = entry.payload if len(entry.payload) <= MAX_BYTES else entry.payload[:_HEAD]
            raw = nonce + AESGCM(self._keys.key(kid)).encrypt(nonce, kept, digest)
            self._used += len(raw)
        self._rows += 1
        self._db.execute(
            _SQL["insert"],
            (digest, topic, entry.adapter, entry.reason, entry.detail,
             when, when, len(entry.payload), raw, told(entry.media)),
        )  # fmt: skip

    def _again(self, when: str, digest: bytes, topic: str, reason: str) -> bool:
        return self._db.execute(_SQL["again"], (when, digest, topic, reason)).rowcount > 0

    def resolve(self, rows: Sequence[int], at: datetime) -> None:
        """They are decoded by now. What they were stays, raw bytes and all."""
        try:
            with transaction(self._db):
                self._db.executemany(_SQL["resolve"], [(rfc3339(at), row) for row in rows])
            checkpointed(self._checkpoints, 0)
        except sqlite3.Error as error:
            raise storage_error(f"quarantine {self._path}", error) from error

    @property
    def rows(self) -> int:
        """Different messages set aside since ever."""
        return self._rows

    def newest(self, limit: int) -> list[Held]:
        found = []
        for (
            digest,
            topic,
            adapter,
            reason,
            detail,
            first,
            last,
            count,
            size,
            raw,
        ) in self._db.execute(_SQL["newest"], (limit,)):
            plain = None
            key = self._keys.find(f"quarantine:{first[:7]}")
            if raw is not None and key is not None:
                plain = opened(key, raw, digest)
            found.append(
                Held(
                    sha256=digest.hex(),
                    topic=topic,
                    adapter=adapter,
                    reason=reason,
                    detail=detail,
                    first=first,
                    last=last,
                    count=count,
                    size=size,
                    raw=plain,
                )
            )
        return found

    def close(self) -> None:
        self._db.close()
