"""One row → the typed data, its native codes, and the person it is about."""

import re
from datetime import datetime, tzinfo
from typing import Any, Literal

from core.errors import Undecodable
from core.event import Data, Draft, Native, Personal, Record
from core.events import access, device, door
from core.events.access import Direction
from core.moment import TimeQuality
from devices.adapter import Known, Site
from devices.fields import MAX_INT, digest, integer, moment, native, slug, text
from devices.zkteco.codes import VERSION, attended_by, credential_of, meaning_of
from devices.zkteco.rows import Row
from devices.zkteco.tables import BIOMETRIC, REFUSED

_DOORS = (
    door.Opened, door.Closed, door.Forced, door.HeldOpen, door.Locked, door.Unlocked,
    door.FireReleased,
)  # fmt: skip
_NOBODY = re.compile(r"0*")
_WAYS: dict[int, Direction] = {0: "in", 1: "out"}
_ATTENDED: dict[int, Direction] = {0: "in", 1: "out", 2: "out", 3: "in", 4: "in", 5: "out"}
# Alarms among the operations of an attendance terminal, by their cause; operations that are one.
_ALARM = 3
_CAUSES: dict[int, Data] = {
    50: door.Closed(),
    51: door.Opened(),
    53: access.Granted(credential="button"),
    54: door.Forced(),
    55: device.Tampered(reason="host"),
    58: access.Denied(),  # verification was tried in vain
}
_OPERATIONS: dict[int, Data] = {
    0: device.Connected(reason="started"),
    2: access.Denied(),
    32: access.Duress(),
}


def drafts_of(row: Row, site: Site) -> list[Draft]:
    key = slug(row.serial) or "zkteco"
    if row.table == REFUSED or row.table in BIOMETRIC:
        raise refused()
    if row.table == "attlog" and len(row.columns) > 1:
        return [attended(row, key, site)]
    if row.table == "operlog" and row.columns:
        made = operated(row, key, site)
        return [] if made is None else [made]
    if row.happened():
        return [event_of(row, key, site)]
    if "sensor" in row.pairs and "alarm" in row.pairs:
        return states(row, key, site)
    if row.table == "attlog" and {"pin", "time"} <= row.pairs.keys():
        names = ("pin", "time", "status", "verified")
        columns = tuple(row.pairs.get(name, "") for name in names)
        return [attended(Row(table="attlog", serial=row.serial, columns=columns), key, site)]
    if row.table in ("options", "user", "operlog"):  # users stand among operations
        return []
    raise Undecodable("shape", "a row of no table that is read here")


def refused() -> Undecodable:
    return Undecodable("forbidden-type", "templates and pictures are not taken: nothing is kept")


def event_of(row: Row, key: str, site: Site) -> Draft:
    """A record of a security table, live (rtlog) or asked for (transaction)."""
    pairs = row.pairs
    event = integer(pairs, "event", "eventtype")
    if event is None:
        raise Undecodable("field", "event has to be a whole number")
    known = site.known(key)
    clear = _clear(pairs)
    meaning = meaning_of(event, person=bool(clear))
    cls = meaning.cls
    codes = _codes(row, event)
    way = _WAYS.get(_or(integer(pairs, "inoutstatus", "inoutstate")), "unknown")
    mode = text(pairs, "verifytype", "verified")
    data: Data
    if issubclass(cls, device.Tampered | device.Connected):
        data = cls(reason=meaning.detail, native=codes)
    elif issubclass(cls, _DOORS):
        data = cls(cause=meaning.detail, native=codes)
    else:
        told = meaning.credential
        about: dict[str, Any] = {
            "direction": way,
            "credential": credential_of(mode) if told == "unknown" else told,
            "native": codes,
        }
        if cls is access.Denied:
            about["reason"] = meaning.reason
        data = cls(**about)
    time, quality = _time(pairs, site.zone_of(key))
    number = integer(pairs, "index")
    counted = number is not None and number > 0
    second = "".join(char for char in time[:19] if char.isdigit())
    where = integer(pairs, "eventaddr", "doorid")
    mark = "" if counted else next(iter(clear.values()), "")
    return Draft(
        id=f"zk:{key}:1:{number if counted else f'{second}:{event}:{_or(where)}'}",
        device=key,
        subject=_subject(data, key, known, where),
        time=time,
        timequality=quality,
        origin="backfill" if row.table == "transaction" else "live",
        data=data,
        personal=_personal(clear, data),
        mark=mark,
        record=Record("index", number) if number is not None and counted else None,
        unnumbered=not counted and not time,
    )


def attended(row: Row, key: str, site: Site) -> Draft:
    """PIN, time, status, verification, work code. The terminal counts nothing: the second and
    (keyed) the PIN name it."""
    pin, told, *rest = (column.strip() for column in row.columns)
    if _NOBODY.fullmatch(pin):
        raise Undecodable("field", "PIN")
    status, verified = ([*rest, "", ""])[:2]
    known = site.known(key)
    time, quality = moment(told, site.zone_of(key))
    codes = native(
        "zkteco",
        table=VERSION,
        upload="attlog",
        status=_number(status),
        verify=_number(verified),
    )
    second = "".join(char for char in time[:19] if char.isdigit())
    data = access.Granted(
        direction=_ATTENDED.get(_or(_number(status)), "unknown"),
        credential=attended_by(verified),
        native=codes,
    )
    return Draft(
        id=f"zk:{key}:att:{second}",
        device=key,
        subject=_subject(data, key, known, None),
        time=time,
        timequality=quality,
        data=data,
        personal=_personal({"employee": pin}, data),
        mark=pin,
    )


def operated(row: Row, key: str, site: Site) -> Draft | None:
    """None: somebody worked the menu, which is no fact of the door."""
    columns = [*row.columns, "", "", "", "", ""]
    operation, told = _number(columns[0]), columns[2]
    if operation is None:
        raise Undecodable("field", "OPLOG has to begin with a whole number")
    # The cause is the first object, with some firmware the second; what no table knows of an
    # alarm is an alarm all the same. Of a failed verification the first object is a PIN.
    objects = [_or(_number(each)) for each in columns[3:5]]
    cause = next((each for each in objects if each in _CAUSES), objects[0])
    found = _CAUSES.get(cause, access.Unclassified()) if operation == _ALARM else None
    found = found or _OPERATIONS.get(operation)
    if found is None:
        return None
    person = columns[3].strip() if operation in (2, 32) else ""
    clear = {} if _NOBODY.fullmatch(person) else {"employee": person}
    codes = native("zkteco", table=VERSION, upload="operlog", operation=operation,
                   object=cause if operation == _ALARM and cause >= 0 else None)  # fmt: skip
    data = _with(found, codes)
    time, quality = moment(told, site.zone_of(key))
    second = "".join(char for char in time[:19] if char.isdigit())
    return Draft(
        id=f"zk:{key}:op:{second}:{operation}:{cause if operation == _ALARM else 0}",
        device=key,
        subject=_subject(data, key, site.known(key), None),
        time=time,
        timequality=quality,
        data=data,
        personal=_personal(clear, data),
        mark=person if clear else "",
    )


def _alarm(bits: int) -> Literal["forced", "heldopen", "normal", ""]:
    """Duress has no word here, and is nothing normal; bit 1 is told as tampering."""
    if bits & 1:
        return "forced"
    if bits & 16:
        return "heldopen"
    return "" if bits & ~2 else "normal"


def states(row: Row, key: str, site: Site) -> list[Draft]:
    """rtstate: two bits of sensor and one byte of alarms for each door; doors without a sensor
    and without an alarm say nothing."""
    sensors, alarms = _bytes(row.pairs.get("sensor", "")), _bytes(row.pairs.get("alarm", ""))
    time, quality = _time(row.pairs, site.zone_of(key))
    second = "".join(char for char in time[:19] if char.isdigit())
    known = site.known(key)
    made: list[Draft] = []
    for place in range(8):
        sensor = sensors[place // 4] >> place % 4 * 2 & 3 if place // 4 < len(sensors) else 0
        alarm = alarms[place] if place < len(alarms) else 0
        if sensor not in (1, 2) and not alarm:
            continue
        data = door.StateReported(
            physical="closed" if sensor == 1 else "open" if sensor == 2 else "",
            alarm=_alarm(alarm),
            tamper="detected" if alarm & 2 else "none",
            native=native("zkteco", table=VERSION, upload="rtstate", sensor=sensor, alarm=alarm),
        )
        made.append(
            Draft(
                id=f"zk:{key}:state:{place + 1}:{second or digest(repr(row.pairs))}"
                f":{sensor}:{alarm}",
                device=key,
                subject=_subject(data, key, known, place + 1),
                time=time,
                timequality=quality,
                data=data,
                unnumbered=not time,
            )
        )
    return made


def _clear(pairs: dict[str, str]) -> dict[str, str]:
    told = {"employee": text(pairs, "pin"), "card": text(pairs, "cardno")}
    return {name: value for name, value in told.items() if not _NOBODY.fullmatch(value)}


def _personal(clear: dict[str, str], data: Data) -> Personal | None:
    """A PIN keeps its leading zeros."""
    into = "subject_ref" if "subject_ref" in data.__struct_fields__ else ""
    if "employee" in clear:
        return Personal(kind="employee", identifier=clear["employee"], fields=clear, into=into)
    if "card" in clear:
        return Personal(kind="card", identifier=clear["card"], fields=clear, into=into)
    return None


def _codes(row: Row, event: int) -> Native:
    pairs = row.pairs
    mode = text(pairs, "verifytype", "verified")
    mask = integer(pairs, "maskflag")
    return native(
        "zkteco",
        table=VERSION,
        upload=row.table if row.table.isalpha() else "",
        event=event,
        index=integer(pairs, "index"),
        eventaddr=integer(pairs, "eventaddr", "doorid"),
        inoutstatus=integer(pairs, "inoutstatus", "inoutstate"),
        verifytype=mode if mode.isascii() and mode.isdigit() and len(mode) in (1, 2, 3, 16) else "",
        sitecode=integer(pairs, "sitecode"),
        linkid=integer(pairs, "linkid"),
        maskflag=mask if mask in (0, 1) else None,  # 255: not looked at
    )


def _time(pairs: dict[str, str], zone: tzinfo) -> tuple[str, TimeQuality]:
    packed = integer(pairs, "time_second")
    if packed is not None:
        return moment(unpacked(packed), zone)
    told = text(pairs, "time", "time_second")
    return moment(told, zone) if told else ("", "gateway")


def unpacked(told: int) -> str:
    """The maker's own count of seconds, in which every month has 31 days, as wall time."""
    if told < 0:
        raise Undecodable("time", "time_second is negative")
    rest, second = divmod(told, 60)
    rest, minute = divmod(rest, 60)
    rest, hour = divmod(rest, 24)
    rest, day = divmod(rest, 31)
    year, month = divmod(rest, 12)
    try:
        return datetime(2000 + year, month + 1, day + 1, hour, minute, second).isoformat()  # noqa: DTZ001
    except (OverflowError, ValueError) as error:
        raise Undecodable("time", "time_second is no date") from error


def packed(at: datetime) -> int:
    """Inverse of `unpacked`, of the wall time that `at` shows."""
    day = ((at.year - 2000) * 12 + at.month - 1) * 31 + at.day - 1
    return day * 86_400 + at.hour * 3600 + at.minute * 60 + at.second


def _subject(data: Data, key: str, known: Known, where: int | None) -> str:
    name = known.name or slug(key) or "zkteco"
    if isinstance(data, device.Tampered | device.Connected):
        return f"device/{name}"
    if known.subject:
        return known.subject
    return f"door/{name}" if where is None or not 0 < where < 10_000 else f"door/{name}-{where}"


def _with(data: Data, codes: Native) -> Data:
    fields = {name: getattr(data, name) for name in data.__struct_fields__}
    return type(data)(**(fields | {"native": codes}))


def _bytes(told: str) -> bytes:
    try:
        return bytes.fromhex(told.zfill(len(told) + len(told) % 2))
    except ValueError:
        return b""


def _number(told: str) -> int | None:
    stripped = told.strip()
    number = int(stripped) if stripped.isascii() and stripped.isdigit() else -1
    return number if 0 <= number <= MAX_INT and len(stripped) < 17 else None


def _or(number: int | None) -> int:
    return -1 if number is None else number
