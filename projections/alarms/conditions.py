"""What a rule asks of an event beyond its type: fields compared, and the hour at the compound."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from core.event import Recorded
from projections.window import CHINA

Value = str | int | float | bool


class Compare(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """One of: `is_`, `is_not`, `one_of`, `at_least`, `at_most`, `above`, `below`. `field` is the
    data's own (in snake case), `native.…` a device's code, or `subject`, `device`, `gateway`."""

    field: str
    is_: Value | None = msgspec.field(default=None, name="is")
    is_not: Value | None = None
    one_of: tuple[Value, ...] | None = None
    at_least: float | None = None
    at_most: float | None = None
    above: float | None = None
    below: float | None = None

    def asked(self) -> list[str]:
        """Names of the comparisons that are made."""
        found = {one.encode_name: getattr(self, one.name) for one in msgspec.structs.fields(self)}
        return [name for name, value in found.items() if name != "field" and value is not None]


AROUND = ("subject", "device", "gateway")


def holds(compares: Sequence[Compare], item: Recorded) -> bool:
    return all(_holds(one, _value(one.field, item)) for one in compares)


def _value(field: str, item: Recorded) -> object:
    if field in AROUND:
        return item.event.subject if field == "subject" else getattr(item, field)
    if field.startswith("native."):
        return item.event.data.native.get(field[7:])
    return getattr(item.event.data, field, None)


def _holds(one: Compare, value: object) -> bool:
    """What was not told is neither equal nor more nor less."""
    if one.is_ is not None:
        return value == one.is_
    if one.is_not is not None:
        return value is not None and value != one.is_not
    if one.one_of is not None:
        return value in one.one_of
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    if one.at_least is not None:
        return value >= one.at_least
    if one.at_most is not None:
        return value <= one.at_most
    if one.above is not None:
        return value > one.above
    return one.below is not None and value < one.below


def within(hours: Sequence[str], item: Recorded) -> bool:
    """From the first to the second, local; past midnight where that is earlier. By the time it
    happened."""
    if not hours:
        return True
    moment = datetime.fromtimestamp(item.moment.ms // 1000, UTC).astimezone(CHINA)
    now, (start, end) = moment.strftime("%H:%M"), hours
    return start <= now < end if start <= end else now >= start or now < end
