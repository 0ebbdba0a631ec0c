"""JSON from strangers: RFC 8259 strictly, with what it leaves open closed (reliability-bar S12).

Refused: anything but UTF-8 (a BOM is tolerated), NaN and infinities, numbers beyond a
double, duplicate keys, nesting deeper than MAX_DEPTH, trailing bytes, lone surrogates.
"""

import json
import math
from collections.abc import Iterable
from typing import Any

import orjson

from core.errors import Undecodable

MAX_BYTES = 1_000_000  # one device payload; larger ones are set aside unread
MAX_DEPTH = 64
_MAX_DIGITS = 308  # of an integer: what a double could hold
_EXACT = 2.0**63  # orjson keeps smaller integers


class _Duplicate(Exception):
    pass


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _Duplicate
    return made


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise OverflowError(text)
    return number


def _integer(text: str) -> int:
    if len(text) > _MAX_DIGITS:
        raise OverflowError(text)
    return int(text)


# C scanner with hooks: the only widely kept parser that sees every key of an object.
_SCAN = json.JSONDecoder(object_pairs_hook=_unique, parse_float=_finite, parse_int=_integer)


def parse(payload: bytes) -> Any:
    """The value, or Undecodable with reason empty, oversized, charset, nesting, duplicate-key,
    number or malformed."""
    if len(payload) > MAX_BYTES:
        raise Undecodable("oversized", f"{len(payload)} bytes, cap {MAX_BYTES}")
    if payload.startswith(b"\xef\xbb\xbf"):
        payload = payload[3:]
    try:
        found = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return _slowly(payload)
    return found if _faithful(payload, found) else _slowly(payload)


def _faithful(payload: bytes, found: Any) -> bool:
    """Whether nothing in it can be what `orjson` passes over: a key told twice, an integer that
    became a float, depth. In doubt not: nearly all that devices send is beyond doubt, and read in
    a third of the time.

    Without escapes every colon stands behind a key or, as it is, in a string. Where the value
    has as many, none went away with a key told twice.
    """
    return b"\\" not in payload and payload.count(b":") == _colons(found)


def _colons(found: Any) -> int:
    """What its keys and texts account for (not those within keys: names have none); -1 where it
    is too deep or a number too large."""
    colons = 0
    level: list[Any] = [[found]]
    for _ in range(MAX_DEPTH + 1):
        below = []
        for one in level:
            values: Iterable[Any] = one
            if type(one) is dict:
                colons += len(one)
                values = one.values()
            for value in values:
                kind = type(value)
                if kind is str:
                    if ":" in value:
                        colons += value.count(":")
                elif kind is dict or kind is list:
                    below.append(value)
                elif kind is float and not -_EXACT < value < _EXACT:
                    return -1
        if not below:
            return colons
        level = below
    return -1


def _slowly(payload: bytes) -> Any:
    if not payload.strip():
        raise Undecodable("empty")
    try:
        text = payload.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Undecodable("charset", f"not UTF-8 at byte {error.start}") from error
    if payload.count(b"[") + payload.count(b"{") > MAX_DEPTH and _depth(text) > MAX_DEPTH:
        raise Undecodable("nesting", f"deeper than {MAX_DEPTH}")
    try:
        found = _SCAN.decode(text)
        orjson.loads(payload)  # strict grammar: no NaN, no control characters, no surrogates
        return found
    except _Duplicate as error:
        raise Undecodable("duplicate-key") from error
    except (OverflowError, RecursionError) as error:
        raise Undecodable("number", "out of range") from error
    except ValueError as error:
        raise Undecodable("malformed", str(error)[:120]) from error


def _depth(text: str) -> int:
    """Deepest bracket nesting outside strings, without recursion."""
    deepest = depth = 0
    in_string = escaped = False
    for char in text:
        if in_string:
            if escaped:
                escaped = False
            elif char == "\\":
                escaped = True
            elif char == '"':
                in_string = False
        elif char == '"':
            in_string = True
        elif char in "[{":
            depth += 1
            deepest = max(deepest, depth)
            if deepest > MAX_DEPTH:
                break
        elif char in "]}":
            depth -= 1
    return deepest
