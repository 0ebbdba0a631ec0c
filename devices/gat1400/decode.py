"""GA/T 1400 视图库 documents: what cameras, gates and platforms post to `/VIID`."""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from core import strictjson
from core.event import Data, Draft, Personal
from core.events import camera, device, vehicle
from core.events.access import Direction
from devices.adapter import Adapter, Known, Message, Site
from devices.charset import utf8
from devices.fields import Json, native, slug
from devices.gat1400 import objects, reading
from devices.gat1400.dialog import DIALOG
from devices.gat1400.objects import FACTS, SPEAKERS
from devices.wire import Support

# What an event sort makes of somebody or something seen (GA/T 2000.254).
_SORTS: dict[str, type[Data]] = {
    "04": camera.MotionStarted,
    "05": camera.LineCrossed,
    "06": camera.RegionEntered,
    "07": camera.LineCrossed,
    "08": camera.LoiteringDetected,
    "11": camera.CrowdCounted,
}
_SEEN = frozenset({"", "01", "02", "10"})  # passes, or is only there
_LABELS = {"Person": "person", "NonMotorVehicle": "nonmotor", "Thing": "thing"}
_WAYS: dict[str, Direction] = {"in": "in", "out": "out"}


def decode(message: Message, site: Site) -> list[Draft]:
    drafts: dict[tuple[str, str], Draft] = {}
    parsed = strictjson.parse(utf8(message.payload))
    for name, record in objects.walk(parsed):
        if name in FACTS:
            made = _fact(name, record, message, site)
        elif name == "UnRegister":
            made = _gone(record, message, site)
        else:
            continue
        drafts.setdefault((made.id, made.mark), made)
    return _apart(list(drafts.values()))


def alive(message: Message, _site: Site) -> list[str]:
    found: dict[str, None] = {}
    for name, record in objects.walk(strictjson.parse(utf8(message.payload))):
        told = reading.named(record, "DeviceID") if name in SPEAKERS else ""
        if told := told or _registered(message):
            found[told] = None
    return list(found)


def _registered(message: Message) -> str:
    """Who was registered where it came in: `gat1400/{device}`."""
    levels = message.topic.split("/")
    told = levels[1] if len(levels) == 2 and levels[0] == "gat1400" else ""
    return reading.word({"id": slug(told)}, "id")


def _apart(drafts: list[Draft]) -> list[Draft]:
    """Ids of one document stay different also before their marks are keyed."""
    met: dict[str, int] = {}
    for index, draft in enumerate(drafts):
        count = met[draft.id] = met.get(draft.id, 0) + 1
        if count > 1:
            drafts[index] = msgspec.structs.replace(draft, id=f"{draft.id}:{count}")
    return drafts


def _fact(name: str, record: Json, message: Message, site: Site) -> Draft:
    field = objects.id_field(name)
    if name == "Image" and isinstance(record.get("ImageInfo"), dict):
        record = {**record["ImageInfo"], **record}
    key = reading.device_of(record, field, _registered(message)) or "viid"
    known = site.known(key)
    shots = reading.pictures(record)
    time, quality = reading.time_of(record, field, site.zone_of(key), shots)
    own = reading.id_of(record, field)
    data, personal = _data(name, record, known, shots)
    place = "gate" if isinstance(data, vehicle.Passed) else "camera"
    return Draft(
        id=f"gat1400:{name}:{own}" if own else f"gat1400:{name}:{key}:{time}",
        device=key,
        subject=known.subject or f"{place}/{known.name or key}",
        time=time,
        timequality=quality,
        data=data,
        personal=personal,
        mark="" if own else reading.told_again(record),
        unnumbered=not (own or time),
        pictures=reading.media_of(record, message.media, shots),
    )


def _data(
    name: str, record: Json, known: Known, shots: Sequence[Json]
) -> tuple[Data, Personal | None]:
    sort = reading.event_sort(record, shots)
    codes = reading.codes(name, record, sort)
    if name == "Face":
        return camera.FaceCaptured(native=codes), reading.person_of(record)
    plate = reading.plate_of(record)
    personal: Personal | None = None
    if plate:
        personal = Personal(
            kind="plate",
            identifier=plate,
            fields={"plate": plate},
            purpose="vehicle",
            into="plate_ref",
        )
    if name == "MotorVehicle":
        passed = vehicle.Passed(
            direction=_direction(record, known),
            plate_color=reading.word(record, "PlateColor"),
            plate_class=reading.word(record, "PlateClass"),
            vehicle_type=reading.word(record, "VehicleClass", "VehicleType"),
            lane=reading.word(record, "LaneNo"),
            native=codes,
        )
        return passed, personal
    seen: dict[str, Any] = {
        "label": _LABELS.get(name, ""),
        "box": reading.box_of(record, shots),
        "ga_code": sort,
        "native": codes,
    }
    if cls := _SORTS.get(sort):
        if personal is not None:  # these have no place for a plate's reference
            personal = msgspec.structs.replace(personal, into="")
        if sort == "07":
            seen["direction"] = "reverse"
        return cls(**seen), personal or reading.person_of(record)
    if sort in _SEEN and name != "Image":
        kind: Literal["plate", "classification"] = "plate" if personal else "classification"
        seen_as = camera.ObjectRecognized(kind=kind, **seen)
        return seen_as, personal or reading.person_of(record)
    if personal is not None:
        personal = msgspec.structs.replace(personal, into="")
    return camera.Unclassified(**seen), personal or reading.person_of(record)


def _direction(record: Json, known: Known) -> Direction:
    """The vendors' InOut where it is a word; else as the installer says of its value or the
    lane."""
    told = reading.word(record, "InOut")
    for name in (told, reading.word(record, "LaneNo")):
        if name and name in known.readers:
            return known.readers[name]
    return _WAYS.get(told.lower(), "unknown")


def _gone(record: Json, message: Message, site: Site) -> Draft:
    key = reading.named(record, "DeviceID") or _registered(message) or "viid"
    return Draft(
        id=f"gat1400:UnRegister:{key}",
        device=key,
        subject=f"device/{site.known(key).name or key}",
        time="",
        timequality="gateway",
        data=device.Lost(reason="unregistered", native=native("gat1400")),
        unnumbered=True,
    )


ADAPTER = Adapter(
    name="gat1400",
    filters=("gat1400/#", "VIID/#"),
    decode=decode,
    alive=alive,
    recognises=objects.recognises,
    dialog=DIALOG,
    support=(
        Support(
            device="GA/T 1400 camera, gate or view library (视图库)",
            by="HTTP push",
            events=(
                camera.FaceCaptured.TYPE,
                vehicle.Passed.TYPE,
                camera.ObjectRecognized.TYPE,
                camera.LineCrossed.TYPE,
                camera.RegionEntered.TYPE,
                camera.LoiteringDetected.TYPE,
                camera.CrowdCounted.TYPE,
                camera.MotionStarted.TYPE,
                camera.Unclassified.TYPE,
                device.Lost.TYPE,
            ),
            direction="both",
            tested="sample",
        ),
    ),
)
