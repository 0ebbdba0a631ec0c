"""Which moment of the past an address asks for, and on which axis."""

import re
from collections.abc import Mapping
from urllib.parse import urlencode

import msgspec
from fastapi import HTTPException

from core.errors import MenweiError
from projections.hindsight import Past
from projections.web.asof import past_of
from projections.web.desk import Desk

# As people and a browser's own field write it.
_ZONELESS = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d(?:\.\d{1,3})?)?")


class NoMoment(MenweiError):
    """What was asked for is no moment of this log."""


class Moment(msgspec.Struct, frozen=True):
    """`asof` and `known`: as an address says it."""

    past: Past
    asof: str
    known: str

    def kept(self, path: str) -> str:
        """The same moment on another page."""
        return f"{path}{'&' if '?' in path else '?'}{urlencode(self.query)}"

    @property
    def query(self) -> dict[str, str]:
        return {"asof": self.asof, "known": self.known}


def zoned(text: str) -> str:
    """A time without a zone is China's; anything else as it is."""
    found = _ZONELESS.fullmatch(text)
    if found is None:
        return text
    day, minute, second = found.groups()
    return f"{day}T{minute}{second or ':00'}+08:00"


def moment(desk: Desk, asof: str, known: str) -> Moment:
    """NoMoment for what is none. Reads the log: off the loop."""
    asof, known = zoned(asof.strip()), known or "then"
    try:
        return Moment(past_of(desk, asof, known), asof, known)
    except HTTPException as wrong:
        raise NoMoment(str(wrong.detail)) from wrong


def asked(desk: Desk, query: Mapping[str, str]) -> Moment | None:
    """None: the page is about now."""
    asof = query.get("asof", "")
    return moment(desk, asof, query.get("known", "")) if asof else None
