"""At the facility's gate: gross, tare, ticket, and what becomes of the load."""

from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Literal

import msgspec

from core.events.waste import Category
from infra.simulate.district import doses
from infra.simulate.district.acts import Tip
from infra.simulate.district.calendar import DAY_S
from infra.simulate.district.fleet import Facility, Vehicle, Weighbridge
from infra.simulate.district.mishaps import Mishaps
from infra.simulate.district.scene import Scene
from infra.simulate.district.wire import FLEET

_NOISE_G = 5_000.0
_FUEL_G = (-60_000, 40_000)  # tank, crew and dirt
_KEPT = 0.7  # of the tares, where a site keeps them
_DRAINED = 0.012  # of wet waste, on the way, at most
_REFUSALS = ("impurities above 5 %", "wrong material", "closed for maintenance")
_Data = dict[str, object]


class _Load(msgspec.Struct, frozen=True, kw_only=True):
    """On a vehicle at a weighbridge."""

    day: int
    second: float
    site: Facility
    vehicle: Vehicle
    category: Category
    grams: int
    direction: Literal["in", "out"] = "in"
    refused: bool = False


class Weighing:
    """Owns tickets' numbers and what lies at the transfer stations."""

    def __init__(self, scene: Scene, loads: Counter[str], mishaps: Mishaps) -> None:
        self._rng = scene.chance("weighing")
        self._scene = scene
        self._sites = {one.name: one for one in scene.fleet.facilities}
        self._loads = loads
        self._mishaps = mishaps
        self._numbers: Counter[tuple[str, int]] = Counter()
        self.stock: Counter[str] = Counter()

    def tip(self, day: int, tip: Tip) -> None:
        """Nothing is weighed where nothing was collected."""
        grams = self._loads[tip.vehicle.name]
        if not grams:
            return
        if tip.category == "food":
            grams = round(grams * (1 - self._rng.random() * _DRAINED))
        site = self._sites[tip.facility]
        load = _Load(
            day=day,
            second=tip.second,
            site=site,
            vehicle=tip.vehicle,
            category=tip.category,
            grams=grams,
            refused=tip.refused,
        )
        ticket = self._weigh(load)
        if tip.refused:
            return
        self._loads[tip.vehicle.name] = 0
        if site.kind == "transfer":
            self.stock[site.name] += grams
        if tip.mixed:
            self._scene.so("mixed-load", f"{site.name}|{ticket}", day)

    def hauled(self, day: int, second: float, site: str, vehicle: Vehicle, grams: int) -> None:
        """Taken out of the vehicle's transfer station, or brought in somewhere else."""
        out = site == vehicle.station
        if out:
            self.stock[site] -= grams
        self._weigh(
            _Load(
                day=day,
                second=second,
                site=self._sites[site],
                vehicle=vehicle,
                category=vehicle.category,
                grams=grams,
                direction="out" if out else "in",
            )
        )

    def _weigh(self, load: _Load) -> str:
        """The ticket's number at the site."""
        rng, site = self._rng, load.site
        number = self._number(load)
        late = rng.uniform(3, 60) * 3_600 if rng.random() < doses.TICKET_LATE else 2.0
        bridge = rng.choice(site.weighbridges)
        weights, source = self._weights(load, bridge)
        corrected = not load.refused and rng.random() < doses.CORRECTED
        told = _mistyped(weights, rng) if corrected else weights
        said: _Data = {"site": site.name, "ticketNo": number, "vehicle": load.vehicle.name}
        more: _Data = {"weighbridge": bridge.name, "category": load.category}
        if load.direction == "out":
            more["direction"] = load.direction
        for after, part in _parts(told, source, in_two=site.in_two, refused=load.refused):
            moment = (load.day, load.second + after)
            self._say(bridge.name, "load.weighed", bridge.name, moment, said | more | part, late)
        desk = f"{site.name}-desk"
        if load.refused:
            outcome = said | {"reason": rng.choice(_REFUSALS)}
            self._say(desk, "load.refused", "", (load.day, load.second + 300), outcome, late)
        elif load.direction == "in":
            outcome = said | {"category": load.category}
            self._say(desk, "load.accepted", "", (load.day, load.second + 420), outcome, late)
        if corrected:
            later = load.second + rng.uniform(2, 50) * 3_600
            right = said | weights | {"reason": "typed wrong"}
            self._say(desk, "ticket.corrected", "", (load.day, later), right, late)
        return number

    def _number(self, load: _Load) -> str:
        """Every day from one."""
        day = load.day + int(load.second // DAY_S)
        self._numbers[load.site.name, day] += 1
        date = self._scene.calendar.name(day).replace("-", "")
        return f"{date}-{self._numbers[load.site.name, day]:04}"

    def _weights(self, load: _Load, bridge: Weighbridge) -> tuple[dict[str, int], str]:
        """And where the tare is from."""
        rng, vehicle = self._rng, load.vehicle
        day = load.day + int(load.second // DAY_S)
        offset = self._mishaps.bridge_zero.get((bridge.name, day), 0)
        empty = vehicle.weight_g + rng.randint(*_FUEL_G) + offset
        gross = self._weighed(empty + load.grams, bridge)
        if load.site.keeps_tares and rng.random() < _KEPT:
            tare, source = round(vehicle.tare_g / bridge.division_g) * bridge.division_g, "stored"
        else:
            tare, source = self._weighed(empty, bridge), "weighed"
        tare = min(gross, tare)
        return {"grossG": gross, "tareG": tare, "netG": gross - tare}, source

    def _say(
        self,
        device: str,
        what: str,
        bridge: str,
        moment: tuple[int, float],
        data: _Data,
        after_s: float,
    ) -> None:
        subject = f"weighbridge/{bridge}" if bridge else f"facility/{data['site']}"
        self._scene.wire.say(
            FLEET, device, f"waste.{what}.v1", subject, moment, data, after_s=after_s
        )

    def _weighed(self, grams: float, bridge: Weighbridge) -> int:
        steps = round((grams + self._rng.gauss(0, _NOISE_G)) / bridge.division_g)
        return max(0, steps * bridge.division_g)


def _parts(
    weights: dict[str, int], source: str, *, in_two: bool, refused: bool
) -> Iterator[tuple[float, _Data]]:
    """Seconds after the arrival, and what is told then. Who is refused leaves as it came."""
    gross: _Data = {"grossG": weights["grossG"]}
    if refused:
        yield 0, gross
    elif in_two and source == "weighed":
        yield 0, gross
        yield 400, {"tareG": weights["tareG"], "netG": weights["netG"], "tareFrom": source}
    else:
        yield 360, {**weights, "tareFrom": source}


def _mistyped(weights: dict[str, int], rng: Random) -> dict[str, int]:
    wrong = weights["grossG"] + rng.choice((1_000_000, 2_000_000, 200_000, 10_000_000))
    return weights | {"grossG": wrong, "netG": wrong - weights["tareG"]}
