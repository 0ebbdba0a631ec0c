"""What goes wrong in the field, laid over a stream of messages. Every fault is off by default.

Nothing is swallowed but a lost tag: a message held back when the stream ends is sent last.
"""

import heapq
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from random import Random

import msgspec

from core.errors import ConfigError
from devices.hikvision.simulate import skewed as hikvision_skewed
from devices.native.simulate import skewed as native_skewed
from devices.rfid.simulate import skewed as rfid_skewed
from infra.simulate.agenda import Timed

_AGAIN_S = (2.0, 300.0)
_LATE_S = (3600.0, 5 * 3600.0)
# Half a minute after a start without a battery, so that no rounding falls back into 1999.
_NEVER_SET = datetime.fromisoformat("2000-01-01T00:00:30+08:00")
_ROLLED_OVER = datetime.fromisoformat("2036-02-07T06:28:16+00:00")  # where NTP's first era ends

# Devices with a clock of their own. Frigate and LoRaWAN servers stamp for theirs.
_CLOCKS: dict[str, Callable[[bytes, timedelta], bytes]] = {
    "site": native_skewed,
    "hikvision": hikvision_skewed,
    "tele": rfid_skewed,
}


class Faults(msgspec.Struct, frozen=True, kw_only=True):
    """Rates 0..1: of messages, for `clock` of devices, for `tag` of tag reads."""

    duplicates: float = 0.0  # the same bytes once more, seconds to minutes later
    late: float = 0.0  # sent hours later, with the time at which it happened
    clock: float = 0.0  # a clock that starts at 2000 or stands in 2036
    tag: float = 0.0  # the reader missed the tag: the bin is lifted unread
    garbage: float = 0.0  # a torn copy goes out ahead of the good one


def parse_faults(text: str) -> Faults:
    """`duplicates=0.05,late=0.01`. ConfigError names what is wrong."""
    rates: dict[str, float] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, value = part.partition("=")
        if name not in Faults.__struct_fields__:
            known = ", ".join(Faults.__struct_fields__)
            raise ConfigError(f"no fault is called {name!r}; there are: {known}")
        try:
            rates[name] = float(value)
        except ValueError as error:
            raise ConfigError(f"fault {name}: {value!r} is not a rate") from error
        if not 0 <= rates[name] <= 1:
            raise ConfigError(f"fault {name}: the rate must lie in 0..1, not {value}")
    return Faults(**rates)


def with_faults(messages: Iterator[Timed], faults: Faults, seed: int) -> Iterator[Timed]:
    """The stream with faults, still in order of sending and the same for the same seed."""
    rng = Random(f"faults/{seed}")  # noqa: S311 - a play, no secret
    broken = _Clocks(faults.clock, seed)
    held: list[tuple[datetime, int, Timed]] = []
    number = 0
    last: datetime | None = None
    for original in messages:
        while held and held[0][0] <= original.at:
            yield heapq.heappop(held)[2]
        last = original.at
        number += 1
        if original.topic.startswith("tele/") and rng.random() < faults.tag:
            continue
        timed = broken.shown(original)
        if rng.random() < faults.garbage:
            cut = rng.randint(1, len(timed.payload) - 1)
            yield Timed(timed.at, timed.topic, timed.payload[:cut], "garbage")
        if rng.random() < faults.duplicates:
            at = timed.at + timedelta(seconds=rng.uniform(*_AGAIN_S))
            copy = Timed(at, timed.topic, timed.payload, "duplicate")
            heapq.heappush(held, (at, 2 * number, copy))
        if rng.random() < faults.late:
            at = timed.at + timedelta(seconds=rng.uniform(*_LATE_S))
            late = Timed(at, timed.topic, timed.payload, "late")
            heapq.heappush(held, (at, 2 * number + 1, late))
        else:
            yield timed
    while held and last is not None:
        _, _, timed = heapq.heappop(held)
        yield msgspec.structs.replace(timed, at=last)


class _Clocks:
    """Which devices have a wrong clock, and by how much; settled at a device's first message."""

    def __init__(self, rate: float, seed: int) -> None:
        self._rate = rate
        self._seed = seed
        self._offsets: dict[str, timedelta] = {}

    def shown(self, timed: Timed) -> Timed:
        skew = _CLOCKS.get(timed.topic.partition("/")[0])
        if not self._rate or skew is None:
            return timed
        offset = self._offsets.get(timed.topic)
        if offset is None:
            offset = self._offsets[timed.topic] = self._settle(timed)
        if not offset:
            return timed
        return Timed(timed.at, timed.topic, skew(timed.payload, offset), "clock")

    def _settle(self, timed: Timed) -> timedelta:
        draw = sha256(f"clock/{self._seed}/{timed.topic}".encode()).digest()
        if int.from_bytes(draw[:4]) >= self._rate * 2**32:
            return timedelta()
        return (_NEVER_SET if draw[4] % 2 else _ROLLED_OVER) - timed.at
