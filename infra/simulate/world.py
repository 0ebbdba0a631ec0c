"""A compound that is running: its devices switched on at one moment, one generator of chance."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from devices.hikvision.simulate import Terminal, first_serial
from devices.lorawan.simulate import LevelSensor
from devices.native.simulate import NativeDevice, boot_mark
from infra.simulate.agenda import Agenda, Process
from infra.simulate.compound import LORA_APPLICATION, Bin, Compound, Doorway

ZONE = ZoneInfo("Asia/Shanghai")
_OFFSET_S = 8 * 3600  # China has had no summer time since 1991
_DAY_S = 86_400

Hourly = Sequence[float]  # 24 mean counts, one for each local hour


class World:
    """`start` is when the devices were switched on; `begin` is the virtual time of day at that
    moment, which differs from it only in a load run."""

    def __init__(self, compound: Compound, start: datetime, begin: datetime) -> None:
        self.compound = compound
        self.agenda = Agenda(begin.timestamp())
        chance = f"{compound.seed}/{compound.compound}/{start.timestamp()}"
        self.rng = Random(chance)  # noqa: S311 - a play, no secret
        self._start = start
        self._boot = boot_mark(start)
        self._natives: dict[str, NativeDevice] = {}

    @property
    def now(self) -> float:
        return self.agenda.now

    @property
    def hour(self) -> float:
        """Local hour of the day, 0 <= hour < 24."""
        return (self.now + _OFFSET_S) % _DAY_S / 3600

    @property
    def midnight(self) -> float:
        """The virtual time at which the local day began."""
        return self.now - (self.now + _OFFSET_S) % _DAY_S

    @property
    def day(self) -> datetime:
        """The local date, at 00:00."""
        return datetime.fromtimestamp(self.midnight, ZONE)

    def weekend(self) -> bool:
        return self.day.weekday() >= 5

    def native(self, device: str, domain: str) -> NativeDevice:
        """The one device of that id: asked for twice, it is the same with the same counter."""
        found = self._natives.get(device)
        if found is None:
            found = self._natives[device] = NativeDevice(device, domain, self._boot)
        return found

    def terminal(self, doorway: Doorway) -> Terminal:
        return Terminal(
            doorway.mac, doorway.device, doorway.address, first_serial(self._start), self.rng
        )

    def level_sensor(self, container: Bin) -> LevelSensor:
        return LevelSensor(
            container.device,
            container.dev_eui,
            application=LORA_APPLICATION,
            tenant=self.compound.compound,
            gateway=f"lora-{self.compound.compound}",
            joined=self._boot,
            rng=self.rng,
        )

    def sporadic(self, hourly: Hourly, make: Callable[[], Process]) -> Process:
        """A process started again and again, by chance, as often as the hour's mean says."""
        peak = max(hourly)
        while True:
            yield self.rng.expovariate(peak / 3600)
            if self.rng.random() * peak < hourly[int(self.hour)]:
                self.agenda.start(make())

    def seconds_until(self, hour: float) -> float:
        """From now to the next time the local clock shows `hour`; never 0."""
        wait = (hour - self.hour) * 3600
        return wait if wait > 0 else wait + _DAY_S


def hourly(*spans: tuple[int, int, float]) -> Hourly:
    """24 means from (first hour, hour after the last, mean) spans; later spans win."""
    means = [0.0] * 24
    for first, after, mean in spans:
        means[first:after] = [mean] * (after - first)
    return tuple(means)


def local(moment: datetime) -> datetime:
    return moment.astimezone(ZONE)


def working_day(moment: datetime) -> datetime:
    """The same time of day on this day or the next one that people go to work on."""
    return moment + timedelta(days=max(0, 7 - moment.weekday()) if moment.weekday() >= 5 else 0)


def at_hour(moment: datetime, hour: int) -> datetime:
    """The instant on the same local day at which the clock shows `hour`:00."""
    day = local(moment).replace(hour=0, minute=0, second=0, microsecond=0)
    return day + timedelta(hours=hour)
