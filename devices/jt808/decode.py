"""JT/T 808 vehicle terminals (refuse trucks): frames off the wire, or the same as hex text."""

import re

import msgspec

from core.errors import Undecodable
from core.event import Data, Draft, Native, Personal
from core.events import device, vehicle
from devices.adapter import Adapter, Known, Message, Site
from devices.charset import text_of
from devices.fields import clean, digest, native, reveals, slug, squeezed
from devices.jt808 import location
from devices.jt808.frame import Frame, code_of, noise, pieces, read, whole
from devices.jt808.location import Location
from devices.jt808.talk import Conversation
from devices.wire import Converse, Support

ANSWERED, HEARTBEAT, LOGOUT, REGISTER, AUTHENTICATE = 0x0001, 0x0002, 0x0003, 0x0100, 0x0102
REPORT, ASKED_REPORT, STEERED, BATCH = 0x0200, 0x0201, 0x0500, 0x0704
# Resend wanted, time, parameters, properties: the terminal spoke, and of nothing that happened.
_FACTLESS = frozenset(
    {ANSWERED, HEARTBEAT, AUTHENTICATE, 0x0004, 0x0005, 0x0104, 0x0107, 0x0108, 0x0800}
)
_MOST_FRAMES = 1000  # of one payload
_TELLING = 4  # characters of a number or plate from which on it says whose it is
_HEX = re.compile(r"7[eE][0-9a-fA-F]+7[eE]")


def decode(message: Message, site: Site) -> list[Draft]:
    drafts: dict[str, Draft] = {}  # a report that is twice in one payload is one
    for frame in whole(_frames(message.payload)):
        for draft in _drafts(frame, site):
            drafts.setdefault(draft.id, draft)
    return list(drafts.values())


def alive(message: Message, _site: Site) -> list[str]:
    found = {code_of(frame.head.phone): None for frame in _frames(message.payload)}
    return list(found)


def sniffs(payload: bytes) -> bool:
    """Delimiters around something as long as a header; or a first line of hex that has them."""
    raw = payload.strip(b" \t\r\n")
    if raw[:1] == b"\x7e":
        return len(raw) > 14 and raw[-1:] == b"\x7e"
    if raw[:1] not in (b"#", b"7"):
        return False
    for line in raw[:8192].splitlines():
        told = line.partition(b"#")[0].strip()
        if told:
            return len(told) > 26 and told[:2] in (b"7e", b"7E", b"7 ") and _hexadecimal(told)
    return False


def _frames(payload: bytes) -> list[Frame]:
    if not payload.strip():
        raise Undecodable("empty")
    raw = payload
    if payload.lstrip(b" \t\r\n")[:1] != b"\x7e":
        if payload.strip()[:1] in (b"{", b"[", b"<"):
            raise Undecodable("shape", "no frame begins in it")
        # Noise may come before the first frame, too; hex text has that byte in comments only.
        framed = payload.count(b"\x7e") > 1 and payload.strip()[:1] not in (b"#", b"7")
        raw = payload if framed else _from_hex(payload)
    found = pieces(raw.strip(b"\r\n") if raw is payload else raw)
    if not found:
        raise Undecodable("shape", "delimiters and no frame between them")
    if len(found) > _MOST_FRAMES:
        raise Undecodable("oversized", f"more than {_MOST_FRAMES} frames")
    if len(found) > 1:  # what lies between frames costs none of them
        found = [piece for piece in found if not noise(piece)] or found
    return [read(piece) for piece in found]


def _from_hex(payload: bytes) -> bytes:
    lines = (line.partition(b"#")[0] for line in payload.splitlines())
    told = b"".join(b"".join(line.split()) for line in lines)
    if not _hexadecimal(told) or not _HEX.fullmatch(told.decode("ascii", "replace")):
        raise Undecodable("shape", "neither a frame between two 7e nor its hex text")
    if len(told) % 2:
        raise Undecodable("malformed", "half a byte of hex text")
    return bytes.fromhex(told.decode("ascii"))


def _hexadecimal(told: bytes) -> bool:
    return re.fullmatch(rb"[0-9a-fA-F \t]+", told) is not None


def _drafts(frame: Frame, site: Site) -> list[Draft]:
    head, body = frame.head, frame.body
    if head.encrypted:
        raise Undecodable("field", "the body is encrypted (attribute bits 10 to 12)")
    if head.kind in _FACTLESS:
        return []
    if head.kind in (REGISTER, LOGOUT):
        return [_presence(frame, site)]
    if head.kind == REPORT:
        return _reported(frame, body, site, late=False)
    if head.kind in (ASKED_REPORT, STEERED):  # behind the serial number of what was asked
        return _reported(frame, body[2:], site, late=False)
    if head.kind == BATCH:
        blind, bodies = location.batch(body)
        late = [_reported(frame, one, site, late=True, blind=blind) for one in bodies]
        return [draft for each in late for draft in each]
    raise Undecodable("unknown-type", f"message kind 0x{head.kind:04x}")


def _reported(
    frame: Frame, body: bytes, site: Site, *, late: bool, blind: bool = False
) -> list[Draft]:
    """Not positioned means: no place, whatever stands in the fields (the last one known, or
    zeros). What it warns of all the same is kept."""
    told = location.read(body)
    codes = native(
        "jt808",
        serial=frame.head.serial,
        edition=2013 if frame.head.edition < 0 else 2019,
        alarm=told.alarm,
        status=told.status,
        acc=bool(told.status & 1),
        altitudeM=told.altitude,
        mileageKm=told.mileage,
        fuelL=told.fuel,
        blindArea=blind or None,
    )
    if told.positioned:
        lat, lon = _place(told, _terminal(frame, site)[1])
        data: Data = vehicle.Positioned(
            lat=lat,
            lon=lon,
            speed_kmh=told.speed,
            heading_deg=float(told.heading),
            alarm_bits=told.alarm,
            native=codes,
        )
    elif told.alarm:
        data = device.ConditionChanged(condition="vehicle-alarm", active=True, native=codes)
    else:
        return []
    return [_draft(frame, site, "vehicle", data, body, told, late)]


def _place(told: Location, known: Known) -> tuple[float, float]:
    """North and east, where all vehicles of this standard drive: terminals set the bits for south
    and west wrongly. Obeyed only where the installer says so."""
    return told.signed() if known.options.get("hemisphere") == "as-told" else (told.lat, told.lon)


def _draft(
    frame: Frame, site: Site, place: str, data: Data, body: bytes, told: Location, late: bool
) -> Draft:
    """The serial number counts messages of every kind and wraps at 65,536, and what was not
    acknowledged comes again under another one in a batch: a report is known by what it says."""
    key, known = _terminal(frame, site)
    return Draft(
        id=f"jt808:{key}:{told.time}:{digest(body)[:16]}",
        device=key,
        subject=known.subject or f"{place}/{known.name or key}",
        time=told.time,
        timequality="device-zone" if told.time else "gateway",
        origin="backfill" if late else "live",
        data=data,
        personal=_personal(frame),
        mark=frame.head.phone.lstrip("0"),
        unnumbered=not told.time,
    )


def _presence(frame: Frame, site: Site) -> Draft:
    """Neither has a time, and the serial number begins anew: see `Draft.unnumbered`."""
    key, known = _terminal(frame, site)
    personal = _personal(frame)
    if frame.head.kind == LOGOUT:
        data: Data = device.Lost(reason="unregistered", native=native("jt808"))
    else:
        data, owner = _registered(frame)
        personal = msgspec.structs.replace(personal, fields={**personal.fields, **owner})
    return Draft(
        id=f"jt808:{key}:{frame.head.kind:04x}",
        device=key,
        subject=f"device/{known.name or key}",
        time="",
        timequality="gateway",
        data=data,
        personal=personal,
        mark=frame.head.phone.lstrip("0"),
        unnumbered=True,
    )


def _personal(frame: Frame) -> Personal:
    """Sealed with every event: all else of so short a frame is in the event, so that the hash of
    its bytes would give the number away to whoever tries all."""
    number = frame.head.phone.lstrip("0") or "0"
    return Personal(
        kind="phone", identifier=number, fields={"phone": number}, purpose="vehicle", into=""
    )


def _registered(frame: Frame) -> tuple[Data, dict[str, str]]:
    """Province, city, maker, model and terminal id are as wide as the edition says; colour 0
    means no plate yet, and then a chassis number stands in its place."""
    body = frame.body
    maker, model, number = (5, 20, 7) if frame.head.edition < 0 else (11, 30, 30)
    if frame.head.edition < 0 and len(body) < 37:
        model = 8  # edition 2011
    at = 4
    fields: list[bytes] = []
    for width in (maker, model, number):
        fields.append(body[at : at + width])
        at += width
    if len(body) <= at:
        raise Undecodable("malformed", f"a registration of {len(body)} bytes")
    colour = body[at]
    plate = clean(_text(body[at + 1 :]))
    words = [_word(each, frame.head.phone, plate) for each in fields]
    codes: Native = native(
        "jt808",
        province=int.from_bytes(body[:2], "big"),
        city=int.from_bytes(body[2:4], "big"),
        maker=words[0],
        terminal=words[2],
        plateColor=colour,
        edition=2013 if frame.head.edition < 0 else 2019,
    )
    owner = {"plate" if colour else "vin": plate} if plate else {}
    return device.Connected(model=words[1], reason="registered", native=codes), owner


def _word(field: bytes, phone: str, plate: str) -> str:
    """A maker's code or serial number; not what looks like somebody's number, nor the end of this
    terminal's own, which many are given for a serial number, nor its plate."""
    told = slug(_text(field))
    own, digits = phone.lstrip("0"), "".join(filter(str.isdecimal, told))
    shared = len(digits) > _TELLING and (digits in phone or (bool(own) and own in digits))
    number = len(told) == 11 and told.isdecimal()
    bare = tuple(squeezed(one) for one in (plate, plate[1:]) if len(one) >= _TELLING)
    return "" if number or shared or reveals(told, bare) else told


def _text(field: bytes) -> str:
    try:
        return text_of(field.strip(b"\x00 "))
    except Undecodable:
        return ""


def _terminal(frame: Frame, site: Site) -> tuple[str, Known]:
    """The key it is known by, never its number (I6), and what the installer told of either."""
    phone = frame.head.phone
    key = code_of(phone)
    for name in (key, phone.lstrip("0"), phone):
        if name in site.devices:
            return key, site.known(name)
    return key, site.known(key)


ADAPTER = Adapter(
    name="jt808",
    filters=("jt808/#",),
    decode=decode,
    alive=alive,
    sniffs=sniffs,
    converse=Converse(transports=("tcp", "udp"), port=8808, open=Conversation),
    support=(
        Support(
            device="JT/T 808-2013 and 808-2019 vehicle terminal",
            by="TCP",
            events=(
                vehicle.Positioned.TYPE,
                device.Connected.TYPE,
                device.Lost.TYPE,
                device.ConditionChanged.TYPE,
            ),
            direction="both",
            backfill="the terminal sends again what was not answered (0x0704)",
            tested="sample",
        ),
    ),
)
