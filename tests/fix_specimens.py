"""One value of every event type, made from the type's own definition: a new type is covered by
being in the catalogue."""

import re
from typing import Any

from msgspec import inspect

from core.event import Data

# What the definitions leave open and a fold or a reader takes apart.
_SPOKEN: dict[str, Any] = {
    "alarm": "door.forced:door/1:door-1:1",
    "uid_hex": "04A1B2C3",
    "native": {"adapter": "native", "code": 7},
    "valid_from": "2026-11-01T00:00:00+08:00",
}
_WORDS = ("spoken", "06:30", "06:30-09:30")


def smallest(cls: type[Data]) -> Data:
    """Only what must be said; everything else as by default."""
    return _made(cls, full=False)


def fullest(cls: type[Data]) -> Data:
    """Every field said, none as by default where the type allows another value."""
    return _made(cls, full=True)


def _made(cls: type[Data], *, full: bool) -> Data:
    info = inspect.type_info(cls)
    assert isinstance(info, inspect.StructType)
    said = {
        field.name: _SPOKEN[field.name]
        if field.name in _SPOKEN and not isinstance(field.type, inspect.LiteralType)
        else _value(field.type, field.default)
        for field in info.fields
        if full or field.required
    }
    return cls(**said)


def _value(info: inspect.Type, default: Any = None) -> Any:
    match info:
        case inspect.LiteralType(values=values):
            return next(value for value in values if value != default or len(values) == 1)
        case inspect.UnionType(types=types):
            return _value(next(one for one in types if not isinstance(one, inspect.NoneType)))
        case inspect.BoolType():
            return True
        case inspect.IntType(ge=low):
            return max(7, int(low or 0))
        case inspect.FloatType(le=high):
            return 0.75 if high is not None else 1.5
        case inspect.StrType(pattern=pattern):
            return next(one for one in _WORDS if re.search(pattern or "", one))
        case inspect.DictType(value_type=value):
            return {"spoken": 1 if isinstance(value, inspect.AnyType) else _value(value)}
        case inspect.VarTupleType(item_type=item):
            return (_value(item),)
        case inspect.TupleType(item_types=items):
            return tuple(_value(item) for item in items)
        case inspect.StructType(cls=cls, fields=fields):
            return cls(**{field.name: _value(field.type) for field in fields})
    raise AssertionError(f"no specimen of {info}")
