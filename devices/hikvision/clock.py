"""When it happened, in the ways devices write it."""

import re
from datetime import tzinfo

from core.errors import Undecodable
from core.moment import TimeQuality
from devices.fields import Json, moment, text, unix

_COUNTED = re.compile(r"[1-9][0-9]{9}(?:[0-9]{3})?")  # Unix seconds or milliseconds
# Hours to twelve, as some terminals show them; and an offset whose `+` a form has made a space.
_HALVES = re.compile(r"(.*[T ])([0-9]{1,2})(:[0-9]{2}(?::[0-9]{2})?) ?([AP])M(.*)", re.IGNORECASE)
_FORMED = re.compile(r"(.*[0-9]:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?) ([0-9]{2}:[0-9]{2})")


def when(record: Json, alert: Json, zone: tzinfo) -> tuple[str, TimeQuality]:
    """The record's own time, else the alert's; a count of seconds only where no date and time can
    be read. Empty where neither tells one, Undecodable("time") where none can be read."""
    refused: Undecodable | None = None
    counted = ""
    for level, name in (
        (record, "dateTime"), (record, "time"),
        (alert, "dateTime"), (alert, "time"), (alert, "eventTime"),
    ):  # fmt: skip
        told = text(level, name)
        if told and _COUNTED.fullmatch(told):
            counted = counted or told
        elif told:
            try:
                return _read(told, zone)
            except Undecodable as error:
                refused = refused or error
    if counted:
        seconds = int(counted) / 1000 if len(counted) > 10 else int(counted)
        return unix(seconds).replace(".000", "", 1), "device-zone"
    if refused is not None:
        raise refused
    return "", "gateway"


def _read(told: str, zone: tzinfo) -> tuple[str, TimeQuality]:
    if halves := _HALVES.fullmatch(told):
        before, hour, rest, half, behind = halves.groups()
        hours = int(hour) % 12 + (12 if half in "pP" else 0)
        told = f"{before}{hours:02}{rest}{behind.strip()}"
    elif formed := _FORMED.fullmatch(told):
        told = f"{formed.group(1)}+{formed.group(2)}"
    return moment(told, zone)
