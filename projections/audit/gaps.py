"""What is missing, as far as anybody can know: per gateway the numbering of its journals and what
was declared lost, per device the records it counted and never delivered. Pure, over batches.
"""

import re
from collections.abc import Iterable

import msgspec

from core import codec
from core.batch import Batch
from core.catalog import Catalog
from core.errors import BadFrame
from core.event import Recorded
from core.events.device import GapDetected, GapFilled
from core.events.journal import DamageFound, EpochChanged, GapDeclared, Opened
from core.ownjournal import GATEWAY
from projections.audit.selection import plain_of

Range = tuple[int, int]  # both ends included
_TYPES = (GapDetected, GapFilled, Opened, GapDeclared, DamageFound, EpochChanged)
_MARKS = tuple(f'"type":"{one.TYPE}"'.encode() for one in _TYPES)
_SOURCE = re.compile(rb'"source":"/c/([^/"\\]*)/gw/([^/"\\]*)/')


class JournalGap(msgspec.Struct, kw_only=True, rename="camel"):
    """One journal over the range: its batches `first` to `last`, and numbers that are not there.
    The hub's own speaks of every compound and is of none."""

    journal: str
    compound: str
    gateway: str
    epoch: int
    lane: str
    first: int
    last: int
    batches: int = 0
    events: int = 0
    missing: list[Range] = []


class DeclaredGap(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a gateway, or the hub, said of a gateway. `count`: events lost, as far as told."""

    compound: str
    gateway: str
    type: str
    position: int
    at: str
    reason: str
    count: int = 0
    detail: str = ""


class DeviceGap(msgspec.Struct, kw_only=True, rename="camel"):
    """Records a device counted, and which ranges of them never came."""

    compound: str
    gateway: str
    device: str
    method: str
    epoch: int
    first: int
    last: int
    position: int
    at: str
    left: list[Range]


class Gaps(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Of positions `first` to `last`. `complete`: that is where it was asked to end."""

    first: int
    last: int
    complete: bool
    journals: list[JournalGap]
    declared: list[DeclaredGap]
    devices: list[DeviceGap]


class Gathering:
    """Takes batches in the order of their positions. `compound`: of that one only; empty: all."""

    def __init__(self, catalog: Catalog, compound: str = "") -> None:
        self._catalog = catalog
        self._compound = compound
        self._journals: dict[str, JournalGap | None] = {}
        self._declared: list[DeclaredGap] = []
        self._devices: list[DeviceGap] = []

    def take(self, position: int, batch: Batch) -> None:
        self._counted(batch)
        plain = plain_of(batch)
        if any(mark in plain for mark in _MARKS):
            for item in _recorded(batch, position, self._catalog):
                if self._compound in ("", item.compound):
                    self._heard(item)

    def report(self, first: int, last: int, *, complete: bool) -> Gaps:
        journals = [one for one in self._journals.values() if one is not None]
        return Gaps(
            first=first,
            last=last,
            complete=complete,
            journals=sorted(journals, key=_of_journal),
            declared=self._declared,
            devices=self._devices,
        )

    def _counted(self, batch: Batch) -> None:
        header = batch.header
        name = header.journal.id.hex
        if name not in self._journals:
            self._journals[name] = self._row(name, batch)
        row = self._journals[name]
        if row is None:
            return
        if header.number > row.last + 1:
            row.missing.append((row.last + 1, header.number - 1))
        row.last = header.number
        row.batches += 1
        row.events += header.last - header.first + 1

    def _row(self, name: str, batch: Batch) -> JournalGap | None:
        """None: of another compound."""
        found = _SOURCE.search(plain_of(batch))
        compound, gateway = (one.decode() for one in found.groups()) if found else ("", "")
        if gateway == GATEWAY:
            compound = ""
        elif self._compound not in ("", compound):
            return None
        header = batch.header
        return JournalGap(
            journal=name,
            compound=compound,
            gateway=gateway,
            epoch=header.journal.epoch,
            lane=header.journal.lane.name.lower(),
            first=header.number,
            last=header.number - 1,
        )

    def _heard(self, item: Recorded) -> None:
        match item.event.data:
            case GapDetected() as gap:
                self._devices.append(_detected(item, gap))
            case GapFilled() as came:
                for row in self._devices:
                    if _same(row, item, came):
                        row.left = without(row.left, (came.from_record, came.to_record))
            case Opened() as opened:
                self._declare(item, opened.reason, detail=opened.detail)
            case GapDeclared() as gap:
                self._declare(item, gap.reason, count=gap.count)
            case DamageFound() as damage:
                self._declare(item, "damaged", detail=damage.detail)
            case EpochChanged() as changed:
                self._declare(item, changed.reason or ("" if changed.declared else "undeclared"))

    def _declare(self, item: Recorded, reason: str, *, count: int = 0, detail: str = "") -> None:
        event = item.event
        self._declared.append(
            DeclaredGap(
                compound=item.compound,
                gateway=event.subject.partition("gateway/")[2] or item.gateway,
                type=event.type,
                position=item.position,
                at=event.recordedtime,
                reason=reason,
                count=count,
                detail=detail,
            )
        )


def without(left: Iterable[Range], came: Range) -> list[Range]:
    first, last = came
    found = []
    for low, high in left:
        found += [(low, min(high, first - 1))] if low < first else []
        found += [(max(low, last + 1), high)] if high > last else []
    return found


def _detected(item: Recorded, gap: GapDetected) -> DeviceGap:
    return DeviceGap(
        compound=item.compound,
        gateway=item.gateway,
        device=item.device,
        method=gap.method,
        epoch=gap.epoch,
        first=gap.from_record,
        last=gap.to_record,
        position=item.position,
        at=item.event.recordedtime,
        left=[(gap.from_record, gap.to_record)],
    )


def _same(row: DeviceGap, item: Recorded, came: GapFilled) -> bool:
    device = (row.compound, row.gateway, row.device, row.method, row.epoch)
    return device == (item.compound, item.gateway, item.device, came.method, came.epoch)


def _recorded(batch: Batch, position: int, catalog: Catalog) -> list[Recorded]:
    try:
        found = codec.recorded(batch, position, catalog)
    except BadFrame:
        return []
    return [one for one in found if isinstance(one, Recorded)]


def _of_journal(one: JournalGap) -> tuple[str, str, int, str]:
    return one.compound, one.gateway, one.epoch, one.lane
