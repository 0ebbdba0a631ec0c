"""The garden gate: a bare reader that asks, a lock, a contact. The gateway decides by its policy;
whoever it lets in opens the leaf a second later."""

from datetime import datetime
from functools import partial

from devices.adapter import Message
from infra.simulate.agenda import Process
from infra.simulate.compound import GARDEN_GATE
from infra.simulate.world import World, hourly

_STROLLS = hourly((6, 9, 12), (9, 17, 8), (17, 21, 14), (21, 23, 2))
_LOST = hourly((8, 20, 0.7))
_SUBJECT = f"door/{GARDEN_GATE}"


class Garden:
    def __init__(self, world: World) -> None:
        self._world = world
        self._gate = world.native(GARDEN_GATE, "access")
        self._opened: datetime | None = None

    def processes(self) -> tuple[Process, ...]:
        world = self._world
        return (
            self._at_rest(),
            world.sporadic(_STROLLS, self._stroll),
            world.sporadic(_LOST, self._turned_away),
        )

    def _stroll(self) -> Process:
        """A resident with a card; the reader knows nothing of whom it reads."""
        rng = self._world.rng
        resident = rng.choice(self._world.compound.people.residents)
        way = rng.choice(("in", "out"))
        yield partial(self._asked, resident.card, way)
        yield rng.uniform(0.8, 1.5)
        if self._opened is None:
            yield self._opens
            yield rng.uniform(2.5, 6)
            yield self._closes

    def _turned_away(self) -> Process:
        """Somebody found the card that was reported lost."""
        yield partial(self._asked, self._world.compound.people.stray_cards[0], "in")

    def _asked(self, card: str, way: str, at: datetime) -> Message:
        data = {"credential": "card", "cardNo": card, "direction": way}
        return self._gate.event(at, "access.requested.v1", _SUBJECT, data)

    def _at_rest(self) -> Process:
        yield self._world.rng.uniform(0, 2)
        yield lambda at: self._gate.event(at, "door.closed.v1", _SUBJECT, {})

    def _opens(self, at: datetime) -> Message:
        self._opened = at
        return self._gate.event(at, "door.opened.v1", _SUBJECT, {})

    def _closes(self, at: datetime) -> Message:
        assert self._opened is not None
        data = {"durationS": round((at - self._opened).total_seconds(), 1)}
        self._opened = None
        return self._gate.event(at, "door.closed.v1", _SUBJECT, data)
