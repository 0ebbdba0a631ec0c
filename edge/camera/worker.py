"""The camera worker: a process beside the agent that turns pictures into events.

It is a device like others: it speaks MQTT to the gateway and keeps nothing but record numbers.
Dying costs what waited in memory, which the gateway then misses by its number.
"""

import logging
import secrets
import threading
from collections.abc import Callable
from pathlib import Path

from core.broker import Broker
from core.clock import Clock
from core.errors import EnvironmentFault, FatalError
from edge.camera import source
from edge.camera.config import Place, Settings
from edge.camera.envelope import Envelopes, Numbers
from edge.camera.kit import Kit
from edge.camera.live import Live
from edge.camera.pipeline import Pipeline
from edge.camera.publish import Publisher, Route
from edge.camera.reader import Pacing, Reader
from edge.camera.seen import Told
from edge.camera.watching import Watching

_LOG = logging.getLogger(__name__)
_LOOK_S = 0.5
_DRAIN_S = 10.0
_STOP_S = 5.0


def run(settings: Settings, kit: Kit, clock: Clock, stop: threading.Event) -> int:
    """Until told to stop, or until all cameras are files that are through. EnvironmentFault: the
    folder cannot be written in; FatalError: a camera's thread died."""
    source.quiet()
    publisher = Publisher(_route(settings))
    watched = [_watching(place, settings, kit, publisher, clock) for place in settings.places]
    publisher.start()
    for one in watched:
        one.start()
    _LOG.info("watching %s", ", ".join(one.name for one in watched))
    try:
        while not stop.wait(_LOOK_S) and any(one.alive for one in watched):
            _check(watched)
        _check(watched)
    finally:
        for one in watched:
            one.stop()
        for one in watched:
            one.join(_STOP_S)
        complete = publisher.stop(_DRAIN_S)
    return 0 if complete else 1


def _check(watched: list[Watching]) -> None:
    dead = [one.name for one in watched if not one.alive and not one.finished]
    if dead:
        raise FatalError(
            f"the thread of {', '.join(dead)} ended by a mistake, which the log shows above. "
            "Start the worker again."
        )


def _watching(
    place: Place, settings: Settings, kit: Kit, publisher: Publisher, clock: Clock
) -> Watching:
    told = place.told
    _folder(place.folder)
    envelopes = Envelopes(place.name, Numbers(place.folder / "sequence"))
    pacing = Pacing(
        fps=told.fps,
        pace=told.pace,
        repeat=told.repeat,
        patience_s=2 * max(told.open_s, told.read_s),
    )
    reader = Reader(
        place.address,
        lambda: source.opened(place.address, told.open_s, told.read_s),
        pacing,
        clock,
    )
    equipment = kit(place)
    began = clock.now().timestamp()
    return Watching(
        place,
        reader,
        Pipeline(told, equipment.rules, equipment.namers, began),
        Live(place.folder, equipment.hide),
        tell=_teller(envelopes, publisher),
        line=lambda: (publisher.unsent, publisher.dropped),
        clock=clock,
        health_s=settings.config.health_s,
    )


def _teller(envelopes: Envelopes, publisher: Publisher) -> Callable[[Told], None]:
    return lambda told: publisher.tell(envelopes.seal(told))


def _folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise EnvironmentFault(
            f"{folder}: cannot be made ({error.strerror}). Let the worker write in `data`."
        ) from error


def _route(settings: Settings) -> Route:
    broker: Broker = settings.config.gateway
    return Route(
        host=broker.host,
        port=broker.port,
        username=broker.username,
        password=settings.gateway.password,
        tls=settings.gateway.tls,
        client_id=f"menwei-camera-{secrets.token_hex(4)}",
        waiting=settings.config.waiting,
    )
