"""Which gateways are there, by what the hub hears and its own clock: the one thing no event of
theirs can say. A judgement that changes becomes an event in the hub's own journal, so that
views stay pure; a gateway whose state message fails to come is silent after SILENT seconds.
"""

import uuid
from collections.abc import Iterable, Mapping

import msgspec

from core.clock import Clock, rfc3339
from core.event import Event, source_of
from core.events.device import SessionClosed, SessionOpened
from core.ownjournal import GATEWAY
from core.trust import Gateway

SILENT = 35.0  # seconds without a state message; gateways send one every ten
LOOK = 1.0  # seconds between two looks
_LATE = 5.0  # a look later than this says that it was the hub that stood still
_PAUSE = 10.0  # least seconds between two words about one gateway, however it flaps


class State(msgspec.Struct, frozen=True):
    """What the hub reads from a gateway's state topic; other keys are for people."""

    online: bool
    boot: int = 0
    epoch: int = 0  # of the journal whose starts `boot` counts
    reason: str = ""  # "stop": the gateway says good-bye itself, no will
    tree: msgspec.Raw = msgspec.Raw(b"{}")  # what it knows of the hub's log (core.tlog.standing)


class Presences:
    """Owns the judgement of every enrolled gateway. Event loop only; `now` is its clock.

    After a start nothing is known: what the broker retained names the session but may be of a
    gateway long gone, so only a fresh message, or SILENT seconds without one, decides.
    """

    def __init__(self, enrolled: Iterable[Gateway], clock: Clock, now: float) -> None:
        self._clock = clock
        self._floor = self._looked = now
        self._gateways = {(one.compound, one.name): _Gateway(now) for one in enrolled}

    def enrolled(self, gateways: Iterable[Gateway], now: float) -> None:
        """Who there is from now on. What was judged of those who stay is kept."""
        names = [(one.compound, one.name) for one in gateways]
        self._gateways = {name: self._gateways.get(name) or _Gateway(now) for name in names}

    def gateways(self) -> Mapping[str, bool]:
        """compound/gateway → heard of; one that is not known yet is not in it."""
        return {
            f"{compound}/{name}": one.up
            for (compound, name), one in self._gateways.items()
            if one.up is not None
        }

    def heard(
        self, compound: str, gateway: str, state: State, now: float, *, retained: bool
    ) -> bool:
        """False for a gateway nobody enrolled."""
        one = self._gateways.get((compound, gateway))
        if one is None:
            return False
        session = (state.epoch, state.boot)
        if session < one.session:
            return True  # an old will may not end a newer session
        one.session = session
        if not state.online:
            one.up, one.reason = False, "stop" if state.reason == "stop" else "uplink-lost"
        elif not retained:
            one.up, one.reason, one.heard = True, "", now
        return True

    def look(self, now: float) -> list[Event]:
        """What is to be said: who fell silent, whose uplink was lost or is back."""
        if now - self._looked > _LATE:
            self._floor = now  # their messages wait unread
        self._looked = now
        said = []
        for (compound, name), one in self._gateways.items():
            if one.up is not False and now - max(one.heard, self._floor) > SILENT:
                one.up, one.reason = False, "silent"
            word = one.word(now)
            if word is not None:
                said.append(self._event(compound, name, word, one.session[0]))
        return said

    def _event(
        self, compound: str, name: str, data: SessionOpened | SessionClosed, epoch: int
    ) -> Event:
        now = rfc3339(self._clock.now())
        return Event(
            id=f"hub:{uuid.uuid4().hex}",
            source=source_of(compound, GATEWAY, "uplink"),
            type=data.TYPE,
            subject=f"gateway/{name}",
            time=now,
            recordedtime=now,
            timequality="gateway",
            data=msgspec.structs.replace(data, native={"epoch": epoch}),
        )


class _Gateway:
    """One gateway as judged, and what was said of it last."""

    def __init__(self, now: float) -> None:
        self.session = (0, 0)  # epoch, boot
        self.up: bool | None = None
        self.reason = ""
        self.heard = now
        self._told: tuple[bool, tuple[int, int]] | None = None
        self._told_at = now - _PAUSE

    def word(self, now: float) -> SessionOpened | SessionClosed | None:
        """A start or a good-bye is the gateway's own to tell; the rest is the hub's."""
        if self.up is None or self._told == (self.up, self.session) or self._pausing(now):
            return None
        before, self._told = self._told, (self.up, self.session)
        boot = self.session[1]
        if not self.up and self.reason != "stop":
            self._told_at = now
            return SessionClosed(boot=boot, reason=self.reason)
        if self.up and (before is None or before == (False, self.session)):
            self._told_at = now
            return SessionOpened(boot=boot, reason="uplink-back")
        return None

    def _pausing(self, now: float) -> bool:
        return now - self._told_at < _PAUSE
