"""Audit packs that are asked for: on record first, then made one after the other.

Owns hub/exports: files nobody needs to keep, since any of them can be made again. What was under
way when the hub died is gone; who asked, asks again, and both are on record.
"""

import contextlib
import hashlib
import logging
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec
from fastapi import HTTPException

from core.clock import rfc3339
from core.errors import DiskFull, FatalError, MenweiError
from core.events.audit import Exported
from core.tlog.log import TransparencyLog
from core.tlog.published import Published
from projections.audit import pack
from projections.audit.pack import Material, Wish
from projections.audit.selection import Selection
from projections.view import DISTRICT
from projections.web.accounts import Account
from projections.web.deed import event_of
from projections.web.desk import Desk
from projections.web.people import Unready
from projections.web.reasons import NoReason, stated

log = logging.getLogger("hub.audit")

_KEPT = 8  # files; the oldest goes when another is made
_WAITING = 16  # asked for and not made yet
_COVERED = 90.0  # seconds until a checkpoint covers the export's own event
_WITNESSED = 40.0  # ... and until witnesses have cosigned one that does
_LOOK = 0.2
EVER = datetime(1970, 1, 1, tzinfo=UTC)
Stage = Literal["waiting", "frames", "events", "done", "failed"]


class State(msgspec.Struct, frozen=True, kw_only=True):
    """`done` of `whole` batches are read; the rest is told once it is made, or why it is not."""

    id: str
    stage: Stage = "waiting"
    done: int = 0
    whole: int = 0
    position: int = 0
    batches: int = 0
    events: int = 0
    bytes: int = 0
    sha256: str = ""
    error: str = ""


def exports_of(desk: Desk) -> "Exports | None":
    return Exports(desk, desk.tlog) if desk.tlog is not None else None


class Exports:
    """Any thread; `ask` blocks for a sync."""

    def __init__(self, desk: Desk, tlog: TransparencyLog) -> None:
        self._desk = desk
        self._tlog = tlog
        self._folder = desk.data / "exports"
        self._folder.mkdir(exist_ok=True, mode=0o700)
        for left in self._folder.iterdir():
            left.unlink()
        self._lock = threading.Lock()
        self._states: dict[str, State] = {}
        self._worker = ThreadPoolExecutor(1, "audit-export")
        self._closing = threading.Event()

    def ask(self, account: Account, selection: Selection, reason: str, unit: str) -> State:
        """The event is durable when this returns. NoReason, Unready, HTTPException 422."""
        if self._tlog.published() is None:
            raise Unready("the log has no checkpoint yet; try again in a minute")
        if selection.last > self._desk.log.head():
            raise HTTPException(422, "The log has not reached that position yet.")
        with self._lock:
            if sum(one.stage not in ("done", "failed") for one in self._states.values()) > _WAITING:
                raise Unready("too many exports wait; take those that are made, then ask again")
        at = rfc3339(self._desk.clock.now())
        word, note = stated(reason, account.name)
        if note is not None and self._desk.people is None:
            raise NoReason("this hub keeps no notes: give one of the words")
        data = Exported(
            from_position=selection.first,
            to_position=selection.last,
            compound=selection.compound,
            types=selection.types,
            actor=account.name,
            reason=word,
            unit=unit,
        )
        event = event_of(selection.compound or DISTRICT, "log", data, at)
        if note is not None and self._desk.people is not None:
            position = self._desk.people.append([event], {event.id: note})
        else:
            position = self._desk.append([event])
        wish = Wish(
            selection=selection,
            actor=account.name,
            reason=word,
            unit=unit,
            exported=position,
            at=at,
        )
        state = State(id=event.id.partition(":")[2], position=position)
        with self._lock:
            self._states[state.id] = state
        self._worker.submit(self._make, state.id, wish)
        return state

    def state(self, name: str) -> State:
        """HTTPException 404."""
        with self._lock:
            found = self._states.get(name)
        if found is None:
            raise HTTPException(404, "There is no such export; a restart of the hub forgets them.")
        return found

    def file(self, name: str) -> Path:
        """Of one that is made. HTTPException 404, Unready."""
        state = self.state(name)
        if state.stage == "failed":
            raise HTTPException(404, state.error)
        if state.stage != "done":
            raise Unready("this export is still being made")
        path = self._path(name)
        if not path.is_file():
            raise HTTPException(404, "This export was removed for newer ones; ask again.")
        return path

    def close(self) -> None:
        self._closing.set()
        self._worker.shutdown(wait=True, cancel_futures=True)

    # --- the worker's thread ----------------------------------------------------------------------

    def _make(self, name: str, wish: Wish) -> None:
        try:
            self._made(name, wish)
        except DiskFull as full:
            self._failed(name, f"the hub's disk is full: {full}")
        except FatalError as fatal:
            self._desk.fatal(fatal)
        except (_Stopped, MenweiError) as why:
            self._failed(name, str(why))
        except OSError as error:
            self._failed(name, f"{error.filename or self._folder}: {error.strerror}")

    def _made(self, name: str, wish: Wish) -> None:
        published = self._covering(wish.exported)
        material = Material(
            log=self._desk.log,
            catalog=self._desk.catalog,
            published=published,
            history=[one.checkpoint for one in self._tlog.checkpoints(EVER)],
            holds=self._holds(),
            beside=self._desk.pack_files,
        )
        path = self._path(name)
        beside = path.with_suffix(".new")
        try:
            with open(beside, "xb", opener=_private) as out:
                made = pack.write(out, wish, material, self._progress(name))
            with beside.open("rb") as read:
                digest = hashlib.file_digest(read, "sha256").hexdigest()
            beside.replace(path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                beside.unlink()
        self._tell(
            name,
            stage="done",
            batches=made.batches,
            events=made.events,
            bytes=path.stat().st_size,
            sha256=digest,
        )
        self._thin()

    def _holds(self) -> Callable[[str], str] | None:
        """What the hub says of a picture now: kept, held, removed, damaged …"""
        archive = self._desk.media
        if archive is None:
            return None
        now = self._desk.clock.now()

        def holds(sha256: str) -> str:
            entry = archive.register.entry(sha256)
            return entry.state(now) if entry is not None else "awaited"

        return holds

    def _covering(self, position: int) -> Published:
        """Where witnesses are asked, one that enough of them have cosigned, if one comes soon."""
        began = time.monotonic()
        while (waited := time.monotonic() - began) < _COVERED:
            found = self._tlog.published()
            if found is not None and found.size >= position:
                standing = self._desk.witnessing()
                if standing is None or standing.witnessed == found.size or waited > _WITNESSED:
                    return found
            if self._closing.wait(_LOOK):
                raise _Stopped
        raise Unready(
            f"no checkpoint covered position {position} within {_COVERED:.0f} s: see the log's "
            "state on /metrics"
        )

    def _progress(self, name: str) -> pack.Progress:
        def progress(what: str, done: int, whole: int) -> None:
            if self._closing.is_set():
                raise _Stopped
            self._tell(name, stage="events" if what == "events" else "frames", done=done,
                       whole=whole)  # fmt: skip

        return progress

    def _tell(self, name: str, **more: object) -> None:
        with self._lock:
            self._states[name] = msgspec.structs.replace(self._states[name], **more)

    def _failed(self, name: str, why: str) -> None:
        log.error("export %s is not made: %s", name, why)
        self._tell(name, stage="failed", error=f"{why[0].upper()}{why[1:]}.")

    def _thin(self) -> None:
        files = sorted(self._folder.glob("*.zip"), key=lambda one: one.stat().st_mtime)
        for old in files[:-_KEPT]:
            old.unlink()

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.menwei-audit.zip"


class _Stopped(MenweiError):
    """The hub ends while a pack is made."""

    def __str__(self) -> str:
        return "the hub was stopped meanwhile; ask again"


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
