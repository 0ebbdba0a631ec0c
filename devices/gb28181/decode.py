"""GB/T 28181 devices: the MANSCDP document of an alarm, or the SIP message it came in."""

from core.errors import Undecodable
from core.event import Data, Draft, Personal
from core.events import camera, device
from devices import markup
from devices.adapter import Adapter, Message, Site
from devices.fields import code, integer, moment, native, number, reveals, section, text
from devices.gb28181 import sip
from devices.gb28181.codes import VERSION, kind_of, meaning, method_of, priority_of
from devices.gb28181.document import document
from devices.gb28181.talk import Conversation
from devices.wire import Converse, Support

# Answers to questions, and notices of what is no alarm.
_FACTLESS = frozenset(
    {"keepalive", "catalog", "deviceinfo", "devicestatus", "recordinfo", "mediastatus",
     "configdownload", "deviceconfig", "devicecontrol", "presetquery", "broadcast"}
)  # fmt: skip
_CAMERAS = frozenset({"131", "132"})  # digits 11 to 13 of a device's id


def decode(message: Message, site: Site) -> list[Draft]:
    if request := _sip(message.payload):
        if request.method == "REGISTER":
            return _unregistered(request, site)
        return decode(Message(message.topic, request.body), site)
    root, said = document(message.payload)
    command = text(said, "CmdType").lower()
    if not command:
        raise Undecodable("shape", "no CmdType in it")
    if root.lower() == "notify" and command == "alarm":
        return [_alarm(message, said, site)]
    if root.lower() in ("response", "query", "control") or command in _FACTLESS:
        return []
    raise Undecodable("unknown-type", "a notice of another kind than alarm and keep-alive")


def alive(message: Message, _site: Site) -> list[str]:
    request = _sip(message.payload)
    if request is not None and request.method == "REGISTER":
        return [found] if (found := _id(sip.user_of(request.header("from")))) else []
    if levels := message.topic.split("/")[1:]:  # who is registered, whatever channel it speaks of
        return [found] if (found := _id(levels[0])) else []
    _, said = document(request.body if request else message.payload)
    return [found] if (found := _id(text(said, "DeviceID"))) else []


def sniffs(payload: bytes) -> bool:
    if markup.looks(payload):
        return b"CmdType" in payload[:2048]
    return b" SIP/2.0" in payload[:300] and payload[:8].lstrip()[:1].isalpha()


def _sip(payload: bytes) -> sip.Sip | None:
    if markup.looks(payload) or b"SIP/2.0" not in payload[:300]:
        return None
    try:
        return sip.read(payload)
    except sip.Malformed as error:
        raise Undecodable("malformed", str(error)) from error


def _id(told: str) -> str:
    """A device's 20 digits, or what firmware has instead; nothing that names a person."""
    found = code({"id": told}, "id")
    return found if found.replace("-", "").isalnum() and not reveals(found) else ""


def _alarm(message: Message, said: markup.Json, site: Site) -> Draft:
    key = _id(text(said, "DeviceID")) or next(map(_id, message.topic.split("/")[1:2]), "")
    if not key:
        raise Undecodable("field", "DeviceID")
    infos = [one for one in markup.several(said, "Info") if isinstance(one, dict)]
    info = next((one for one in infos if "AlarmType" in one), infos[0] if infos else {})
    method = method_of(text(said, "AlarmMethod"))
    kind = kind_of(text(info, "AlarmType"), method)
    kind = kind_of(text(said, "AlarmType"), method) if kind is None else kind
    params = section(info, "AlarmTypeParam") or section(said, "AlarmTypeParam")
    event = integer(params, "EventType")
    if event is None:  # some firmware leaves the wrapper out
        event = integer(info, "EventType")
    if event is None:
        event = integer(said, "EventType")
    if event is None:
        event = integer(info, "AlarmTypeParam")
    number_of = integer(said, "SN")
    found = meaning(method, kind, event)
    codes = native(
        "gb28181",
        table=VERSION,
        method=method,
        type=kind,
        eventType=event,
        priority=priority_of(text(said, "AlarmPriority")),
        sn=number_of,
        lon=number(said, "Longitude"),
        lat=number(said, "Latitude"),
    )
    told = text(said, "AlarmTime")
    time, quality = moment(told, site.zone_of(key)) if told else ("", "gateway")
    description = text(said, "AlarmDescription")
    known = site.known(key)
    place = "camera" if _of_camera(found.cls, key) else "device"
    return Draft(
        id=f"gb28181:{key}:{time}:{number_of}:{method}.{kind}.{event}",
        device=key,
        subject=known.subject or f"{place}/{known.name or key}",
        time=time,
        timequality=quality,
        data=found.cls(native=codes, **found.fields),
        # What a guard's desk typed may name somebody.
        personal=Personal(
            kind="other",
            identifier=key,
            fields={"description": description},
            purpose="camera",
            into="",
        )
        if description
        else None,
        unnumbered=not time,
    )


def _of_camera(cls: type[Data], key: str) -> bool:
    return cls.TYPE.startswith("camera.") or (len(key) == 20 and key[10:13] in _CAMERAS)


def _unregistered(request: sip.Sip, site: Site) -> list[Draft]:
    """A registration says that it lives; one for no time, that it goes."""
    key = _id(sip.user_of(request.header("from")))
    if not key or sip.expiry(request) != 0:
        return []
    return [
        Draft(
            id=f"gb28181:{key}:unregistered",
            device=key,
            subject=f"device/{site.known(key).name or key}",
            time="",
            timequality="gateway",
            data=device.Lost(reason="unregistered", native=native("gb28181")),
            unnumbered=True,
        )
    ]


ADAPTER = Adapter(
    name="gb28181",
    filters=("gb28181/#",),
    decode=decode,
    alive=alive,
    sniffs=sniffs,
    converse=Converse(transports=("udp", "tcp"), port=5060, open=Conversation),
    support=(
        Support(
            device="GB/T 28181 camera, recorder or alarm host",
            by="UDP",
            events=(
                camera.VideoLost.TYPE,
                camera.VideoTampered.TYPE,
                camera.LineCrossed.TYPE,
                camera.RegionEntered.TYPE,
                camera.RegionLeft.TYPE,
                camera.LoiteringDetected.TYPE,
                camera.CrowdCounted.TYPE,
                camera.ObjectLeft.TYPE,
                camera.ObjectRemoved.TYPE,
                camera.MotionStarted.TYPE,
                camera.Unclassified.TYPE,
                device.Tampered.TYPE,
                device.ConditionChanged.TYPE,
                device.Lost.TYPE,
            ),
            direction="both",
            tested="sample",
        ),
    ),
)
