"""Files into a hub's log, each whole or not at all.

With no hub on the data folder what is staged is appended here, under the hub's own lock. While a
hub runs it is the one writer of the log (I8): we stage, the hub takes (`handing`), and we wait.
"""

import sqlite3
import time
from contextlib import ExitStack, closing
from pathlib import Path
from typing import IO

import msgspec
from eventsourcing.persistence import PersistenceError

from core.clock import Clock
from core.errors import DiskFull, EnvironmentFault
from core.folder import Claimed, claim
from core.keys import Signer
from core.keystore import KeyStore
from core.ownjournal import OwnJournal
from core.sources import ILLEGIBLE
from core.store.open import open_log, open_store
from core.store.port import EventStore, Log
from core.trust import Trust
from infra.hub import keyring
from infra.importing import identity, staging, taking
from infra.importing.aside import Unusable
from infra.importing.file import File, Told, refused
from infra.importing.pool import Pool
from infra.importing.reading import How
from infra.importing.remembered import Remembered
from infra.importing.report import Report
from infra.importing.staging import Frames, Manifest
from infra.importing.taking import Stale
from infra.rebuild import Place

_LOOK = 0.2  # seconds between looks at what the hub does
_PATIENCE = 60.0  # seconds in which a hub that runs begins to take what is staged, or goes on


class Importer:
    """Owns the imports' folder, and the log's one writer unless a hub runs."""

    def __init__(self, found: Place, clock: Clock, how: How, workers: int, told: Told) -> None:
        if not (found.folder / "hub.key").exists():
            raise EnvironmentFault(
                f"{found.folder}: no hub here. Name its data folder with --data, or start it once."
            )
        self._found = found
        self._folder = found.folder / taking.FOLDER
        self._clock, self._how, self._told = clock, how, told
        self._hub = Signer.load_or_create(found.folder / "hub.key")
        self._store: EventStore | None = None
        self._believed: Trust | None = None
        self._log: Log
        try:
            self._open(found, workers)
        except (PersistenceError, sqlite3.Error, DiskFull) as error:
            raise EnvironmentFault(
                f"{found.folder}: cannot be opened ({error}). Check permissions and free space."
            ) from error

    def _open(self, found: Place, workers: int) -> None:
        with ExitStack() as opened:
            opened.enter_context(claim(self._folder))
            lock = _free(found.folder)
            if lock is not None:
                opened.enter_context(lock)
                self._log = self._store = opened.enter_context(closing(open_store(found.where)))
            else:
                self._log = opened.enter_context(closing(open_log(found.where)))
            reference = identity.reference_key(found.folder, running=lock is None)
            setting = self._how.setting(reference, self._clock.now(), self._log.journals())
            self._pool = opened.enter_context(closing(Pool(setting, workers)))
            self._opened = opened.pop_all()

    def close(self) -> None:
        self._opened.close()

    def file(self, path: Path) -> Report:
        """What became of it."""
        try:
            file = File(path, self._how, self._told)
            finished = self._settle(file.run)
            if file.run in self._runs():
                report = self._report(file.run)
                return msgspec.structs.replace(report, already=finished != file.run)
            return self._imported(file)
        except Unusable as why:
            return refused(path, why)

    def _imported(self, file: File) -> Report:
        for _ in range(2):
            report = self._stage(file)
            staged = staging.manifest(self._folder)
            if staged is None:
                return report
            try:
                self._take(staged)
            except Stale:
                continue
            return report
        raise EnvironmentFault(f"{file.path}: the log changed under it, twice. Run it again.")

    def _stage(self, file: File) -> Report:
        ends = self._log.journals()
        try:
            with closing(Frames(self._folder, self._hub, ends, self._clock)) as frames:
                report = file.stage(self._folder, self._folder, frames, self._clock, self._pool)
                if report.events:
                    frames.whole(file.run, report)
        except (OSError, sqlite3.Error, DiskFull) as error:
            raise EnvironmentFault(
                f"{self._folder}: cannot be written ({error}). Nothing of {file.path} was taken in."
            ) from error
        return report

    def _settle(self, run: str) -> str:
        """What an import before us has staged whole: finished if the log has anything of it, or if
        it is of this file; else it never was. The run that was finished."""
        staged = staging.manifest(self._folder)
        if staged is None:
            return ""
        if self._store is None or staged.run == run or staged.first.stands(self._log):
            try:
                self._take(staged)
            except Stale:
                return ""
            return staged.run
        staging.discard(self._folder)
        return ""

    def _take(self, staged: Manifest) -> None:
        """Stale: it had to be thrown away."""
        if self._store is None:
            self._wait_for_hub(staged)
            return
        try:
            taking.take(
                self._folder, staged, self._store, self._hub, self._trust(self._store), self._clock,
                lambda taken: self._told("taking", taken, staged.batches),
            )  # fmt: skip
        except Stale:
            staging.discard(self._folder)
            raise
        except DiskFull as full:
            raise EnvironmentFault(
                f"{self._folder}: no room for all of {staged.report.file} ({full}). Make room, and "
                "run this again: it goes on where it stopped."
            ) from full
        except OSError as error:
            raise EnvironmentFault(
                f"{self._folder}: {staged.report.file} cannot be finished ({error.strerror}). Run "
                "this again: it goes on where it stopped."
            ) from error

    def _trust(self, store: EventStore) -> Trust:
        """As the hub would have it that does not run."""
        if self._believed is None:
            keys = self._opened.enter_context(closing(KeyStore(self._found.folder / "keys.db")))
            own = OwnJournal(store, self._hub, self._clock, keys)
            self._believed = keyring.open_trust(
                self._found, store, self._hub.public, own.append, self._clock
            )
        return self._believed

    def _wait_for_hub(self, staged: Manifest) -> None:
        """Until the hub that runs has taken it. EnvironmentFault when it does not begin, or goes no
        further: it was stopped, or died, or cannot."""
        ahead = staging.standings(self._folder)
        following, taken = next(ahead, None), 0
        moved = time.monotonic()
        while (now := staging.manifest(self._folder)) is not None and now.run == staged.run:
            before = taken
            while following is not None and following.stands(self._log):
                following, taken = next(ahead, None), taken + 1
            if taken > before:
                moved = time.monotonic()
                self._told("taking", taken, staged.batches)
            if time.monotonic() - moved > _PATIENCE:
                raise EnvironmentFault(
                    f"{self._folder}: what runs on this data folder takes in nothing of "
                    f"{staged.report.file}. Its log says why; start it if it does not run: it "
                    "finishes what is staged. Or stop it and run this again."
                )
            time.sleep(_LOOK)
        if not staged.last.stands(self._log):
            raise Stale("the hub gave it back")

    def _runs(self) -> set[str]:
        with closing(Remembered(self._folder)) as remembered:
            return remembered.runs(self._log)

    def _report(self, run: str) -> Report:
        path = taking.report_of(self._folder, run)
        try:
            return msgspec.json.decode(path.read_bytes(), type=Report)
        except (OSError, *ILLEGIBLE) as error:
            raise EnvironmentFault(f"{path}: cannot be read ({error}).") from error


def _free(folder: Path) -> IO[str] | None:
    """The hub's own lock, or nothing where somebody runs on the folder."""
    try:
        return claim(folder)
    except Claimed:
        return None
