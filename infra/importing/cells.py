"""One cell of a table → a value, or what is wrong with it."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime, tzinfo
from decimal import Decimal
from functools import lru_cache

import msgspec

from core.clock import rfc3339
from infra.importing.aside import Unfit
from infra.importing.columns import COLUMNS, plain, unit_of, words

_DAY = r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?"
_CLOCK = r"(\d{1,2})[:时点](\d{1,2})(?:[:分](\d{1,2})(?:\.(\d{1,6})\d*)?)?[分秒]?"
_MOMENT = re.compile(rf"{_DAY}(?:[T ]*{_CLOCK})?(?: *(Z|[+-]\d\d:?\d\d))?", re.ASCII)
_OF_DAY = re.compile(_CLOCK, re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)()()", re.ASCII)
# A comma stands between thousands and nowhere else: 98,6 could be read ten times too much.
_WHOLE = r"(?:[0-9]{1,3}(?:,[0-9]{3}){1,4}|[0-9]{1,15})"
_WEIGHT = re.compile(rf"(-?{_WHOLE}(?:\.[0-9]{{1,9}})?|-?\.[0-9]{{1,9}}) *+([^0-9.,-]*+)", re.ASCII)
_FORMULA = re.compile(r'="(.*)"', re.DOTALL)
# What may be repeated of a cell that cannot be right: digits and signs, and not so many that they
# are a telephone or a card.
_SHOWN = re.compile(r"(?!.*[0-9]{8})[-+0-9.,:/ TZ年月日时分秒点]{1,32}")
_NUMBER = re.compile(r"-?[0-9]{1,6}(?:\.[0-9]{1,12})?", re.ASCII)
_PERCENT = re.compile(r"([0-9]+(?:\.[0-9]+)?) *(%?)", re.ASCII)
_CATEGORIES = words(COLUMNS.categories)
_DIRECTIONS = words(COLUMNS.directions)


class Weight(msgspec.Struct, frozen=True, gc=False):
    """`step`: what the last digit that was written counts."""

    grams: int
    step: int


@lru_cache(maxsize=4096)  # a scale's divisions: the same ones come again and again
def weight(told: str, unit: str, field: str) -> Weight:
    """Unfit("number" | "negative-weight" | "unit" | "no-unit"). A unit in the cell outweighs the
    column's."""
    match = _WEIGHT.fullmatch(_folded(told))
    if match is None:
        raise Unfit("number", naming(field, told))
    if match[2]:
        unit = unit_of(match[2])
    if unit not in COLUMNS.grams:
        raise Unfit("unit" if match[2] else "no-unit", field)
    grams = round(Decimal(match[1].replace(",", "")) * COLUMNS.grams[unit])
    if grams < 0:
        raise Unfit("negative-weight", naming(field, match[1], match[2]))
    places = len(match[1].partition(".")[2])
    return Weight(grams, max(1, COLUMNS.grams[unit] // 10**places))


def moment(told: str, zone: tzinfo | None, field: str) -> datetime:
    """Unfit("time" | "date-only" | "no-date" | "no-zone")."""
    spelt = _folded(told)
    match = _MOMENT.fullmatch(spelt) or _COMPACT.fullmatch(spelt)
    if match is None:
        raise Unfit("time", naming(field, told))
    *parts, fraction, offset = match.groups()
    if parts[3] is None:
        raise Unfit("date-only", naming(field, told))
    year, month, day, hour, minute, second = (int(one or 0) for one in parts)
    micro = int((fraction or "0").ljust(6, "0"))
    try:
        at = datetime(year, month, day, hour, minute, second, micro, tzinfo=zone)
        if offset:
            at = datetime.fromisoformat(at.replace(tzinfo=None).isoformat() + offset)
    except ValueError as error:
        raise Unfit("no-date", naming(field, told)) from error
    if at.tzinfo is None:
        raise Unfit("no-zone", naming(field, told))
    return at


def is_clock(told: str) -> bool:
    """Whether it is a time of day, of no day."""
    return _OF_DAY.fullmatch(told) is not None


def stamp(at: datetime) -> str:
    return rfc3339(at).replace(".000", "", 1)


def fraction(told: str, field: str) -> float:
    """Of 0.95, 95% or 95. Unfit("number")."""
    match = _PERCENT.fullmatch(_folded(told))
    value = float(match[1]) if match else -1.0
    if match and (match[2] or value > 1):
        value /= 100
    if not 0 <= value <= 1:
        raise Unfit("number", naming(field, told))
    return round(value, 6)


def number(told: str, field: str) -> float:
    found = _folded(told)
    if not _NUMBER.fullmatch(found):
        raise Unfit("number", naming(field, told))
    return float(found)


def category(told: str) -> str:
    return _one_of(told, _CATEGORIES, "category")


def direction(told: str) -> str:
    return _one_of(told, _DIRECTIONS, "direction")


def _one_of(told: str, known: Mapping[str, str], field: str) -> str:
    found = known.get(plain(told))
    if found is None:
        raise Unfit(f"unknown-{field}")
    return found


def text(told: str) -> str:
    """As it was meant: without marks in which a spreadsheet says that a number is a text, and with
    the digits and letters of a Chinese keyboard as those of any other."""
    if told.isascii():
        bare = told.strip()
        return bare if bare[:1] not in ("=", "'") else _unmarked(bare)
    return _short(told) if len(told) <= _SHORT else _wide(told)


def _wide(told: str) -> str:
    return _unmarked(_folded(told.replace("\ufeff", "").replace("\u200b", "")))


_SHORT = 64
_short = lru_cache(maxsize=16_384)(_wide)  # plates, categories, names: each in many rows


def _unmarked(told: str) -> str:
    told = told.removeprefix("'").lstrip()  # before a formula too: we set it ourselves
    if formula := _FORMULA.fullmatch(told):
        told = formula[1].replace('""', '"')
    return told.removeprefix("'").strip()


def naming(field: str, told: str, unit: str = "") -> str:
    """With the value, unless it could be more than a number or a time."""
    return f"{field}: {told}{unit}" if _SHOWN.fullmatch(_folded(told)) else field


def _folded(told: str) -> str:
    return told.strip() if told.isascii() else unicodedata.normalize("NFKC", told).strip()
