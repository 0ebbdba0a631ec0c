"""What a terminal is told when it first calls: how to send, from where on, and who we are.

Attendance and security terminals use the same addresses; only `DeviceType=acc` tells them apart.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from devices.adapter import Known
from devices.wire import Place
from devices.zkteco.record import packed

SERVER = "3.1.2"  # version of the protocol that is spoken here
PLAIN = "3.0.1"  # the last one that knows no encryption
_UPLOADS = "TransData AttLog\tOpLog"  # and neither users, templates nor pictures
STAMPS = ("ATTLOGStamp", "OPERLOGStamp")
_OLD = ("Stamp", "OpStamp")  # what firmware before them reads


def attendance(serial: str, place: Place, known: Known) -> str:
    """Stamps are those of the last upload that is durable: it sends on from there."""
    stamps = [place.note(note(serial, name)) or "0" for name in STAMPS]
    lines = [
        f"GET OPTION FROM: {serial}",
        *(f"{name}={stamp}" for name, stamp in zip(STAMPS, stamps, strict=True)),
        *(f"{name}={stamp}" for name, stamp in zip(_OLD, stamps, strict=True)),
        "ATTPHOTOStamp=9999",
        "ErrorDelay=30",
        "Delay=10",
        "TransTimes=00:00;14:05",
        "TransInterval=1",
        f"TransFlag={_UPLOADS}",
        f"TimeZone={_offset(place, known)}",
        "Realtime=1",
        "Encrypt=0",
        f"ServerVer={SERVER}",
    ]
    return "\r\n".join(lines) + "\r\n"


def security(serial: str, place: Place, codes: Mapping[str, str]) -> str:
    """`codes`: what `registered` gave."""
    return "\r\n".join(["registry=ok", f"RegistryCode={codes['registry']}"]) + (
        "\r\n" + parameters(serial, place, codes)
    )


def parameters(serial: str, place: Place, codes: Mapping[str, str]) -> str:
    """The answer to /iclock/push, and the rest of the one above. A terminal that asked to encrypt
    is told of the last version that does not."""
    version = PLAIN if place.note(note(serial, "plain")) else SERVER
    lines = [
        f"ServerVersion={version}",
        "ServerName=ADMS",
        f"PushProtVer={version}",
        f"PushVersion={version}",
        "ErrorDelay=30",
        "RequestDelay=10",
        "TransTimes=00:00;14:05",
        "TransInterval=1",
        "TransTables=Transaction",
        "Realtime=1",
        f"SessionID={codes['session']}",
        "TimeoutSec=10",
    ]
    return "\r\n".join(lines) + "\r\n"


def registered(serial: str, place: Place) -> tuple[dict[str, str], dict[str, str]]:
    """(codes, notes to keep): the same codes for as long as the notes last."""
    codes: dict[str, str] = {}
    fresh: dict[str, str] = {}
    for name, digits in (("registry", 16), ("session", 32)):
        told = place.note(note(serial, name))
        if not told:
            made = hashlib.sha256(f"{name} {serial} {place.nonce()}".encode()).hexdigest()
            told = fresh[note(serial, name)] = made[:digits]
        codes[name] = told
    return codes, fresh


def clock(place: Place) -> str:
    """The answer to /iclock/rtdata?type=time: UTC in the maker's seconds, and the zone beside."""
    now = place.now()
    minutes = _minutes(now)
    sign, rest = "-" if minutes < 0 else "+", abs(minutes)
    utc = now - (now.utcoffset() or now - now)
    return f"DateTime={packed(utc)},ServerTZ={sign}{rest // 60:02}{rest % 60:02}\r\n"


def note(serial: str, name: str) -> str:
    return f"zk:{serial}:{name}"


def _offset(place: Place, known: Known) -> str:
    """Hours where they are whole, as old firmware wants them; minutes otherwise."""
    minutes = _minutes(_there(place.now(), known))
    return str(minutes // 60) if minutes % 60 == 0 else str(minutes)


def _there(now: datetime, known: Known) -> datetime:
    """In the terminal's own zone, where the installer named one that there is."""
    try:
        return now.astimezone(ZoneInfo(known.zone)) if known.zone else now
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return now


def _minutes(now: datetime) -> int:
    offset = now.utcoffset()
    return 0 if offset is None else int(offset.total_seconds() // 60)
