"""A rule file is refused as a whole, and every line of the refusal names file, rule, key and what
to do."""

import math
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from pkgutil import get_data
from typing import Any, get_type_hints

import msgspec

from core.catalog import CATALOG
from core.errors import ConfigError
from core.event import Data
from projections.alarms.conditions import AROUND, Compare, Value
from projections.alarms.rules import DERIVED, HAUL, Book, Rule, encoded, plain, view_of

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}", re.ASCII)
_HOUR = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_GB_TYPES = {2: 5, 5: 12, 6: 2}  # AlarmMethod → highest AlarmType
_DAY = 86_400.0
_LEAST = 0.001
_COUNTED = 1000  # facts a rule may wait for: their times are kept
_SHOWN = re.compile(r"[^\x00-\x20\x7f-\x9f\u2028-\u202e\u2066-\u2069]{1,128}")  # on a desk


def read(text: str, file: str) -> Book:
    try:
        table = tomllib.loads(text)
    except ValueError as error:  # a TOMLDecodeError, or a number of too many digits
        raise ConfigError(f"{file}: not TOML: {error}") from error
    except RecursionError as error:
        raise ConfigError(f"{file}: brackets within brackets, too deep; write it flat") from error
    unknown = sorted(table.keys() - {"rule"})
    found = table.get("rule", [])
    if unknown or not isinstance(found, list):
        raise ConfigError(
            f"{file}: {', '.join(unknown) or 'rule'}: a rule file holds [[rule]] tables only;"
            " remove it"
        )
    return checked(found, file)


def checked(found: Iterable[Mapping[str, Any]], file: str) -> Book:
    """ConfigError with a line for everything that is wrong."""
    rules: list[Rule] = []
    wrong: list[str] = []
    for number, raw in enumerate(found, start=1):
        named = str(raw.get("name", f"number {number}") if isinstance(raw, dict) else number)
        try:
            rule = msgspec.convert(raw, Rule)
        except msgspec.ValidationError as error:
            wrong.append(f"{file}: rule {named}: {_said(str(error))}")
            continue
        rules.append(rule)
        wrong += [f"{file}: rule {named}: {key}: {why}" for key, why in _faults(rule)]
    wrong += [f"{file}: rule {name}: name: {why}" for name, why in _together(rules)]
    if not rules and not wrong:
        wrong.append(f"{file}: rule: there is none; write one, or leave the shipped ones in force")
    if wrong:
        raise ConfigError("\n".join(wrong))
    return Book(rules)


def _said(error: str) -> str:
    """msgspec's words, key first."""
    what, _, where = error.partition(" - at `$")
    key = where.strip("`").lstrip(".") or "key"
    return f"{key}: {what}; write it as the rules shipped beside the program do"


def _faults(rule: Rule) -> Iterator[tuple[str, str]]:
    """(key, what is wrong and what to do)."""
    if not _NAME.fullmatch(rule.name):
        yield "name", "lower case, digits, dots and hyphens only; rename it"
    if not _NAME.fullmatch(rule.kind):
        yield "kind", "lower case, digits, dots and hyphens only; rename it"
    if not 1 <= rule.priority <= 4:
        yield "priority", f"{rule.priority} is none of 1 (highest) to 4; choose one"
    if not rule.on and rule.kind not in DERIVED:
        yield "on", f"nothing would raise it; name event types, or a kind of {sorted(DERIVED)}"
    yield from _types(rule)
    yield from _fields("when", rule.when, rule.on)
    yield from _fields("clear_when", rule.clear_when, rule.clear)
    yield from _ends(rule)
    yield from _times(rule)
    most = _GB_TYPES.get(rule.gb_method, 0)
    if not 0 <= rule.gb_method <= 7:
        yield "gb_method", "GB/T 28181 AlarmMethod is 1 to 7; use one, or leave it out"
    elif not 0 <= rule.gb_type <= most:
        yield "gb_type", f"method {rule.gb_method} has types up to {most}; use one, or leave it out"


def _types(rule: Rule) -> Iterator[tuple[str, str]]:
    lanes: set[bool] = set()
    for key, names in (("on", rule.on), ("clear", rule.clear)):
        for name in names:
            cls = CATALOG.types.get(name)
            if cls is None:
                yield key, f"{name} is no event type{_near(name)}"
            elif name.startswith(("alarm.", "timer.")):
                yield key, f"{name} comes of alarms, so it would go round; name a fact"
            elif rule.view == HAUL:
                yield key, f"what is {rule.kind} the fold tells, of many facts; remove it"
            elif view_of(name) != rule.view:
                yield key, f"{name} is another view's than {view_of(rule.kind)}; split the rule"
            else:
                lanes.add(cls.BULK)
        if len(set(names)) != len(names):
            yield key, "a type stands there twice; remove one"
    if len(lanes) > 1:
        yield (
            "on",
            (
                "urgent and bulk facts in one rule: the lanes overtake each other, and how it ends"
                " would be chance; make a rule for each, and let bulk ones end by quiet_s"
            ),
        )
    if not rule.clear_when and not rule.when and (both := set(rule.on) & set(rule.clear)):
        yield "clear", f"{sorted(both)[0]} raises it as well; tell them apart by clear_when"


def _near(name: str) -> str:
    close = [one for one in CATALOG.types if one.split(".")[0] == name.split(".")[0]]
    return f"; of that kind there are {', '.join(sorted(close))}" if close else "; correct it"


def _fields(
    key: str, compares: Sequence[Compare], names: Sequence[str]
) -> Iterator[tuple[str, str]]:
    classes = [CATALOG.types[name] for name in names if name in CATALOG.types]
    for one in compares:
        asked = one.asked()
        if len(asked) != 1:
            yield key, f"{one.field} is compared {len(asked)} ways; compare it one way"
        if any(isinstance(value, float) and not math.isfinite(value) for value in _values(one)):
            yield key, f"{one.field} is compared with what is no number; write one"
            continue
        if one.field.startswith("native.") or not (classes or one.field in AROUND):
            continue
        types: list[object] = [str] if one.field in AROUND else []
        types += [_hints(cls)[one.field] for cls in classes if _has(cls, one.field)]
        if not types:
            known = sorted({field for cls in classes for field in cls.__struct_fields__})
            yield key, f"{one.field} is no field of {', '.join(names)}; there are {known}"
        elif never := [
            value for value in _values(one) if not any(_fits(value, type_) for type_ in types)
        ]:
            yield key, f"{one.field} is never {never[0]!r}; write what it can be"


def _has(cls: type[Data], field: str) -> bool:
    return field in cls.__struct_fields__


@cache
def _hints(cls: type[Data]) -> Mapping[str, object]:
    return get_type_hints(cls)


def _values(compare: Compare) -> Sequence[Value]:
    single = (compare.is_, compare.is_not, compare.at_least, compare.at_most,
              compare.above, compare.below)  # fmt: skip
    return [one for one in (*single, *(compare.one_of or ())) if one is not None]


def _fits(value: Value, type_: object) -> bool:
    """Whether a field of that type can ever hold it; of whole numbers, one beside it will do."""
    try:
        msgspec.convert(value, type_)
    except msgspec.ValidationError:
        return isinstance(value, float) and _fits(math.floor(value), type_)
    return True


def _ends(rule: Rule) -> Iterator[tuple[str, str]]:
    ends = bool(rule.clear or rule.quiet_s)
    if rule.lasting and not ends and rule.kind not in DERIVED:
        yield "lasting", "nothing would end it; name types in clear, or quiet_s, or remove lasting"
    if ends and not rule.lasting:
        yield "lasting", "what can end must last; write lasting = true, or remove clear and quiet_s"
    if rule.clear_when and not rule.clear:
        yield "clear_when", "asks of no type; name types in clear, or remove it"
    if rule.count < 1 or (rule.count > 1) != (rule.within_s > 0):
        yield "count", "count (2 or more) and within_s go together; write both or neither"
    if rule.count > _COUNTED:
        yield "count", f"more than {_COUNTED} facts are not waited for; lower it"
    for field in rule.fields if rule.by else ():
        if not any(_has(CATALOG.types[name], field) for name in rule.on if name in CATALOG.types):
            yield "by", f"{field or 'nothing'} is no field of what raises it; correct it"
    if rule.subject and not _SHOWN.fullmatch(rule.subject):
        yield "subject", "128 characters at most, without blanks; rename it"
    if rule.subject and rule.by:
        yield "subject", "one alarm for all and one for each value; keep one of the two"


def _times(rule: Rule) -> Iterator[tuple[str, str]]:
    for key, value, most in (
        ("quiet_s", rule.quiet_s, 30 * _DAY),
        ("reopen_s", rule.reopen_s, _DAY),
        ("within_s", rule.within_s, _DAY),
    ):
        if not 0 <= value <= most:
            yield key, f"{value} is not within 0 to {most:.0f} seconds; correct it"
        elif 0 < value < _LEAST:
            yield key, f"{value} is shorter than clocks tell; write {_LEAST} or more, or remove it"
    if rule.hours and (len(rule.hours) != 2 or not all(map(_HOUR.fullmatch, rule.hours))):
        yield "hours", 'two local times as ["22:00", "06:00"]; correct it'
    elif rule.hours and rule.hours[0] == rule.hours[1]:
        yield "hours", "no time lies between them; remove the key for all day"
    after = [level.after_s for level in rule.escalate]
    if any(not 0 < one <= _DAY for one in after) or after != sorted(set(after)):
        yield "escalate", "after_s must rise from step to step, above 0 and within a day; order it"
    to = [level.to for level in rule.escalate]
    if not all(to):
        yield "escalate", "to is empty; name an account or a unit"
    if any(not _SHOWN.fullmatch(one.replace(" ", "-")) for one in to if one):
        yield "escalate", "to is 128 characters at most, none of them a control character"
    if len(set(to)) != len(to):
        yield "escalate", "it goes round to whom it was given before; name each once"
    if len(to) > 8:
        yield "escalate", "more than 8 steps; leave some out"


def _together(rules: Sequence[Rule]) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    lanes: dict[str, set[bool]] = {}
    closed: set[str] = set()
    for rule in rules:
        if rule.name in seen:
            yield rule.name, "there are two of that name; rename one"
        seen.add(rule.name)
        lane, own = lanes.setdefault(rule.kind, set()), _lanes(rule)
        before = len(lane)
        lane |= own
        if len(lane) > 1 and before <= 1 and len(own) <= 1:
            yield rule.name, f"kind {rule.kind} is raised by urgent and bulk facts; use two kinds"
        if rule.kind in closed:
            yield rule.name, f"an earlier rule of kind {rule.kind} takes everything; order them"
        if not (rule.when or rule.hours or rule.off or rule.on):
            closed.add(rule.kind)


def _lanes(rule: Rule) -> set[bool]:
    return {CATALOG.types[one].BULK for one in rule.on if one in CATALOG.types}


@lru_cache(maxsize=64)
def book_of(text: str) -> Book | None:
    """Of an adopted set, as a row holds it. None for one this version can not follow (a newer
    one's): then what was in force stays so."""
    try:
        return checked(msgspec.json.decode(text), "adopted rules")
    except (ConfigError, msgspec.DecodeError):
        return None


def text_of(book: Book) -> str:
    return encoded(plain(book.rules))


def _shipped() -> Book:
    """The file beside this one: as much a part of the program as what stands here."""
    data = get_data("projections.alarms", "rules.toml")
    assert data is not None
    return read(data.decode(), "rules.toml")


BUILT_IN = _shipped()
