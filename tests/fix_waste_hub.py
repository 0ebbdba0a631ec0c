"""A hub that keeps a district: one compound, a food and a residual bin, a vehicle, a facility.

What people enter goes into the hub's own journal, what devices tell through a gateway's batches.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from core.clock import rfc3339
from core.event import Data
from core.events.custody import LoadAccepted, TicketCorrected
from core.events.waste import BinCollected, LoadWeighed
from infra.hub.views import VIEWS
from infra.ledger.writers import WRITERS
from projections.web.deed import event_of
from tests.fix_core import FixedClock
from tests.fix_hub import HubRig
from tests.fix_register import Entry, entry, fleet

SINCE = "2026-01-01T00:00:00+08:00"
NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
SPOT = (39.98, 116.30)
FOOD, RESIDUAL = "c01/f1", "c01/o1"
TAGS = {"f1": "E2000001", "o1": "E2000002"}


def at(day: int, clock: str) -> datetime:
    """Of October."""
    return datetime.fromisoformat(f"2026-10-{day:02}T{clock}:00+08:00")


def _register() -> Iterator[Entry]:
    lat, lon = SPOT
    yield entry("compound/c01", SINCE, name="锦绣园", street="清河", households=300)
    yield entry("point/p1", SINCE, compound="c01", name="东门", lat=lat, lon=lon)
    for name, category in (("f1", "food"), ("o1", "residual")):
        yield entry(
            f"bin/{name}", SINCE, compound="c01", point="p1", category=category, volumeL=240,
            tareG=12_000, uidHex=TAGS[name], tech="uhf",
        )  # fmt: skip
    yield from fleet(
        SINCE, "v001", facility="大屯处理厂", carrier="北京环卫一队", accepts=["food", "residual"]
    )
    yield entry(
        "route/r001-am", SINCE, vehicle="v001", category="food", start="06:00", end="12:00",
        bins=[FOOD], facility="f01",
    )  # fmt: skip


class WasteHub:
    def __init__(self, rig: HubRig) -> None:
        self.rig = rig
        rig.desk = msgspec.structs.replace(rig.desk, clock=FixedClock(NOW), writers=WRITERS)
        self.enter(*_register())

    def enter(self, *entries: Entry) -> None:
        self.rig.own.append(
            [
                event_of(where, subject, data, rfc3339(NOW), f"entry:{subject}")
                for where, subject, data in entries
            ]
        )
        self.rig.settle()

    def lift(self, day: int, clock: str = "08:00", *, net_g: int = 80_000, bin: str = "f1") -> None:
        when = at(day, clock)
        data = BinCollected(
            vehicle="v001", uid_hex=TAGS[bin], tech="uhf", lat=SPOT[0], lon=SPOT[1],
            gross_g=12_000 + net_g, tare_g=12_000, net_g=net_g,
        )  # fmt: skip
        self._tell(data, "vehicle/v001", when)

    def weigh(self, day: int, clock: str = "10:00", *, net_g: int = 80_000) -> None:
        ticket = f"T-{day}-{clock}"
        weighed = LoadWeighed(
            site="f01", ticket_no=ticket, vehicle="v001", weighbridge="f01-b1", category="food",
            gross_g=9_000_000 + net_g, tare_g=9_000_000, net_g=net_g,
        )  # fmt: skip
        self._tell(weighed, "weighbridge/f01-b1", at(day, clock))
        accepted = LoadAccepted(site="f01", ticket_no=ticket, vehicle="v001", category="food")
        self._tell(accepted, "facility/f01", at(day, clock) + timedelta(minutes=1))

    def correct(self, day: int, clock: str = "10:00", *, net_g: int) -> None:
        data = TicketCorrected(
            site="f01", ticket_no=f"T-{day}-{clock}", net_g=net_g, reason="抄录错误"
        )
        self._tell(data, "facility/f01", at(day, clock) + timedelta(days=1))

    def trip(self, day: int, *, net_g: int = 80_000) -> None:
        self.lift(day, net_g=net_g)
        self.weigh(day, net_g=net_g)
        self.rig.settle()

    def _tell(self, data: Data, subject: str, when: datetime) -> None:
        self.rig.add([self.rig.event(data, subject, at=when)])


@contextmanager
def opened(folder: Path) -> Iterator[WasteHub]:
    rig = HubRig(folder, VIEWS)
    yield WasteHub(rig)
    rig.close()


@pytest.fixture
def waste_hub(tmp_path: Path) -> Iterator[WasteHub]:
    with opened(tmp_path) as made:
        yield made
