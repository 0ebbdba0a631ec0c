"""What the rollups must say, worked out the slow and plain way: one event at a time, datetimes."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone

from core.clock import parse_rfc3339, rfc3339
from core.codec import Unread
from core.event import Recorded
from core.events import access, device, vehicle, waste
from projections.history.sink import Answer, DepositHour, DeviceDay, PassageHour

_CHINA = timezone(timedelta(hours=8))


def happened(item: Recorded) -> datetime:
    moment = parse_rfc3339(item.moment.at)
    return min(
        max(moment, datetime(2000, 1, 1, tzinfo=UTC)), datetime(2099, 12, 31, 23, 59, tzinfo=UTC)
    )


def _hour(item: Recorded) -> str:
    return rfc3339(happened(item).replace(minute=0, second=0, microsecond=0))


def expected(items: Sequence[Recorded | Unread]) -> dict[str, Answer]:
    read = [one for one in items if isinstance(one, Recorded)]
    return {
        "passages": _passages(read),
        "deposits": _deposits(read),
        "availability": _availability(read),
    }


def _passages(items: Sequence[Recorded]) -> list[PassageHour]:
    sums: dict[tuple[str, str], dict[str, int]] = defaultdict(
        lambda: dict.fromkeys(("granted", "denied", "taken", "vehicles"), 0)
    )
    for item in items:
        match item.event.data:
            case access.Granted():
                what = "granted"
            case access.Denied() | vehicle.VehicleDenied():
                what = "denied"
            case access.Taken():
                what = "taken"
            case vehicle.Passed():
                what = "vehicles"
            case _:
                continue
        sums[_hour(item), item.event.subject][what] += 1
    return [PassageHour(hour=key[0], subject=key[1], **sums[key]) for key in sorted(sums)]


def _deposits(items: Sequence[Recorded]) -> list[DepositHour]:
    found: dict[tuple[str, str, str], list[waste.DepositRecorded]] = defaultdict(list)
    for item in items:
        if isinstance(data := item.event.data, waste.DepositRecorded):
            found[_hour(item), item.event.subject, data.category].append(data)
    answer = []
    for (hour, subject, category), those in sorted(found.items(), key=lambda one: one[0]):
        nets = [_net(one) for one in those]
        answer.append(
            DepositHour(
                subject=subject, hour=hour, category=category, deposits=len(those),
                net_g=sum(net or 0 for net in nets), unweighed=nets.count(None),
            )
        )  # fmt: skip
    return answer


def _availability(items: Sequence[Recorded]) -> list[DeviceDay]:
    found: dict[tuple[str, str, str], list[Recorded]] = defaultdict(list)
    for item in items:
        if item.gateway != "hub":
            day = happened(item).astimezone(_CHINA).date().isoformat()
            found[day, item.gateway, item.device].append(item)
    answer = []
    for (day, gateway, name), those in sorted(found.items(), key=lambda one: one[0]):
        heard = [happened(one) for one in those if not isinstance(one.event.data, device.Lost)]
        told: list[str | None] = [*sorted(map(rfc3339, heard))] or [None]
        halves = {(moment.astimezone(_CHINA).hour, moment.minute >= 30) for moment in heard}
        answer.append(
            DeviceDay(
                gateway=gateway, device=name, day=day, events=len(heard),
                lost=len(those) - len(heard), first=told[0],
                last=told[-1], availability=len(halves) / 48,
            )
        )  # fmt: skip
    return answer


def _net(told: waste.DepositRecorded) -> int | None:
    """An empty bin that is heavier than the full one says nothing."""
    if told.net_g is not None or told.gross_g is None or told.tare_g is None:
        return told.net_g
    return told.gross_g - told.tare_g if told.gross_g >= told.tare_g else None
