"""Who goes where and when: residents, visitors, couriers, guards, and those not let in."""

from collections.abc import Iterator
from random import Random

from devices.hikvision.simulate import Holder, Refusal, Shown, Way
from infra.simulate.agenda import Process
from infra.simulate.bins import Deposits
from infra.simulate.doors import (
    Portal,
    at_rest,
    exit_by_button,
    forcing,
    passage,
    propped,
    rebuff,
    tailgating,
)
from infra.simulate.people import Guest, Habit, Resident
from infra.simulate.traffic import Traffic
from infra.simulate.world import World, hourly

_VISITS = hourly((9, 11, 8), (11, 17, 6), (17, 21, 14))
_DELIVERIES = hourly((8, 11, 16), (11, 13, 28), (13, 17, 14), (17, 20, 30), (20, 23, 10))
_REBUFFS = hourly((0, 6, 0.4), (6, 23, 2.5), (23, 24, 0.4))
_TAILGATES = hourly((0, 6, 0.3), (6, 7, 1), (7, 9, 5), (9, 17, 2), (17, 20, 5), (20, 24, 1))
_PROPPED = hourly((0, 7, 0.4), (7, 22, 2), (22, 24, 0.4))
_FORCED = hourly((0, 24, 0.5))
_PATROLS = hourly((0, 6, 2.5), (6, 22, 1), (22, 24, 2.5))

_REASONS: tuple[tuple[Shown, Refusal], ...] = (
    ("face", "unknown-face"), ("face", "unknown-face"), ("face", "liveness"),
    ("card", "no-such-card"), ("card", "no-such-card"), ("qr", "qr"), ("qr", "expired"),
    ("face", "block-list"),
)  # fmt: skip
_HOUR = 3600.0


class Comings:
    def __init__(self, world: World, traffic: Traffic, deposits: Deposits) -> None:
        self._world = world
        self._traffic = traffic
        self._deposits = deposits
        self._entrances = [Portal(world, doorway) for doorway in world.compound.entrances]
        self._shares = [doorway.share for doorway in world.compound.entrances]
        self._doors = [Portal(world, doorway) for doorway in world.compound.doors]

    def processes(self) -> Iterator[Process]:
        world = self._world
        for portal in (*self._entrances, *self._doors):
            yield at_rest(portal)
        for resident in world.compound.people.residents:
            yield self._life(resident)
        yield world.sporadic(_VISITS, self._visit)
        yield world.sporadic(_DELIVERIES, self._delivery)
        yield world.sporadic(_REBUFFS, self._rebuff)
        yield world.sporadic(_TAILGATES, self._tailgate)
        yield world.sporadic(_PROPPED, self._prop)
        yield world.sporadic(_FORCED, self._force)
        yield world.sporadic(_PATROLS, self._patrol)

    def _life(self, resident: Resident) -> Process:
        """Day after day; what lies before the start of the run is skipped."""
        world = self._world
        while True:
            midnight = world.midnight
            for second, way in outings(world.rng, resident.habit, weekend=world.weekend()):
                if (wait := midnight + second - world.now) >= 0:
                    yield wait
                    world.agenda.start(self._leg(resident, way))
            yield max(midnight + 24 * _HOUR - world.now, 1.0)

    def _leg(self, resident: Resident, way: Way) -> Process:
        if resident.plate and self._world.rng.random() < 0.75:
            yield from self._traffic.drive(resident.plate, way)
        elif way == "out":
            yield from self._walk_out(resident)
        else:
            yield from self._walk_in(resident)

    def _walk_out(self, resident: Resident) -> Process:
        rng = self._world.rng
        door = self._doors[resident.building - 1]
        if rng.random() < 0.6:
            yield from exit_by_button(self._world, door)
        else:
            yield from passage(self._world, door, resident.holder, resident.usual, "out")
        if rng.random() < 0.42:
            yield rng.uniform(15, 60)
            yield from self._deposits.by(resident)
        yield rng.uniform(40, 150)
        yield from self._through(self._entrance(), resident.holder, resident.usual, "out")

    def _walk_in(self, resident: Resident) -> Process:
        rng = self._world.rng
        holder, usual = resident.holder, resident.usual
        yield from self._through(self._entrance(), holder, usual, "in")
        yield rng.uniform(40, 150)
        yield from self._through(self._doors[resident.building - 1], holder, usual, "in")
        if self._world.hour > 17 and rng.random() < 0.3:
            yield rng.uniform(900, 5400)
            yield from self._deposits.by(resident)

    def _visit(self) -> Process:
        rng = self._world.rng
        guest = rng.choice(self._world.compound.people.visitors)
        yield from self._call(guest, stay=rng.uniform(0.4, 3) * _HOUR)

    def _delivery(self) -> Process:
        """Couriers come in with a pass; one in eight finds it expired and rings."""
        rng = self._world.rng
        courier = rng.choice(self._world.compound.people.couriers)
        if rng.random() < 0.12:
            yield from rebuff(self._world, self._entrance(), courier.holder, "qr", "expired")
            yield rng.uniform(20, 90)
        yield from self._call(courier, stay=rng.uniform(120, 600))

    def _call(self, guest: Guest, *, stay: float) -> Process:
        rng = self._world.rng
        yield from self._through(self._entrance(), guest.holder, "qr", "in")
        yield rng.uniform(60, 200)
        door = rng.choice(self._doors)
        yield from self._through(door, guest.holder, "qr", "in")
        yield stay
        yield from exit_by_button(self._world, door)
        yield rng.uniform(60, 200)
        yield from self._through(self._entrance(), guest.holder, "qr", "out")

    def _patrol(self) -> Process:
        """A guard tries every door with a card; this is what keeps a night's log busy."""
        guard = self._world.rng.choice(self._world.compound.people.on_duty("guard"))
        for portal in (*self._doors, *self._entrances):
            yield from self._through(portal, guard.holder, "card", "in")
            yield self._world.rng.uniform(40, 110)

    def _rebuff(self) -> Process:
        rng = self._world.rng
        shown, reason = rng.choice(_REASONS)
        holder = Holder()
        if reason == "no-such-card":
            holder = Holder(card=rng.choice(self._world.compound.people.stray_cards))
        elif shown == "qr":
            holder = rng.choice(self._world.compound.people.couriers).holder
        portal = self._entrance() if rng.random() < 0.7 else rng.choice(self._doors)
        return rebuff(self._world, portal, holder, shown, reason)

    def _tailgate(self) -> Process:
        resident = self._world.rng.choice(self._world.compound.people.residents)
        return tailgating(self._world, self._entrance(), resident.holder, resident.usual)

    def _prop(self) -> Process:
        courier = self._world.rng.choice(self._world.compound.people.couriers)
        return propped(self._world, self._any_portal(), courier.holder, "qr")

    def _force(self) -> Process:
        return forcing(self._world, self._any_portal())

    def _through(self, portal: Portal, holder: Holder, shown: Shown, way: Way) -> Process:
        return passage(self._world, portal, holder, shown, way)

    def _entrance(self) -> Portal:
        return self._world.rng.choices(self._entrances, self._shares)[0]

    def _any_portal(self) -> Portal:
        return self._world.rng.choice((*self._doors, *self._entrances))


def outings(rng: Random, habit: Habit, *, weekend: bool) -> list[tuple[float, Way]]:
    """The ways out and in of one day: seconds after midnight, in order."""
    if habit == "night-shift":
        plan = [rng.uniform(20.5, 22.5)]
        ways: tuple[Way, ...] = ("in", "out")
        return _legs([rng.uniform(5.5, 7.5), *plan], ways)
    if weekend:
        plan = [rng.uniform(8.5, 11), rng.uniform(11.5, 13.5)] if rng.random() < 0.5 else []
        if rng.random() < 0.6:
            plan += [rng.uniform(13.6, 16), rng.uniform(16.5, 20.5)]
    elif habit == "worker":
        plan = [rng.triangular(7, 9, 8), rng.triangular(17.5, 19.5, 18.4)]
    elif habit == "pupil":
        plan = [rng.uniform(7, 7.7), rng.uniform(16.3, 17.4)]
    else:
        plan = [rng.uniform(6.2, 8.8), rng.uniform(9, 10.8)]
        if rng.random() < 0.6:
            plan += [rng.uniform(14, 15.5), rng.uniform(15.8, 17.2)]
    if rng.random() < 0.22:
        plan += [rng.uniform(20.6, 21.2), rng.uniform(21.3, 23.6)]
    return _legs(plan, ("out", "in"))


def _legs(hours: list[float], ways: tuple[Way, ...]) -> list[tuple[float, Way]]:
    return [(hour * _HOUR, ways[leg % 2]) for leg, hour in enumerate(hours)]
