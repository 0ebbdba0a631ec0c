"""What the cameras follow, all day and all night, and the times when one sees nothing."""

from datetime import datetime
from functools import partial
from itertools import pairwise

from devices.adapter import Message
from devices.frigate.simulate import Track
from infra.simulate.agenda import Process
from infra.simulate.compound import FIRE_LANE, Camera
from infra.simulate.world import World, hourly

# Objects an hour for one camera, beside those of `_street`.
_OBJECTS = hourly((0, 6, 25), (6, 9, 110), (9, 17, 75), (17, 21, 110), (21, 24, 70))
_UNHURRIED = (1.2, 3.2)
_BRISK = (0.8, 1.8)  # seconds between two messages about one object
_OUTAGES = hourly((0, 24, 0.2))
_BLOCKED = hourly((7, 22, 0.5))
_STANDS = (150, 400)  # seconds a car stands where the fire engine must pass
_UNEVEN = 0.45  # gaps vary by this share around their mean, so no camera rests for long


class Sights:
    def __init__(self, world: World) -> None:
        self._world = world
        self._dark: set[str] = set()

    def processes(self) -> tuple[Process, ...]:
        world = self._world
        return (
            self._street(),
            *(self._watch(camera) for camera in world.compound.cameras),
            world.sporadic(_OUTAGES, self._outage),
            world.sporadic(_BLOCKED, self._block),
        )

    def follow(
        self,
        camera: Camera,
        label: str,
        *,
        plate: str = "",
        pause: tuple[float, float] = _UNHURRIED,
    ) -> Process:
        """An object moves through some of the zones, in either direction; every message says
        that it came into a zone or left one."""
        rng = self._world.rng
        if camera.device in self._dark:
            return
        track = Track(camera.device, label, rng)
        zones = camera.zones if rng.random() < 0.5 else camera.zones[::-1]
        stay = zones[: rng.choice((1, 2, 2, 3))]
        yield partial(track.new, zones=stay[:1])
        for last, zone in pairwise(stay):
            yield rng.uniform(*pause)
            yield partial(track.update, zones=(last, zone), plate=plate)
            yield rng.uniform(*pause)
            yield partial(track.update, zones=(zone,), plate=plate)
        yield rng.uniform(*pause)
        yield track.end

    def _street(self) -> Process:
        """Streets do not sleep: at any hour some camera is following something, so that a
        screen never stands still for more than two seconds."""
        world = self._world
        while True:
            camera = world.rng.choice(world.compound.cameras)
            label = world.rng.choices(camera.labels, camera.weights)[0]
            yield from self.follow(camera, label, pause=_BRISK)
            yield world.rng.uniform(0.1, 0.9)

    def _block(self) -> Process:
        """Somebody leaves a car in the fire lane for a while."""
        device, zone = FIRE_LANE
        if device in self._dark:
            return
        track = Track(device, "car", self._world.rng)
        yield partial(track.new, zones=(zone,))
        yield self._world.rng.uniform(*_STANDS)
        yield track.end

    def _watch(self, camera: Camera) -> Process:
        world = self._world
        rng = world.rng
        yield rng.uniform(0, 20)
        while True:
            label = rng.choices(camera.labels, camera.weights)[0]
            world.agenda.start(self.follow(camera, label))
            mean = 3600 / _OBJECTS[int(world.hour)]
            yield mean * rng.uniform(1 - _UNEVEN, 1 + _UNEVEN)

    def _outage(self) -> Process:
        world = self._world
        seeing = [cam for cam in world.compound.cameras if cam.device not in self._dark]
        if not seeing:
            return
        camera = world.rng.choice(seeing)
        self._dark.add(camera.device)
        yield partial(self._video, camera, "camera.video.lost.v1", "no-signal")
        yield world.rng.uniform(40, 600)
        self._dark.discard(camera.device)
        yield partial(self._video, camera, "camera.video.restored.v1", "signal-back")

    def _video(self, camera: Camera, type: str, reason: str, at: datetime) -> Message:
        device = self._world.native(camera.device, "camera")
        return device.event(at, type, f"camera/{camera.device}", {"reason": reason})
