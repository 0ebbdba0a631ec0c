"""The alarm rules this hub is told to judge by become events, one a compound, when they change.

Owns which set is to be in force. Dying between the file and the events is safe: at the next start
the file is compared with what the compounds have adopted.
"""

import asyncio
import hashlib
import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from core import codec, durable
from core.clock import Clock, rfc3339
from core.errors import ConfigError, DiskFull, Refused, Unavailable
from core.event import Event, source_of
from core.events.alarm import RulesAdopted
from core.ownjournal import GATEWAY
from infra.hub.link import whole
from projections.alarms.files import load
from projections.alarms.rules import Book, plain
from projections.alarms.validation import BUILT_IN, read
from projections.rulebook import InForce, in_force
from projections.runner import Runner

log = logging.getLogger("hub")

DEVICE = "rules"  # the device part of the sources of these events
_LOOK = 0.2  # seconds between looks at whether the views have read on
_AGAIN = 2.0


def standing(path: Path) -> Book:
    """The set in that file, or the built-in one where there is no such file. ConfigError when it
    may not be used."""
    return load(path) if path.exists() else BUILT_IN


class Adoption:
    """Any thread; one adoption at a time."""

    def __init__(
        self,
        path: Path,
        compounds: Iterable[str],
        runner: Runner,
        head: Callable[[], int],
        append: Callable[[Sequence[Event]], int],
        clock: Clock,
        *,
        named: bool,
    ) -> None:
        self._path = path
        self._named = named
        self._book = standing(path)
        self._actor = ""  # whose word it is; nobody's where it was in the file at the start
        self._compounds = frozenset(compounds)
        self._runner = runner
        self._append = append
        self._clock = clock
        self._floor = head()
        self._lock = threading.Lock()
        self._stand: set[str] = set()  # compounds in whose rows it stands
        self._appended: dict[str, tuple[int, str]] = {}  # compound → position, set

    @property
    def ready(self) -> bool:
        """The views have read what was adopted before this process began."""
        return self._runner.position() >= self._floor

    def compounds(self) -> set[str]:
        """All that are enrolled here or have been heard of."""
        return {*self._compounds, *self._runner.compounds()}

    def stand(self) -> Mapping[str, int]:
        """Compound → position of what it adopted now: nothing where the set is in force."""
        with self._lock:
            return self._adopt()

    def adopt(self, text: str, actor: str) -> tuple[str, Mapping[str, int]]:
        """Another set from here on: its hash, and where each compound adopted it. ConfigError when
        it may not be used; Refused where hub.toml names a file of its own."""
        if self._named:
            raise Refused("named", f"hub.toml names {self._path.name}: change that file, restart")
        if not self.ready:
            raise Refused("behind", "the views are still being read; try again in a moment")
        book = read(text, "rules")
        check_size(book)
        with self._lock:
            durable.put(self._path, text)
            self._book, self._actor = book, actor
            self._stand.clear()
            return book.sha256, self._adopt()

    def _adopt(self) -> Mapping[str, int]:
        folded, found = self._runner.position(), {}
        self._appended = {one: at for one, at in self._appended.items() if at[0] > folded}
        for compound in sorted(self.compounds() - self._stand):
            now = self._in_force(compound)
            if compound in self._appended:
                now = InForce(sha256=self._appended[compound][1], since=now.since)
            if now.sha256 == self._book.sha256:
                self._stand.add(compound)
                continue
            position = self._append([self._event(compound, now)])
            self._appended[compound] = position, self._book.sha256
            found[compound] = position
        if found:
            log.info("alarm rules %s adopted by %s", self._book.sha256[:12], ", ".join(found))
        return found

    def _in_force(self, compound: str) -> InForce:
        return in_force(self._runner.rows(view, compound)[1] for view in self._runner.views)

    def _event(self, compound: str, before: InForce) -> Event:
        """Its id says which set follows which: handed in again after an outage it is the same."""
        at, digest = rfc3339(self._clock.now()), self._book.sha256
        told = "\0".join((compound, before.sha256, before.since, digest))
        return Event(
            id=f"rules:{hashlib.sha256(told.encode()).hexdigest()[:32]}",
            source=source_of(compound, GATEWAY, DEVICE),
            type=RulesAdopted.TYPE,
            subject="rules/alarms",
            time=at,
            recordedtime=at,
            timequality="gateway",
            origin="manual" if self._actor else "live",
            data=RulesAdopted(sha256=digest, rules=plain(self._book.rules), actor=self._actor),
        )


def check_size(book: Book) -> None:
    """ConfigError for a set that does not fit into one event."""
    rules = RulesAdopted(sha256=book.sha256, rules=plain(book.rules))
    event = Event(id="", source="", type="", subject="", time="", recordedtime="", data=rules)
    if len(codec.encode(event)) > codec.MAX_EVENT - 1024:
        raise ConfigError("rules: too many for one event; leave out some that are never needed")


async def stand(adoption: Adoption) -> None:
    """For ever; a compound whose first facts come later adopts the set then."""
    while True:
        pause = _LOOK
        if adoption.ready:
            pause = _AGAIN
            try:
                await whole(asyncio.to_thread(adoption.stand))
            except (DiskFull, Unavailable) as away:
                log.error("alarm rules wait to be adopted: %s", away)
        await asyncio.sleep(pause)
