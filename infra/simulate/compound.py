"""The layout of a simulated residential compound: doors, cameras, bins, truck and people.

Everything follows from (seed, compound). Device ids are slugs (`gate-south`, `door-b1`,
`cam-03`, `bin-a03-food`) and subjects are `{kind}/{device id}`, whichever form a device speaks.
"""

from hashlib import sha256
from random import Random

import msgspec

from core.events.waste import Category
from devices.adapter import Known
from infra.simulate.people import People, personal_values, populate

BUILDINGS = 8
FLATS = 60  # in each building
POINTS = 4
VEHICLE_GATE = "gate-vehicle"
GARDEN_GATE = "gate-garden"  # a reader that only asks: the gateway decides
FIRE_LANE = ("cam-03", "ramp")  # camera and zone
LORA_APPLICATION = "waste"


class Doorway(msgspec.Struct, frozen=True, kw_only=True):
    """A door with a Hikvision terminal; an entrance also has a native lane controller."""

    device: str
    mac: str
    address: str
    building: int = 0  # 0: an entrance of the compound
    share: float = 1.0  # of the people who use an entrance

    @property
    def subject(self) -> str:
        return f"door/{self.device}"

    @property
    def lane(self) -> str:
        """Device id of the lane controller, empty at a building door."""
        return "" if self.building else self.device.replace("gate-", "lane-")


class Camera(msgspec.Struct, frozen=True, kw_only=True):
    device: str
    zones: tuple[str, ...]  # in the order in which one walks through them
    labels: tuple[str, ...]
    weights: tuple[int, ...]


class Bin(msgspec.Struct, frozen=True, kw_only=True):
    device: str
    category: Category
    point: str
    tag: str
    dev_eui: str
    empty_mm: int
    full_mm: int
    volume_l: int
    tare_g: int
    capacity_g: int

    @property
    def subject(self) -> str:
        return f"bin/{self.device}"


class Point(msgspec.Struct, frozen=True, kw_only=True):
    device: str
    place: tuple[float, float]  # WGS-84 latitude, longitude
    bins: tuple[Bin, ...]

    @property
    def subject(self) -> str:
        return f"point/{self.device}"


class Truck(msgspec.Struct, frozen=True, kw_only=True):
    """One for each stream, so that nothing is mixed on the way."""

    device: str
    name: str  # in the district's fleet
    category: Category
    plate: str

    @property
    def reader(self) -> str:
        return f"{self.device}-reader"

    @property
    def scale(self) -> str:
        return f"{self.device}-scale"

    @property
    def subject(self) -> str:
        return f"vehicle/{self.name}"


# empty mm, full mm, litres, tare g, grams that fill it
_SHAPES: dict[Category, tuple[int, int, int, int, int]] = {
    "food": (900, 180, 240, 13_500, 110_000),
    "residual": (1_150, 220, 660, 41_000, 90_000),
    "recyclable": (1_150, 220, 660, 41_000, 55_000),
    "hazardous": (820, 160, 120, 9_500, 30_000),
}

_CAMERAS = (
    ("road-south", "south-gate", "yard"),
    ("road-north", "north-gate", "yard"),
    ("ramp", "vehicle-gate", "drive"),
    ("path", "playground", "lawn"),
    ("path", "waste-point", "fence"),
    ("aisle", "parking", "lift-lobby"),
)
_LABELS = ("person", "car", "bicycle", "dog")
_WEIGHTS = (
    (6, 4, 3, 1), (6, 3, 3, 1), (1, 9, 1, 0), (8, 0, 1, 3), (8, 1, 0, 2), (4, 7, 1, 0),
)  # fmt: skip


class Compound:
    """What stands where and who lives there. Never changes after construction."""

    def __init__(self, seed: int, compound: str) -> None:
        self.seed = seed
        self.compound = compound
        rng = Random(f"menwei/{seed}/{compound}")  # noqa: S311 - a play, no secret
        entrances = (("gate-south", 0.5), ("gate-north", 0.3), ("gate-east", 0.2))
        self.entrances = tuple(
            self._doorway(device, number, share=share)
            for number, (device, share) in enumerate(entrances, start=11)
        )
        self.doors = tuple(
            self._doorway(f"door-b{building}", 20 + building, building=building)
            for building in range(1, BUILDINGS + 1)
        )
        self.cameras = tuple(
            Camera(device=f"cam-{number:02d}", zones=zones, labels=_LABELS, weights=weights)
            for number, (zones, weights) in enumerate(zip(_CAMERAS, _WEIGHTS, strict=True), 1)
        )
        self._letter = _letter(compound)
        self.place = (39.70 + rng.random() * 0.03, 116.05 + rng.random() * 0.04)
        self.points = tuple(self._point(number, rng) for number in range(1, POINTS + 1))
        self.people: People = populate(rng, BUILDINGS, FLATS, len(_SHAPES))
        self.station = f"transfer-{compound}"
        self.trucks = tuple(
            Truck(
                device=f"truck-{number:02d}",
                name=f"{compound}-truck-{number:02d}",
                category=category,
                plate=plate,
            )
            for number, (category, plate) in enumerate(
                zip(_SHAPES, self.people.truck_plates, strict=True), start=1
            )
        )

    @property
    def bins(self) -> tuple[Bin, ...]:
        return tuple(container for point in self.points for container in point.bins)

    @property
    def depot(self) -> tuple[float, float]:
        """Where the trucks come from; the transfer station is there too."""
        lat, lon = self.place
        return lat - 0.01, lon - 0.012

    def digest(self, device: str) -> bytes:
        """Stable bytes for the hardware addresses of a device."""
        return sha256(f"menwei/{self.seed}/{self.compound}/{device}".encode()).digest()

    def personal_values(self) -> frozenset[str]:
        return personal_values(self.people)

    def _doorway(self, device: str, host: int, *, building: int = 0, share: float = 1.0) -> Doorway:
        return Doorway(
            device=device,
            mac="e0:ca:3c:" + self.digest(device)[:3].hex(":"),
            address=f"192.168.8.{host}",
            building=building,
            share=share,
        )

    def _point(self, number: int, rng: Random) -> Point:
        device = f"point-{self._letter}{number:02d}"
        lat, lon = self.place
        return Point(
            device=device,
            place=(lat + rng.uniform(-1, 1) * 0.0012, lon + rng.uniform(-1, 1) * 0.0014),
            bins=tuple(self._bin(number, category) for category in _SHAPES),
        )

    def _bin(self, number: int, category: Category) -> Bin:
        device = f"bin-{self._letter}{number:02d}-{category}"
        empty_mm, full_mm, volume_l, tare_g, capacity_g = _SHAPES[category]
        address = self.digest(device)
        return Bin(
            device=device,
            category=category,
            point=f"point-{self._letter}{number:02d}",
            tag="E0" + address[:6].hex().upper(),
            dev_eui="24E124713D" + address[6:9].hex().upper(),
            empty_mm=empty_mm,
            full_mm=full_mm,
            volume_l=volume_l,
            tare_g=tare_g,
            capacity_g=capacity_g,
        )


def _letter(compound: str) -> str:
    """Points of c01 are lettered a, of c02 b: a district's points have each a name of their own."""
    number = compound.lstrip("abcdefghijklmnopqrstuvwxyz-")
    return chr(ord("a") + (int(number) - 1) % 26) if number.isdecimal() else "a"


def known_devices(compound: Compound) -> dict[str, Known]:
    """The `[devices.<key>]` tables an installer would write for this compound.

    The key is what the device calls itself on the wire: a Hikvision terminal its MAC (lower
    case, no separators), everything else its topic or device name. A terminal has one door, so
    its subject leaves out the door number and meets what the lane controller says about it.
    """
    tables = {
        doorway.mac.replace(":", ""): Known(
            name=doorway.device,
            role="door",
            subject=doorway.subject,
            readers={"1": "in", "2": "out"},
        )
        for doorway in (*compound.entrances, *compound.doors)
    }
    tables |= {
        truck.reader: Known(name=truck.reader, role="bin", subject=truck.subject)
        for truck in compound.trucks
    }
    tables |= {
        each.device: Known(name=each.device, role="bin", subject=each.subject)
        for each in compound.bins
    }
    tables |= {each.device: Known(name=each.device, role="camera") for each in compound.cameras}
    return tables
