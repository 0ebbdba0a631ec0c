"""Gateways as their own journal tells of them and the hub beside it: sessions, health, epochs,
what was set aside, what is missing and what is damaged."""

from collections.abc import Mapping

import msgspec

from core.event import Data, Recorded
from core.events import device, journal, logproof
from projections.alarms import fold as alarms
from projections.safe_community import timers
from projections.safe_community.rows.gateways import Damage, Declared, Distrust, Gateway
from projections.view import Rows, added

KEPT = 8  # declared gaps and damages shown; the log holds all
_START, _HUB, _GOOD_BYE = 0, 1, 2  # whose word, in the order of one session's life

_replace = msgspec.structs.replace


def of_gateway(rows: Rows, item: Recorded) -> None:
    """The hub's word about a gateway does not count as a sign of its life."""
    event, data = item.event, item.event.data
    kind, _, name = event.subject.partition("/")
    if kind != "gateway":
        return  # what strangers send stands in the log, and is nobody's row
    own = item.gateway == name
    found = rows.get("gateway", name, Gateway)
    row = found or Gateway(gateway=name)
    if own:
        row = _replace(row, seen=event.recordedtime)
    if isinstance(data, device.Rejected):
        named = f"{data.adapter}/{data.reason}"
        row = _replace(row, rejected=added(row.rejected, named, data.count))
    elif isinstance(data, (device.SessionOpened, device.SessionClosed)):
        row = _session(row, item, data, own=own)
    elif isinstance(data, device.HealthReported):
        row = _replace(row, **{field: getattr(data, field) for field in _HEALTH})
    elif isinstance(data, device.ClockStepped):
        row = _replace(row, steps=row.steps + 1, step_ms=data.step_ms)
    elif isinstance(data, logproof.TYPES):
        row = _replace(row, distrust=_distrust(item, data)) if own else row
    else:
        row = _journal(row, item, data)
    rows.put("gateway", name, row)
    if found is None:
        timers.evidence(rows, name)
    if finding := _finding(data):
        alarms.trigger(rows, item, finding, lasting=False)


def _session(
    row: Gateway, item: Recorded, data: device.SessionOpened | device.SessionClosed, *, own: bool
) -> Gateway:
    """Journals of gateway and hub interleave as they like, so a session is ordered by itself:
    epoch, boot, and within one boot its start, the hub's words, its good-bye. An old will may
    not end a newer session. Where no epoch is known, a start is true whatever its number: a
    gateway whose journal was lost counts anew."""
    opened = isinstance(data, device.SessionOpened)
    spoke = _HUB if not own else _START if opened else _GOOD_BYE
    epoch = row.own_epoch if own else _number(data.native.get("epoch"))
    boot = data.boot
    if not own and boot == 0:  # nothing was ever heard: whatever session there was
        epoch, boot = row.boot_epoch, row.boot
    if epoch and row.boot_epoch:
        newer = (epoch, boot, spoke) >= (row.boot_epoch, row.boot, row.spoke)
    else:
        anew = own and opened and boot != row.boot
        newer = anew or (boot, spoke) >= (row.boot, row.spoke)
    if not newer:
        return row
    state: str = "open" if opened else "closed"
    same = (row.session, row.boot) == (state, boot) and row.boot_epoch in (0, epoch)
    row = _replace(row, boot=boot, boot_epoch=epoch, spoke=spoke)
    if same:
        return row
    return _replace(row, session=state, reason=data.reason, since=item.moment.at)


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _journal(row: Gateway, item: Recorded, data: Data) -> Gateway:
    at, position = item.moment.at, item.position
    if isinstance(data, journal.Opened):
        return _replace(row, own_epoch=data.epoch, epoch=max(row.epoch, data.epoch))
    if isinstance(data, journal.EpochChanged):
        return _replace(
            row,
            epoch=max(row.epoch, data.epoch),
            epochs=row.epochs + 1,
            wiped=row.wiped + (not data.declared),
        )
    if isinstance(data, journal.GapDeclared):
        gap = Declared(
            at=at,
            reason=data.reason,
            lane=data.lane,
            count=data.count,
            since=data.since,
            until=data.until,
            epoch=data.epoch,
            from_batch=data.from_batch,
            to_batch=data.to_batch,
            position=position,
        )
        return _replace(row, lost=row.lost + data.count, declared=(*row.declared, gap)[-KEPT:])
    if isinstance(data, journal.DamageFound):
        found = Damage(
            at=at,
            file=data.file,
            epoch=data.epoch,
            lane=data.lane,
            from_batch=data.from_batch,
            to_batch=data.to_batch,
            position=position,
        )
        return _replace(row, damage=(*row.damage, found)[-KEPT:])
    return row


def _distrust(item: Recorded, data: Data) -> Distrust | None:
    """As it stands after this: nothing, where it was proven or somebody has decided."""
    at, position = item.moment.at, item.position
    if isinstance(data, logproof.Refused):
        known, told = data.known_size, data.told_size
        return Distrust(at=at, reason=data.reason, known=known, told=told, position=position)
    if isinstance(data, logproof.Unproven):
        return Distrust(at=at, reason="unproven", known=data.known_size, position=position)
    return None


def _finding(data: Data) -> str:
    """The alarm it is, of the highest priority: evidence is missing or was damaged."""
    if isinstance(data, journal.EpochChanged) and data.declared:
        return ""
    return _FINDINGS.get(type(data), "")


_FINDINGS: Mapping[type[Data], str] = {
    journal.GapDeclared: "journal.gap",
    journal.DamageFound: "journal.damaged",
    journal.EpochChanged: "gateway.wiped",
}
TYPES: tuple[type[Data], ...] = (
    device.Rejected,
    device.SessionOpened,
    device.SessionClosed,
    device.HealthReported,
    device.ClockStepped,
    journal.Opened,
    journal.EpochChanged,
    journal.GapDeclared,
    journal.DamageFound,
    *logproof.TYPES,
)
_HEALTH = tuple(
    field
    for field in device.HealthReported.__struct_fields__
    if field in Gateway.__struct_fields__ and field != "boot"
)
