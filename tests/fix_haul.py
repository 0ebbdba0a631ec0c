"""One vehicle's district: a street of waste points, its register, and what is said of a day."""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from core.clock import rfc3339
from core.event import Data, Event, Origin, Recorded, source_of
from core.events.vehicle import Positioned
from core.events.waste import BinCollected, BinIdentified, LoadWeighed
from core.moment import moment_of
from core.ownjournal import GATEWAY
from projections.days import at
from projections.state import ViewState
from projections.view import DISTRICT, Row, RowT
from projections.waste_district.register.register import Register
from projections.waste_district.rows.hauls import Finding, Haul, RouteDay
from projections.waste_district.view import WASTE_DISTRICT
from tests.fix_register import Entry, entry

DAY, NEXT = "2026-11-20", "2026-11-21"
SINCE = "2026-01-01T00:00:00+08:00"
LAT, LON = 39.9, 116.3
STEP = 0.002  # degrees of latitude from one point to the next: some 220 m
POINTS = 6
EACH = 2  # bins of every point
START, END = "06:00", "10:00"


def bin_of(point: int, number: int = 1) -> str:
    return f"p{point}-f{number}"


def key_of(point: int, number: int = 1) -> str:
    return f"c01/{bin_of(point, number)}"


def uid_of(point: int, number: int = 1) -> str:
    return f"E2{point:02}{number:02}"


def place_of(point: int) -> dict[str, Any]:
    return {"lat": LAT + STEP * point, "lon": LON}


ALL = tuple((point, number) for point in range(1, POINTS + 1) for number in range(1, EACH + 1))


def entries(vehicles: Sequence[str] = ("v1",)) -> Iterator[Entry]:
    """Every vehicle drives a route of its own, r-{vehicle}; the first one's has all bins."""
    yield entry("compound/c01", SINCE)
    yield entry("facility/f1", SINCE, accepts=["food"])
    for point in range(1, POINTS + 1):
        yield entry(f"point/p{point}", SINCE, compound="c01", **place_of(point))
    for point, number in ALL:
        yield entry(
            f"bin/{bin_of(point, number)}", SINCE, compound="c01", point=f"p{point}",
            category="food", volumeL=240, tareG=12_000, uidHex=uid_of(point, number),
        )  # fmt: skip
    for vehicle in vehicles:
        scale = {"accuracy": "Y(b)", "divisionG": 500}
        yield entry(
            f"vehicle/{vehicle}", SINCE, categories=["food"], scale=scale, plateRef="P-1"
        )  # fmt: skip
        bins = [key_of(*one) for one in ALL] if vehicle == vehicles[0] else []
        yield entry(
            f"route/r-{vehicle}", SINCE, vehicle=vehicle, category="food", start=START, end=END,
            bins=bins, facility="f1",
        )  # fmt: skip


def lift(point: int, number: int = 1, **how: Any) -> BinCollected:
    """By its tag, where it stands, 30 kg."""
    told: dict[str, Any] = {
        "uid_hex": uid_of(point, number), "gross_g": 42_000, "tare_g": 12_000, **place_of(point)
    }  # fmt: skip
    return BinCollected(**(told | how))


class Hauling:
    """A view over the district that has folded what was said so far, each item in a batch of its
    own unless they are given together."""

    def __init__(self, vehicles: Sequence[str] = ("v1",), *, registered: bool = True) -> None:
        self.state = ViewState(WASTE_DISTRICT)
        self._numbers = itertools.count(1)
        if registered:
            self.take(self.registers(vehicles))

    def registers(self, vehicles: Sequence[str] = ("v1",)) -> list[Recorded]:
        return [self.enter(data, subject) for _, subject, data in entries(vehicles)]

    def enter(self, data: Data, subject: str, **how: Any) -> Recorded:
        return self.item(data, subject, "00:00", gateway=GATEWAY, **how)

    def item(
        self,
        data: Data,
        subject: str,
        clock: str,
        *,
        day: str = DAY,
        gateway: str = "gw01",
        compound: str = "c01",
        late_s: int = 0,
        origin: Origin = "live",
        id: str = "",
        device: str = "",
        chain: str = "",
    ) -> Recorded:
        """`clock`: HH:MM or HH:MM:SS in China. `device`: that tells of it, if not its subject."""
        number = next(self._numbers)
        ms = at(day, clock) + int(clock[6:8] or 0) * 1000
        time, recorded = (_text(one) for one in (ms, ms + late_s * 1000))
        device = device or subject.partition("/")[2] or "hub"
        event = Event(
            id=id or f"e{number:04}",
            source=source_of(compound, gateway, device),
            type=data.TYPE,
            subject=subject,
            time=time,
            recordedtime=recorded,
            origin=origin,
            correlationid=chain,
            data=data,
        )
        when = moment_of(time, recorded, event.timequality)
        return Recorded(event, number, 0, gateway, number, compound, gateway, device, when)

    def lift(self, clock: str, data: BinCollected, vehicle: str = "v1", **how: Any) -> Recorded:
        return self.item(data, f"vehicle/{vehicle}", clock, **how)

    def round(self, left: Iterable[tuple[int, int]] = (), **how: Any) -> list[Recorded]:
        """All bins of the route but those, a minute apart, from 06:10."""
        skipped = set(left)
        return [
            self.lift(f"06:{10 + n:02}", lift(*one), **how)
            for n, one in enumerate(ALL)
            if one not in skipped
        ]

    def ticket(self, clock: str, number: str = "1", **how: Any) -> Recorded:
        data = LoadWeighed(
            site="f1", ticket_no=number, vehicle="v1", gross_g=9_360_000, tare_g=9_000_000
        )
        return self.item(data, "facility/f1", clock, **how)

    def fix(self, clock: str, point: int, **how: Any) -> Recorded:
        return self.item(Positioned(**place_of(point)), "vehicle/v1", clock, **how)

    def read(self, clock: str, point: int, number: int = 1, **how: Any) -> Recorded:
        return self.item(BinIdentified(uid_hex=uid_of(point, number)), "vehicle/v1", clock, **how)

    def take(self, items: Sequence[Recorded]) -> None:
        """As one batch."""
        first = items[0].position
        batch = [
            msgspec.structs.replace(one, position=first, index=n) for n, one in enumerate(items)
        ]
        self.state.fold(batch, {})
        self.state.position = max(self.state.position, first)

    def say(self, *items: Recorded) -> None:
        for one in items:
            self.take([one])

    @property
    def kinds(self) -> Mapping[str, Mapping[str, Row]]:
        return self.state.rows(DISTRICT)

    def row(self, kind: str, key: str, row_type: type[RowT]) -> RowT | None:
        return self.state.of(DISTRICT).get(kind, key, row_type)

    def haul(self, vehicle: str = "v1", day: str = DAY) -> Haul:
        found = self.row("haul", f"{vehicle}|{day}", Haul)
        assert found is not None
        return found

    def route(self, day: str = DAY) -> RouteDay:
        (found,) = self.haul(day=day).routes
        return found

    def findings(self, kind: str, vehicle: str = "v1", day: str = DAY) -> list[Finding]:
        return [one for one in self.haul(vehicle, day).findings if one.kind == kind]

    def register(self) -> Register:
        return Register(self.state.of(DISTRICT))


def _text(ms: int) -> str:
    return rfc3339(datetime.fromtimestamp(ms / 1000, UTC))
