"""One uplink, out of the envelope its network server puts around it."""

import base64
import binascii
import re
from typing import Any

import msgspec

from core import strictjson
from core.errors import Undecodable
from core.event import Native
from devices.fields import Json, clean, integer, native, number, section, slug, text


class Uplink(msgspec.Struct, frozen=True, kw_only=True):
    server: str  # short name, first part of the event's id
    device: str
    eui: str  # lower case
    session: str  # what makes a frame counter unique: it starts again with every join
    counter: int
    counted: bool  # whether `counter` is what the device counted
    frame: bytes
    decoded: Json
    time: str  # as told; empty when not
    codes: Native
    port: int = 0
    profile: str = ""  # what the server says that it is


_HEX = re.compile(r"(?:[0-9a-f]{2}){6,}|(?:[0-9A-F]{2}){6,}")  # no base64 of a frame is all that
_HEXADECIMAL = re.compile(r"[0-9A-Fa-f]+")
EUI = ("devEUI", "devEui")
_UPLINKS = ("uplink_message", "uplink_normalized")  # the same uplink; the second once more, in SI
_OTHERS = ("join_accept", "downlink_", "location_solved", "service_data")


def is_things_stack(parsed: Any) -> bool:
    return (
        isinstance(parsed, dict)
        and "end_device_ids" in parsed
        and any(isinstance(parsed.get(name), dict) for name in _UPLINKS)
    )


def is_factless(parsed: Any) -> bool:
    """The Things Stack about a device, and no frame of it."""
    return (
        isinstance(parsed, dict)
        and "end_device_ids" in parsed
        and any(name.startswith(_OTHERS) for name in parsed)
    )


def is_chirpstack(parsed: Any) -> bool:
    return (
        isinstance(parsed, dict)
        and isinstance(parsed.get("deviceInfo"), dict)
        and any(name in parsed for name in ("data", "object", "fCnt", "rxInfo"))
    )


def is_chirpstack_v3(parsed: Any) -> bool:
    return _is_v3(parsed) and any(name in parsed for name in ("data", "object", "objectJSON"))


def is_event(parsed: Any) -> bool:
    """ChirpStack about a device, without a frame of it: its battery's state."""
    return (
        isinstance(parsed, dict)
        and (isinstance(parsed.get("deviceInfo"), dict) or _is_v3(parsed))
        and ("margin" in parsed or "batteryLevel" in parsed)
    )


def _is_v3(parsed: Any) -> bool:
    """Relays of it write its abbreviations as the fourth does."""
    return (
        isinstance(parsed, dict)
        and any(isinstance(parsed.get(name), str) for name in EUI)
        and ("applicationID" in parsed or "applicationId" in parsed)
    )


def is_vector(parsed: Any) -> bool:
    """A test vector of a codec: port and bytes, and what they should come to."""
    return isinstance(parsed, dict) and isinstance(parsed.get("bytes_hex"), str)


def vector(parsed: Json) -> Uplink:
    try:
        frame = bytes.fromhex(parsed["bytes_hex"])
    except ValueError as error:
        raise Undecodable("field", "bytes_hex") from error
    model = slug(text(parsed, "model", "device"))
    return Uplink(
        server="codec",
        device=model or "codec",
        eui="",
        session="",
        counter=0,
        counted=False,
        frame=frame,
        decoded=section(parsed, "decoded"),
        time=text(parsed, "time"),
        codes=native("lorawan", fPort=integer(parsed, "fPort", "f_port")),
        port=integer(parsed, "fPort", "f_port") or 0,
        profile=model,
    )


def things_stack(parsed: Json) -> Uplink:
    """The Things Stack leaves out whatever is 0, false or empty: absent is that value."""
    ids, message = section(parsed, "end_device_ids"), section(parsed, *_UPLINKS)
    metadata = message.get("rx_metadata")
    best = metadata[0] if isinstance(metadata, list) and metadata else {}
    counter = integer(message, "f_cnt")
    return Uplink(
        server="tts",
        device=slug(text(ids, "device_id")),
        eui=slug(text(ids, "dev_eui")).lower(),
        session=clean(text(message, "session_key_id"))[:64] or slug(text(ids, "dev_addr")),
        counter=0 if counter is None else counter,
        counted=_counted(message, "f_cnt"),
        frame=_frame(message, "frm_payload"),
        decoded=section(message, "decoded_payload"),
        time=text(message, "received_at") or text(parsed, "received_at"),
        port=integer(message, "f_port") or 0,
        profile=text(section(message, "version_ids"), "model_id")
        or text(section(ids, "version_ids"), "model_id"),
        codes=_codes(message, "f_port", "f_cnt", best if isinstance(best, dict) else {}),
    )


def chirpstack(parsed: Json) -> Uplink:
    info = section(parsed, "deviceInfo")
    metadata = parsed.get("rxInfo")
    best = metadata[0] if isinstance(metadata, list) and metadata else {}
    counter = integer(parsed, "fCnt")
    return Uplink(
        server="cs",
        device=slug(text(info, "deviceName")),
        eui=slug(text(info, "devEui")).lower(),
        session=slug(text(parsed, "devAddr")),
        counter=0 if counter is None else counter,
        counted=_counted(parsed, "fCnt"),
        frame=_frame(parsed, "data"),
        decoded=section(parsed, "object"),
        time=text(parsed, "time"),
        port=integer(parsed, "fPort") or 0,
        profile=text(section(info, "tags"), "model") or text(info, "deviceProfileName"),
        codes=_codes(parsed, "fPort", "fCnt", best if isinstance(best, dict) else {}),
    )


def chirpstack_v3(parsed: Json) -> Uplink:
    """It knows no time of an uplink but its gateways'."""
    metadata = parsed.get("rxInfo")
    heard = [one for one in metadata if isinstance(one, dict)] if isinstance(metadata, list) else []
    times = [told for one in heard if (told := text(one, "time"))]
    values = section(parsed, "object")
    packed = parsed.get("objectJSON")
    if not values and isinstance(packed, str) and packed:
        try:
            opened = strictjson.parse(packed.encode())
        except (Undecodable, UnicodeEncodeError) as error:
            raise Undecodable("field", "objectJSON") from error
        values = opened if isinstance(opened, dict) else {}
    time = times[0] if times else text(parsed, "publishedAt")
    session = address(text(parsed, "devAddr"), 4)
    return Uplink(
        server="cs",
        device=slug(text(parsed, "deviceName")),
        eui=address(text(parsed, *EUI), 8),
        session=session or slug(time),  # older ones keep it to themselves
        counter=integer(parsed, "fCnt") or 0,
        counted=bool(session) and _counted(parsed, "fCnt"),
        frame=_frame(parsed, "data"),
        decoded=values,
        time=time,
        port=integer(parsed, "fPort") or 0,
        profile=text(section(parsed, "tags"), "model") or text(parsed, "deviceProfileName"),
        codes=_codes(parsed, "fPort", "fCnt", heard[0] if heard else {}),
    )


def address(told: str, width: int) -> str:
    """Lower-case hex, also of the base64 that one of its two JSON forms writes."""
    if len(told) != 2 * width or not _HEXADECIMAL.fullmatch(told):
        try:
            found = base64.b64decode(told, validate=True)
        except (binascii.Error, ValueError):
            found = b""
        if len(found) == width:
            return found.hex()
    return slug(told).lower()


def _counted(message: Json, name: str) -> bool:
    """Both servers leave out what is 0; of what is no count at all nothing can be told."""
    counter = integer(message, name)
    return message.get(name) is None if counter is None else counter >= 0


def _frame(record: Json, name: str) -> bytes:
    told = record.get(name)
    if told is None or told == "":
        return b""
    if not isinstance(told, str):
        raise Undecodable("field", name)
    if _HEX.fullmatch(told):
        return bytes.fromhex(told)
    try:
        return base64.b64decode(told, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Undecodable("field", name) from error


def _codes(message: Json, port: str, counter: str, best: Json) -> Native:
    return native(
        "lorawan",
        fPort=integer(message, port) or 0,
        fCnt=integer(message, counter) or 0,
        rssi=number(best, "rssi"),
        snr=number(best, "snr", "loRaSNR"),
    )
