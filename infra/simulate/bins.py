"""The waste points: deposits fill bins, sensors on the lids tell how far down the waste is."""

from datetime import datetime
from functools import partial
from random import Random

from core.events.waste import Category
from devices.adapter import Message
from infra.simulate.agenda import Process
from infra.simulate.compound import BUILDINGS, Bin, Point
from infra.simulate.people import Resident
from infra.simulate.world import World, hourly

# When bins were mounted. Said again at every start with the same ids, so it is a duplicate then.
INSTALLED = datetime.fromisoformat("2026-01-05T09:00:00+08:00")

_UPLINK_S = (180.0, 330.0)
_FULL = 0.97
_PURE_OFFENCES = ("mixed", "mixed", "mixed", "bag-not-broken", "dumped")
_VIOLATIONS = hourly((0, 6, 0.1), (6, 10, 1.2), (10, 17, 0.4), (17, 21, 1.4), (21, 24, 0.3))
_INSPECTIONS = hourly((8, 11, 1.5), (14, 17, 1))
_BULK = hourly((8, 20, 0.5))
_SMOKE = hourly((0, 24, 1 / 24))
_DEPOSIT_HOURS = ((6.5, 9.5), (17.5, 21.0))
# category, chance in one walk to the point, mean grams, subcategory of GB/T 19095
_BAGS: tuple[tuple[Category, float, float, str], ...] = (
    ("food", 0.75, 950, "household-food"),
    ("residual", 0.6, 800, ""),
    ("recyclable", 0.22, 700, "paper"),
    ("hazardous", 0.01, 180, "batteries"),
)


class BinState:
    """How full one bin is now. Grams only rise until it is lifted."""

    def __init__(self, container: Bin, rng: Random) -> None:
        self.container = container
        self.grams = int(container.capacity_g * rng.uniform(0.05, 0.5))
        self.overflowed = False
        self._battery = rng.uniform(78, 99)
        self._noise = rng

    @property
    def fill(self) -> float:
        return self.grams / self.container.capacity_g

    def distance_mm(self) -> int:
        """Sensor to waste: a heap above the rim still leaves the sensor's blind zone."""
        span = self.container.empty_mm - self.container.full_mm
        return max(60, round(self.container.empty_mm - self.fill * span + self._noise.gauss(0, 4)))

    def battery_pct(self) -> int:
        self._battery -= 0.0002
        return round(self._battery)

    def lift(self) -> tuple[int, int, int]:
        """(gross, tare, net) grams; the bin is empty after it."""
        net = self.grams
        self.grams = 0
        return self.container.tare_g + net, self.container.tare_g, net


class Deposits:
    """All bins of the compound and what people do to them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._points = world.compound.points
        self.states = {
            container.device: BinState(container, world.rng) for container in world.compound.bins
        }

    def processes(self) -> tuple[Process, ...]:
        world = self._world
        return (
            installation(world),
            *(self._level(state) for state in self.states.values()),
            world.sporadic(_VIOLATIONS, self._violation),
            world.sporadic(_INSPECTIONS, self._inspection),
            world.sporadic(_BULK, self._bulk),
            world.sporadic(_SMOKE, self._smoke),
        )

    def by(self, resident: Resident) -> Process:
        """A resident empties one or more bags at the point nearest to the building."""
        rng = self._world.rng
        point = self._points[(resident.building - 1) * len(self._points) // BUILDINGS]
        for category, chance, mean, subcategory in _BAGS:
            if rng.random() < chance:
                grams = max(30, int(rng.lognormvariate(0, 0.5) * mean))
                yield from self._bag(point, category, grams, subcategory, resident.number)
                yield rng.uniform(3, 9)
        open_now = any(first <= self._world.hour < after for first, after in _DEPOSIT_HOURS)
        if not open_now and rng.random() < 0.05:
            yield partial(self._violated, point, point.bins[0], "outside-hours")

    def emptied(self, state: BinState) -> Process:
        """What follows a lift at the point: an overflow is over."""
        if state.overflowed:
            state.overflowed = False
            yield partial(self._bin_event, state.container, "waste.bin.cleared.v1", source="sensor")

    def _bag(
        self, point: Point, category: Category, grams: int, subcategory: str, resident: str
    ) -> Process:
        container = next(container for container in point.bins if container.category == category)
        state = self.states[container.device]
        state.grams += grams
        data: dict[str, object] = {
            "category": category,
            "bin": container.device,
            "netG": grams,
            "quality": round(self._world.rng.uniform(0.7, 1), 2),
        }
        if resident:
            data["residentId"] = resident
        if subcategory:
            data["subcategory"] = subcategory
        device = self._world.native(point.device, "waste")
        yield lambda at: device.event(at, "waste.deposit.recorded.v1", point.subject, data)
        if state.fill >= _FULL and not state.overflowed:
            state.overflowed = True
            yield self._world.rng.uniform(1, 5)
            yield partial(self._bin_event, container, "waste.bin.overflowed.v1", source="camera")

    def _bulk(self) -> Process:
        """Somebody clears out a flat, without a card: this is what makes a bin overflow."""
        rng = self._world.rng
        category: Category = rng.choice(("residual", "residual", "recyclable"))
        yield from self._bag(
            rng.choice(self._points), category, rng.randint(15_000, 60_000), "", resident=""
        )

    def _level(self, state: BinState) -> Process:
        world = self._world
        sensor = world.level_sensor(state.container)
        yield world.rng.uniform(0.5, 40)  # a joined sensor soon tells its first level
        while True:
            warmth = 18 + 6 * (1 - abs(world.hour - 14) / 14) + world.rng.gauss(0, 0.3)
            yield partial(
                sensor.uplink,
                distance_mm=state.distance_mm(),
                temperature_cel=warmth,
                battery_pct=state.battery_pct(),
                tilted=world.rng.random() < 0.002,
            )
            yield world.rng.uniform(*_UPLINK_S)

    def _violation(self) -> Process:
        rng = self._world.rng
        point = rng.choice(self._points)
        yield partial(self._violated, point, rng.choice(point.bins), rng.choice(_PURE_OFFENCES))

    def _violated(self, point: Point, container: Bin, kind: str, at: datetime) -> Message:
        confidence = round(self._world.rng.uniform(0.62, 0.97), 2)
        data = {"kind": kind, "bin": container.device, "confidence": confidence}
        device = self._world.native(point.device, "waste")
        return device.event(at, "waste.deposit.violated.v1", point.subject, data)

    def _inspection(self) -> Process:
        rng = self._world.rng
        inspector = rng.choice(self._world.compound.people.on_duty("inspector"))
        pad = self._world.native("pad-inspection", "waste")
        for point in self._points:
            container = rng.choice(point.bins)
            data = {
                "purity": round(rng.betavariate(9, 1.2), 3),
                "bin": container.device,
                "employeeNo": inspector.number,
            }
            yield partial(
                pad.event, type="waste.inspection.recorded.v1", subject=point.subject, data=data
            )
            yield rng.uniform(120, 400)

    def _smoke(self) -> Process:
        container = self._world.rng.choice(self._world.compound.bins)
        yield partial(self._bin_event, container, "waste.bin.smoke.detected.v1", source="sensor")
        yield self._world.rng.uniform(300, 1500)
        yield partial(self._bin_event, container, "waste.bin.cleared.v1", source="person")

    def _bin_event(self, container: Bin, type: str, at: datetime, *, source: str) -> Message:
        device = self._world.native(container.point, "waste")
        return device.event(at, type, container.subject, {"source": source})


def installation(world: World) -> Process:
    """Geometry and tag of every bin, stated with ids that do not depend on the run."""
    for container in world.compound.bins:
        pad = world.native("pad-installer", "waste")
        place = {"category": container.category, "point": container.point}
        profile = {
            "emptyMm": container.empty_mm,
            "fullMm": container.full_mm,
            "volumeL": container.volume_l,
            **place,
        }
        tag = {"uidHex": container.tag, "tech": "hf", **place}
        for fact, data in (("profiled", profile), ("tag.assigned", tag)):
            name = f"{container.device}-{fact}-1"
            message = pad.stated(name, INSTALLED, f"waste.bin.{fact}.v1", container.subject, data)
            yield partial(_already, message)


def _already(message: Message, _at: datetime) -> Message:
    return message
