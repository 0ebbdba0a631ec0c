"""One compound's view, now or at a moment of the past: as it was known then, or as it is known
later about that moment."""

import hashlib
import math
import re
from datetime import UTC, datetime
from typing import Any

import msgspec
from fastapi import HTTPException

from core.clock import parse_rfc3339, rfc3339
from projections.hindsight import Past
from projections.view import Kinds, View
from projections.web.desk import Desk

_POSITION = re.compile(r"[0-9]{1,18}")
_BEFORE_ALL = -1
_PLUS = re.compile(r" (?=\d\d:\d\d$)")  # a `+` that was sent unescaped arrives as a space


def position_of(desk: Desk, asof: str) -> int:
    """The position `asof` means: itself, or the highest one received by that time. 422 if not."""
    if _POSITION.fullmatch(asof):
        position = int(asof)
        if position > desk.log.head():
            raise HTTPException(422, "asof is a position the log has not reached yet.")
        return position
    try:
        moment = moment_of(asof)
    except ValueError as error:
        raise HTTPException(
            422, "asof is neither a position nor an RFC 3339 time with its offset."
        ) from error
    if moment > desk.clock.now():
        raise HTTPException(422, "asof is a time in the future.")
    return desk.log.position_at(moment)


def past_of(desk: Desk, asof: str, known: str) -> Past:
    """The moment `asof` means, and how it is looked at: `then`, `now`, or a position of the log
    up to which what had happened by then is counted in. 422 for what is neither."""
    position = position_of(desk, asof)
    at = desk.log.received_at(position) if _POSITION.fullmatch(asof) else moment_of(asof)
    # Before anything was received nothing had happened.
    ms = math.floor(at.timestamp() * 1000) if at else _BEFORE_ALL
    return Past(position, ms, _known(desk, known, position))


def _known(desk: Desk, known: str, position: int) -> int:
    if known == "then":
        return position
    heard = max(position, desk.late.position())
    if known == "now":
        return heard
    if not _POSITION.fullmatch(known):
        raise HTTPException(422, "known is then, now or a position.")
    if not position <= int(known) <= heard:
        raise HTTPException(
            422, f"known is a position before asof, or one not read yet: {position} to {heard}."
        )
    return int(known)


def moment_of(text: str) -> datetime:
    """An RFC 3339 time out of an address; ValueError for anything else."""
    return parse_rfc3339(_PLUS.sub("+", text))


def present(desk: Desk, view: View, compound: str, position: int, rows: Kinds) -> dict[str, Any]:
    """The answer's body. The hash is over what is shown, not over where it was asked for, nor
    over what is missing: `unread` counts events of a newer gateway that this version cannot read
    yet, `stopped` says at which event the view's fold failed, while it stands there."""
    lists = view.present(rows)
    received = desk.log.received_at(position)
    return {
        "view": view.name,
        "compound": compound,
        "version": view.version,
        "position": position,
        "recorded": rfc3339(received) if received else None,
        "hash": digest(lists),
        "facts": digest(facts(lists)),
        "unread": desk.runner.view(view.name).unread(compound, position),
        "stopped": desk.runner.failures.get(view.name),
        **lists,
    }


def digest(lists: dict[str, Any]) -> str:
    return hashlib.sha256(msgspec.json.encode(lists, order="sorted")).hexdigest()


def facts(lists: dict[str, Any]) -> dict[str, Any]:
    """Of what is shown, that which follows from what happened and what people decided, however
    late the log heard of it: without where facts stand in the log, without the health of gateways
    and what was handed on (backlogs, sessions and answers are of the link), without what was said
    before something came late, and without when at the hub somebody acted."""
    return {name: _timeless(found) for name, found in lists.items() if name not in _OF_THE_LINK}


def _timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: _timeless(one)
            for key, one in value.items()
            if not (_POSITIONS.fullmatch(key) and isinstance(one, int)) and key not in _AT_THE_HUB
        }
    if isinstance(value, list | tuple):
        return [_timeless(one) for one in value]
    return value


_POSITIONS = re.compile(r"position|\w+Position")  # a bin's position is a word
_OF_THE_LINK = frozenset({"gateways", "handoffs", "revisions"})
_AT_THE_HUB = frozenset({"acknowledgedAt", "assignedAt", "shelvedAt", "acts", "revised"})


def now(desk: Desk, view: View, compound: str) -> dict[str, Any]:
    position, rows = desk.runner.rows(view.name, compound)
    return present(desk, view, compound, position, rows)


def at(desk: Desk, view: View, compound: str, past: Past) -> dict[str, Any]:
    """Folded from the nearest snapshot: long where those are far apart, so let it take turns."""
    rows = desk.runner.view(view.name).as_known(compound, past, desk.late)
    body = present(desk, view, compound, past.position, rows)
    if past.later:
        body["unread"] = desk.runner.view(view.name).unread(compound, past.known)
    return body


def axes(past: Past) -> dict[str, Any]:
    """Which moment an answer is about, and how it is looked at."""
    return {
        "asof": rfc3339(datetime.fromtimestamp(past.ms / 1000, UTC)) if past.position else None,
        "known": "now" if past.later else "then",
        "knownPosition": past.known,
    }
