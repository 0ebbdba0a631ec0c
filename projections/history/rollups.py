"""Rows → what they add to the rollups. Pure, and a sum: any order and any cutting into pages
gives the same totals.

Hours are UTC hours, which are also China's; days are China's, without summer time.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import msgspec

from core.events import access, device, vehicle, waste
from core.ownjournal import GATEWAY
from projections.history.columns import Values
from projections.history.rows import Row, Thing

_HALF = 1_800_000_000  # half an hour in microseconds
HOUR = 2 * _HALF
DAY = 48 * _HALF
CHINA = 16  # half hours that China is ahead of UTC
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
# Of a passage: granted, denied, taken, vehicles.
_COUNTED = {
    access.Granted.TYPE: 0,
    access.Denied.TYPE: 1,
    vehicle.VehicleDenied.TYPE: 1,
    access.Taken.TYPE: 2,
    vehicle.Passed.TYPE: 3,
}
_DEPOSIT = waste.DepositRecorded.TYPE


class Heard(msgspec.Struct):
    """A device's day. `events` were heard from it, between `first` and `last`, in the half hours
    whose bits are set in `heard`; `lost`: how often its gateway lost it."""

    events: int = 0
    lost: int = 0
    first: int = 0
    last: int = 0
    heard: int = 0


class Sums(msgspec.Struct):
    """`hour`: microseconds since 1970; `day`: days since 1970, of China."""

    passages: dict[tuple[str, str, int], list[int]]  # (compound, subject, hour)
    deposits: dict[tuple[str, str, int, str], list[int]]  # (…, category): deposits, g, unweighed
    devices: dict[tuple[str, str, str, int], Heard]  # (compound, gateway, device, day)


class Groups:
    """Rows by what they are about, as far as sums need them."""

    __slots__ = ("deposits", "times")

    def __init__(self) -> None:
        self.times: defaultdict[Thing, list[int]] = defaultdict(list)
        self.deposits: list[tuple[Thing, int, Values]] = []

    def add(self, rows: Iterable[Row]) -> None:
        times = self.times
        for thing, time, _, _, values, _ in rows:
            times[thing].append(time)
            if thing.type == _DEPOSIT:
                self.deposits.append((thing, time, values))


def summed(groups: Groups) -> Sums:
    found = Sums({}, {}, {})
    for thing, times in groups.times.items():
        slots = _slots(times)
        if thing.gateway != GATEWAY:
            _heard(found, thing, slots)
        counted = _COUNTED.get(thing.type)
        if counted is not None:
            for slot, within in slots.items():
                passage = (thing.compound, thing.subject, slot // 2 * HOUR)
                found.passages.setdefault(passage, [0, 0, 0, 0])[counted] += len(within)
    for thing, time, (category, net) in groups.deposits:
        assert isinstance(category, str)
        assert net is None or isinstance(net, int)
        key = (thing.compound, thing.subject, time // HOUR * HOUR, category)
        tally = found.deposits.setdefault(key, [0, 0, 0])
        tally[0] += 1
        tally[1] += net or 0
        tally[2] += net is None
    return found


def _slots(times: Sequence[int]) -> Mapping[int, Sequence[int]]:
    """Half hour since 1970 → those of the times that are in it."""
    first = min(times) // _HALF
    if first == max(times) // _HALF:
        return {first: times}
    found: defaultdict[int, list[int]] = defaultdict(list)
    for time in times:
        found[time // _HALF].append(time)
    return found


def _heard(found: Sums, thing: Thing, slots: Mapping[int, Sequence[int]]) -> None:
    lost = thing.type == device.Lost.TYPE
    for slot, times in slots.items():
        day, bit = divmod(slot + CHINA, 48)
        key = (thing.compound, thing.gateway, thing.device, day)
        said = found.devices.get(key)
        if said is None:
            said = found.devices[key] = Heard()
        if lost:
            said.lost += len(times)
            continue
        first, last = min(times), max(times)
        if not said.events or first < said.first:
            said.first = first
        if last > said.last:
            said.last = last
        said.events += len(times)
        said.heard |= 1 << bit


def micros(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def moment(time: int) -> datetime:
    return _EPOCH + timedelta(microseconds=time)


def day_of(time: int) -> int:
    """The China day in which it is, as days since 1970."""
    return (time // _HALF + CHINA) // 48


def first_day(since: int) -> int:
    """The first China day that does not begin before `since`."""
    return -((-since - CHINA * _HALF) // DAY)


def day_text(day: int) -> str:
    return (date(1970, 1, 1) + timedelta(days=day)).isoformat()
