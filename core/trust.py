"""Which keys the hub believes now, and whose they are: what the log says, and nothing else.

A change of keys stands in the log before anything is accepted under it, and between looking at a
key and storing what it signed no other change can come: `steady` is held over both.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

import msgspec

from core.batch import Batch
from core.errors import BadFrame, DiskFull
from core.event import Event
from core.events.key import Enrolled, Revoked, Rotated
from core.keyhistory import Enrolment, KeyHistory, said_in
from core.ownjournal import NOBODY, Append

_AT_ONCE = 64  # key events that surely fit one batch


class Gateway(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One enrolled gateway: `key` is its Ed25519 public key, 64 hex digits."""

    compound: str
    name: str
    key: str

    @property
    def source(self) -> str:
        """Prefix that every event of this gateway must carry."""
        return f"/c/{self.compound}/gw/{self.name}/"


class Trust:
    """Owns the key history of a running hub. Any thread."""

    def __init__(
        self,
        history: KeyHistory,
        hub: bytes = b"",
        append: Append | None = None,
    ) -> None:
        """`append` of the hub's own journal, which `hub` signs; None: nothing can be said."""
        self.history = history
        self._hub = hub
        self._append = append
        self._lock = threading.RLock()
        self._saying: list[Event] = []  # an outage hides whether the log has them
        self._heard: list[Callable[[], None]] = []

    def changed(self, heard: Callable[[], None]) -> None:
        """`heard` is called after every change, from the thread that made it."""
        self._heard.append(heard)

    @contextmanager
    def steady(self) -> Iterator[None]:
        """Nothing changes meanwhile. Unavailable when it is not known what was said last."""
        with self._lock:
            self._say()
            yield

    def say(self, events: Sequence[Event]) -> int:
        """Key events of the hub: their position, believed from there on. Unavailable: they may
        stand or not, and nothing is taken until that is known."""
        with self._lock:
            self._say()
            self._saying = list(events)
            return self._say()

    def of(self, batch: Batch) -> Gateway:
        """Who signed it. BadFrame: unknown-gateway, revoked."""
        one = self.history.now(batch.header.journal.key)
        if one is None or one.role != "gateway":
            raise BadFrame("unknown-gateway")
        if one.revoked:
            raise BadFrame("revoked", one.reason)
        return _gateway(one)

    def whose(self, key: bytes) -> Gateway | None:
        """The gateway that has, or had, this key; None: nobody's, or taken back."""
        one = self.history.now(key)
        if one is None or one.role != "gateway" or one.revoked:
            return None
        return _gateway(one)

    def check(self, batch: Batch) -> None:
        """BadFrame("rotated") for what a key writes behind its own handover."""
        one = self.history.now(batch.header.journal.key)
        if one is not None and one.rotated and not one.takes(batch):
            raise BadFrame("rotated", f"batch {batch.header.number} after the handover")

    def stored(self, batch: Batch, position: int) -> None:
        """A gateway's batch is in the log: a handover in it counts from here on."""
        said = said_in(batch)
        for at, data in said:
            self.history.told(position, at, batch.header.journal.key, data)
        if said:
            self._tell()

    def speaking(self) -> list[Gateway]:
        """By each key that may still speak, in the order of enrolment: a gateway that is to get a
        new key has two."""
        with self._lock:
            every = self.history.enrolments()
        return [_gateway(one) for one in every if one.role == "gateway" and one.speaks]

    def gateways(self) -> list[Gateway]:
        """Each that may still speak, once, in the order of enrolment."""
        return list({(one.compound, one.name): one for one in self.speaking()}.values())

    def _say(self) -> int:
        position = 0
        while self._saying:
            if self._append is None:
                raise AssertionError("a log without an own journal has nobody to enrol anybody")
            some = self._saying[:_AT_ONCE]
            try:
                position = self._append(some, NOBODY)
            except DiskFull:  # nothing has changed
                self._saying = []
                raise
            del self._saying[:_AT_ONCE]
            for event in some:
                assert isinstance(event.data, Enrolled | Rotated | Revoked)
                self.history.told(position, event.recordedtime, self._hub, event.data)
            self._tell()
        return position

    def _tell(self) -> None:
        for heard in self._heard:
            heard()


def by_key(gateways: Iterable[Gateway]) -> Trust:
    """Believes these from the beginning, and nobody else ever."""
    return Trust(
        KeyHistory(
            Enrolment(role="gateway", key=one.key, compound=one.compound, gateway=one.name)
            for one in gateways
        )
    )


def _gateway(one: Enrolment) -> Gateway:
    return Gateway(compound=one.compound, name=one.gateway, key=one.key)
