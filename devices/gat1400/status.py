"""ResponseStatus, as we say it and in every shape others do; and their times of 14 digits."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
import orjson

from core.errors import Undecodable
from devices.charset import utf8

OK, OTHER, INVALID_OPERATION, INVALID_JSON = 0, 1, 4, 7
_WORDS = {OK: "OK", OTHER: "Other Error", INVALID_OPERATION: "Invalid Operation",
          INVALID_JSON: "Invalid JSON Format"}  # fmt: skip
_MOST = 10_000
_HIGHEST = 1_000_000  # above any code that was ever given


class Status(msgspec.Struct, frozen=True):
    """What was said of the object with this id; empty: of the request."""

    id: str
    code: int
    said: str = ""


def local(moment: datetime) -> str:
    return moment.strftime("%Y%m%d%H%M%S")


def single(url: str, status: Status, now: datetime) -> bytes:
    return orjson.dumps({"ResponseStatusObject": _written(url, status, now)})


def listed(url: str, statuses: Sequence[Status], now: datetime) -> bytes:
    made = [_written(url, status, now) for status in statuses]
    return orjson.dumps({"ResponseStatusListObject": {"ResponseStatusObject": made}})


def read(body: bytes) -> list[Status]:
    """Every status in it: a list, one alone, in or without a wrapper, codes as text or numbers.
    Empty when there is none to be found."""
    try:
        parsed = orjson.loads(utf8(body.strip(b"\x00\r\n ")))
    except (orjson.JSONDecodeError, Undecodable):
        return []
    return list(_found(parsed))[:_MOST]


def _found(parsed: Any) -> Iterator[Status]:
    stack = [(parsed, 0)]
    while stack:
        value, depth = stack.pop()
        if isinstance(value, list):
            stack += [(one, depth + 1) for one in reversed(value)]
        elif isinstance(value, dict):
            told = {key.lower(): one for key, one in value.items()}
            # One of the request beside those of its objects says less than they do.
            listed = any(key.startswith("responsestatus") and told[key] for key in told)
            if "statuscode" in told and not listed:
                said = _text(told.get("statusstring"))
                yield Status(_text(told.get("id")), _code(told["statuscode"]), said)
            elif depth < 8:
                stack += [(one, depth + 1) for one in reversed(value.values())]


def _code(told: Any) -> int:
    """0 is OK; what is no number is no OK."""
    if isinstance(told, bool):
        return OTHER
    if isinstance(told, int | float):
        return int(told) if abs(told) < _HIGHEST else OTHER
    word = str(told).strip()
    if word.lstrip("-").isdecimal() and len(word) < 7:
        return int(word)
    return OK if word.upper() == "OK" else OTHER


def _text(told: Any) -> str:
    return str(told)[:200] if isinstance(told, str | int) else ""


def _written(url: str, status: Status, now: datetime) -> dict[str, str]:
    return {
        "RequestURL": url,
        "StatusCode": str(status.code),
        "StatusString": status.said or _WORDS.get(status.code, "Other Error"),
        "Id": status.id,
        "LocalTime": local(now),
    }
