"""The independent account: what was published, against what the files say, exactly once.

Reads journals and hub logs with stock sqlite3 and `core.batch.parse` only; nothing of the code
that wrote them but the format itself.
"""

import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
from eventsourcing.persistence import PersistenceError

from core.batch import ZERO_HASH, parse
from core.errors import BadFrame, MenweiError
from core.events.journal import Conflicted, GapDeclared

Frames = Mapping[str, Sequence[bytes]]  # journal → frames in order


# What code that opens a file may die of; anything of it where a file should be good is a finding.
BROKEN = (MenweiError, PersistenceError, sqlite3.Error, ValueError, TypeError, LookupError)


class Wrong(Exception):
    """A finding: what does not hold, in words."""


class Page(msgspec.Struct, frozen=True):
    """One batch that holds by itself."""

    number: int
    first: int
    last: int
    previous: bytes
    hash: bytes
    events: tuple[dict[str, Any], ...]


_PAGES: dict[bytes, Page] = {}


def page(frame: bytes) -> Page:
    """Signature, payload and count are checked; the same bytes only once."""
    digest = hashlib.sha256(b"\x00" + frame).digest()
    found = _PAGES.get(digest)
    if found is None:
        try:
            batch = parse(frame)
            batch.check_signature()
            lines = batch.lines().splitlines()
        except BadFrame as bad:
            raise Wrong(f"a batch does not hold: {bad}") from bad
        header = batch.header
        if len(lines) != header.last - header.first + 1:
            raise Wrong(f"batch {header.number} holds {len(lines)} events, says otherwise")
        found = _PAGES[digest] = Page(
            number=header.number,
            first=header.first,
            last=header.last,
            previous=header.previous,
            hash=digest,
            events=tuple(json.loads(line) for line in lines),
        )
        if len(_PAGES) > 100_000:
            _PAGES.clear()
    return found


def frames(path: Path) -> dict[str, list[bytes]]:
    """Of a file nobody writes; Wrong when SQLite or the numbers say that something is missing."""
    found: dict[str, list[bytes]] = {}
    if not path.exists():
        return found
    db = sqlite3.connect(path)
    try:
        said = db.execute("PRAGMA integrity_check").fetchall()
        if said != [("ok",)]:
            raise Wrong(f"{path.name}: integrity_check: {said[0][0]}")
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'stored_events'").fetchone():
            return found
        for journal, number, state in db.execute(
            "SELECT originator_id, originator_version, state FROM stored_events "
            "ORDER BY originator_id, originator_version"
        ):
            one = found.setdefault(journal, [])
            if one and number != page(one[-1]).number + 1:
                raise Wrong(f"{path.name}: batch {number} follows {page(one[-1]).number}")
            one.append(state)
    except sqlite3.Error as error:
        raise Wrong(f"{path.name}: {error}") from error
    finally:
        db.close()
    return found


def chain(journal: Sequence[bytes]) -> list[Page]:
    """Wrong unless numbers, sequences and hashes link up. A journal whose receipted beginning
    was given up starts later; what it began with is then at the hub."""
    pages = [page(frame) for frame in journal]
    if pages and pages[0].number == 1 and (pages[0].first, pages[0].previous) != (1, ZERO_HASH):
        raise Wrong("the first batch is not a beginning")
    for before, one in pairwise(pages):
        expected = (before.number + 1, before.last + 1, before.hash)
        if (one.number, one.first, one.previous) != expected:
            raise Wrong(f"batch {one.number} does not follow the one before")
    return pages


def events(found: Frames) -> list[dict[str, Any]]:
    """Every event of every journal, each chain checked."""
    return [event for one in found.values() for each in chain(one) for event in each.events]


class Aside(msgspec.Struct, frozen=True):
    """What a quarantine file holds: SHA-256 of raw payloads, and months whose keys it needs."""

    held: frozenset[bytes]
    kids: frozenset[str]


def quarantine(path: Path) -> Aside:
    rows = _rows(path, "quarantine", "SELECT sha256, first, raw IS NOT NULL FROM quarantine")
    return Aside(
        frozenset(row[0] for row in rows),
        frozenset(f"quarantine:{row[1][:7]}" for row in rows if row[2]),
    )


def keys(path: Path) -> frozenset[str]:
    return frozenset(row[0] for row in _rows(path, "keys", "SELECT kid FROM keys"))


def kids(found: Iterable[Mapping[str, Any]]) -> set[str]:
    """Keys that the sealed parts of these events need."""
    return {event["data"]["pii"]["kid"] for event in found if event["data"].get("pii")}


def _rows(path: Path, table: str, query: str) -> list[tuple[Any, ...]]:
    if not path.exists():
        return []
    db = sqlite3.connect(path)
    try:
        said = db.execute("PRAGMA integrity_check").fetchall()
        if said != [("ok",)]:
            raise Wrong(f"{path.name}: integrity_check: {said[0][0]}")
        there = db.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        return db.execute(query).fetchall() if there else []
    except sqlite3.Error as error:
        raise Wrong(f"{path.name}: {error}") from error
    finally:
        db.close()


class Account(msgspec.Struct, frozen=True):
    """published = stored ∪ declared gaps, exactly once; `lost` and `doubled` must be empty."""

    ids: frozenset[str]
    stored: int
    declared: int
    lost: tuple[str, ...]
    doubled: tuple[str, ...]

    def close(self) -> None:
        if self.lost or self.doubled:
            raise Wrong(
                f"{len(self.lost)} lost {list(self.lost[:5])}, "
                f"{len(self.doubled)} doubled {list(self.doubled[:5])}"
            )


def settle(acked: Iterable[str], found: Iterable[Mapping[str, Any]]) -> Account:
    """`acked`: ids of events whose message was acknowledged as stored. What was refused in the
    open is counted by the journal itself; it has no ids, so it never excuses a missing one."""
    counts: Counter[str] = Counter()
    declared = 0
    for event in found:
        if event["type"] == GapDeclared.TYPE:
            declared += event["data"]["count"]
        elif event["type"] == Conflicted.TYPE:
            counts[conflict(event["data"]["recordId"])] += 1
        elif not event["id"].startswith("gw:"):
            counts[f"{event['source']} {event['id']}"] += 1
    by_id = Counter(key.rpartition(" ")[2] for key in counts)
    return Account(
        ids=frozenset(by_id),
        stored=counts.total(),
        declared=declared,
        lost=tuple(sorted(set(acked) - set(by_id))),
        doubled=tuple(sorted(key for key, count in counts.items() if count > 1)),
    )


def conflict(record: str) -> str:
    """How a conflict over a record is named here, beside the record itself."""
    return f"conflict:{record}"
