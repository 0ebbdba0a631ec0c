"""Doors: who shows what, what the terminal answers, and the leaf that opens and closes.

At an entrance the terminal decides and a native lane controller reports the leaf; at a
building door the terminal's own magnet does. Both speak about the same subject.
"""

from datetime import datetime
from functools import partial
from typing import Literal

from devices.adapter import Message
from devices.hikvision.simulate import (
    DOOR_CLOSED,
    DOOR_FORCED,
    DOOR_HELD_OPEN,
    DOOR_OPENED,
    EXIT_BUTTON,
    TAILGATED,
    Holder,
    Refusal,
    Shown,
    Way,
)
from infra.simulate.agenda import Process
from infra.simulate.compound import Doorway
from infra.simulate.world import World

# Of those who are known here, how often the first try fails, and why.
_FUMBLES: dict[Shown, tuple[Refusal, ...]] = {
    "face": ("unknown-face", "unknown-face", "unknown-face", "liveness"),
    "card": ("no-permission", "wrong-hours", "anti-passback"),
    "fingerprint": ("fingerprint",),
    "pin": (),
    "qr": ("qr", "expired"),
}
_FUMBLE_RATE = 0.025


class Portal:
    """One doorway in use. The leaf is open until `close_at`; whoever opened it sees it closed."""

    def __init__(self, world: World, doorway: Doorway) -> None:
        self.doorway = doorway
        self.terminal = world.terminal(doorway)
        self._lane = world.native(doorway.lane, "access") if doorway.lane else None
        self.is_open = False
        self.close_at = 0.0
        self._opened: datetime | None = None

    @property
    def is_entrance(self) -> bool:
        return self._lane is not None

    def opened(self, at: datetime, cause: str) -> Message:
        self._opened = at
        if self._lane is None:
            return self.terminal.state(at, DOOR_OPENED)
        return self._lane.event(at, "door.opened.v1", self.doorway.subject, {"cause": cause})

    def closed(self, at: datetime) -> Message:
        if self._lane is None:
            return self.terminal.state(at, DOOR_CLOSED)
        data: dict[str, object] = {"cause": "timer"}
        if self._opened is not None:
            data["durationS"] = round((at - self._opened).total_seconds(), 1)
        return self._lane.event(at, "door.closed.v1", self.doorway.subject, data)

    def forced(self, at: datetime) -> Message:
        self._opened = at
        return self.terminal.state(at, DOOR_FORCED)

    def taken(self, at: datetime, way: Way) -> Message:
        assert self._lane is not None, "a building door counts nobody"
        data = {"direction": way}
        return self._lane.event(at, "access.taken.v1", self.doorway.subject, data)


def at_rest(portal: Portal) -> Process:
    """A controller that is switched on tells the state of its leaf."""
    yield portal.closed


def passage(world: World, portal: Portal, holder: Holder, shown: Shown, way: Way) -> Process:
    """Somebody known shows a credential, perhaps twice, and goes through."""
    rng = world.rng
    if rng.random() < _FUMBLE_RATE and (reasons := _FUMBLES[shown]):
        yield partial(_refused, portal, holder, shown, way, rng.choice(reasons))
        yield rng.uniform(2.5, 7)
    yield partial(_granted, portal, holder, shown, way)
    yield from _swing(world, portal, way, cause="grant", stay=rng.uniform(3, 6))


def exit_by_button(world: World, portal: Portal) -> Process:
    yield lambda at: portal.terminal.state(at, EXIT_BUTTON)
    yield from _swing(world, portal, "out", cause="button", stay=world.rng.uniform(3, 6))


def rebuff(world: World, portal: Portal, holder: Holder, shown: Shown, reason: Refusal) -> Process:
    """Somebody who is not let in tries once or twice."""
    for _ in range(world.rng.choice((1, 1, 2))):
        yield partial(_refused, portal, holder, shown, "in", reason)
        yield world.rng.uniform(3, 9)


def tailgating(world: World, portal: Portal, holder: Holder, shown: Shown) -> Process:
    """Two come in on one grant; the passage sensor sees the second, then the leaf closes."""
    yield partial(_granted, portal, holder, shown, "in")
    world.agenda.start(_seen(portal), after=world.rng.uniform(1.6, 2.4))
    yield from _swing(world, portal, "in", cause="grant", stay=world.rng.uniform(4, 7))


def propped(world: World, portal: Portal, holder: Holder, shown: Shown) -> Process:
    """Opened properly and then left open, until somebody closes it minutes later."""
    if portal.is_open:
        return
    yield partial(_granted, portal, holder, shown, "in")
    yield 0.8
    if portal.is_open:
        return
    portal.is_open = True
    yield partial(portal.opened, cause="grant")
    yield world.rng.uniform(30, 34)
    yield lambda at: portal.terminal.state(at, DOOR_HELD_OPEN)
    yield world.rng.uniform(45, 420)
    portal.is_open = False
    yield portal.closed


def forcing(world: World, portal: Portal) -> Process:
    """Opened with no grant before it."""
    if portal.is_open:
        return
    portal.is_open = True
    yield portal.forced
    yield world.rng.uniform(20, 180)
    portal.is_open = False
    yield portal.closed


def _seen(portal: Portal) -> Process:
    yield lambda at: portal.terminal.state(at, TAILGATED)


def _swing(
    world: World, portal: Portal, way: Way, *, cause: Literal["grant", "button"], stay: float
) -> Process:
    """Through the leaf: the first one opens and later closes it, others slip through between."""
    yield world.rng.uniform(0.4, 1.1)
    portal.close_at = max(portal.close_at, world.now + stay)
    opens = not portal.is_open
    if opens:
        portal.is_open = True
        yield partial(portal.opened, cause=cause)
    if portal.is_entrance:
        yield world.rng.uniform(0.8, 1.6)
        yield partial(portal.taken, way=way)
    if opens:
        world.agenda.start(_closing(world, portal))


def _closing(world: World, portal: Portal) -> Process:
    while (left := portal.close_at - world.now) > 0:
        yield left
    portal.is_open = False
    yield portal.closed


def _granted(portal: Portal, holder: Holder, shown: Shown, way: Way, at: datetime) -> Message:
    return portal.terminal.granted(at, holder, shown, way)


def _refused(
    portal: Portal, holder: Holder, shown: Shown, way: Way, reason: Refusal, at: datetime
) -> Message:
    return portal.terminal.refused(at, holder, shown, way, reason)
