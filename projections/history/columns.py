"""Which of an event's data stand in columns of their own, and which stay JSON.

Columns that one type fills stand side by side, so that a row is: nothing, its values, nothing.
A bin's fill is not among them: it needs the bin's profile, which another event tells.
"""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, Literal

import msgspec

from core import weighing
from core.event import Data
from core.events.waste import BinCollected, DepositRecorded, LoadWeighed

Value = str | int | float | None
Values = tuple[Value, ...]
Form = Literal["text", "bigint", "integer", "double"]

COLUMNS: dict[str, Form] = {
    "category": "text",
    "net_g": "bigint",
    "purity": "double",
    "distance_mm": "integer",
    "temperature_cel": "double",
    "battery_pct": "double",
    "duration_s": "double",
    "confidence": "double",
    "count": "bigint",
    "lat": "double",
    "lon": "double",
    "speed_kmh": "double",
}
NAMES = tuple(COLUMNS)
_WEIGHED = NAMES[:2]  # category, net_g
_ENCODE = msgspec.json.Encoder().encode
_MOST = 2**63 - 1  # of a bigint


def _weighed(data: Data) -> Values:
    assert isinstance(data, DepositRecorded | BinCollected | LoadWeighed)
    return data.category, weighing.net(data.net_g, data.gross_g, data.tare_g)


class Shape:
    """How the data of one type become columns `first`..`first + width` and JSON. Pure."""

    __slots__ = ("_rest", "_rested", "bare", "counts", "first", "values", "width")

    def __init__(self, cls: type[Data]) -> None:
        own = {field.name: field for field in msgspec.structs.fields(cls)}
        weighed = issubclass(cls, DepositRecorded | BinCollected | LoadWeighed)
        # Where a bin was lifted stays JSON: the columns of a place are not beside the weights'.
        filled = [name for name in (_WEIGHED if weighed else NAMES) if name in own]
        self.first = NAMES.index(filled[0]) if filled else 0
        self.width = len(filled)
        assert filled == list(NAMES[self.first : self.first + self.width]), cls.TYPE
        self.bare: Values = (None,) * self.width
        self.counts = filled[-1:] == ["count"]  # the only number of strangers without a bound
        self.values: Callable[[Data], Values] | None = None
        if weighed:
            self.values = _weighed
        elif filled:
            self.values = _several(filled)
        kept = [one for name, one in own.items() if name not in filled and name != "pii"]
        kept.sort(key=lambda one: not one.required)
        self._rested: Callable[[Data], tuple[Any, ...]] = attrgetter(*(one.name for one in kept))
        self._rest = msgspec.defstruct(
            cls.__name__,
            [_field(one) for one in kept],
            omit_defaults=True,
            rename="camel",
        )

    def rest(self, data: Data) -> bytes:
        """Everything that has no column, as JSON. The sealed part stays in the log alone."""
        return _ENCODE(self._rest(*self._rested(data)))


def _several(names: list[str]) -> Callable[[Data], Values]:
    found: Callable[[Data], Any] = attrgetter(*names)
    return found if len(names) > 1 else lambda data: (found(data),)


def _field(one: msgspec.structs.FieldInfo) -> Any:
    if one.default is not msgspec.NODEFAULT:
        return one.name, Any, one.default
    if one.default_factory is not msgspec.NODEFAULT:
        return one.name, Any, msgspec.field(default_factory=one.default_factory)
    return one.name, Any


def within(values: Values) -> Values:
    """Without a count, the last of the values, that no bigint holds."""
    count = values[-1]
    if isinstance(count, int) and not -_MOST <= count <= _MOST:
        return (*values[:-1], None)
    return values
