"""What ONVIF's topics about cameras and devices mean, as data; doors and access are in `access`.

A property has two states. Where the catalogue has a word for its end, false is that word; where
it has none, false says nothing. Topics that are not here are kept as `camera.unclassified` or
`device.condition.changed` with the topic in `native`.
"""

import re
from collections.abc import Callable
from typing import Any

import msgspec

from core.event import Data, Native, Personal
from core.events import camera, device
from devices.fields import Json, code, fraction, integer, number, section, slug, text, truth
from devices.onvif.notification import Notification

VERSION = 1

_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_PLATE_KEYS = ("PlateNumber", "plateNumber", "Plate", "LicensePlate", "licensePlate", "plate")
_PLATE_PLACES = ("LicensePlateInfo", "LicensePlate", "VehicleInfo")
_LABELS = ("ClassTypes", "ClassType", "classTypes", "Class", "ObjectType", "objectType")
_OBJECT = ("ObjectId", "ObjectID", "objectId")  # among the data, or the property's key
_LIKELY = ("Likelihood", "Confidence", "likelihood")
_NOBODY = frozenset({"", "unknown", "unidentified", "none", "null"})


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    kind: str  # of its subject: camera, door, device
    data: Data
    personal: Personal | None = None


class State(msgspec.Struct, frozen=True, kw_only=True):
    """A property that is true or false. `more`: fields beside what is common."""

    begins: type[Data]
    ends: type[Data] | None = None
    label: str = ""
    reason: str = ""


def _motion(label: str = "") -> State:
    return State(begins=camera.MotionStarted, ends=camera.MotionEnded, label=label)


def _blind(reason: str) -> State:
    return State(begins=camera.VideoTampered, ends=camera.VideoRestored, reason=reason)


_INSIDE = State(begins=camera.RegionEntered, ends=camera.RegionLeft)
_CROSSED = State(begins=camera.LineCrossed)
STATES: dict[str, State] = {
    "RuleEngine/LineDetector/Crossed": _CROSSED,
    "RuleEngine/LineCrossDetector/LineCross": _CROSSED,  # Tapo
    "RuleEngine/CellMotionDetector/LineCross": _CROSSED,
    "RuleEngine/FieldDetector/ObjectsInside": _INSIDE,
    "RuleEngine/IntrusionDetector/Intrusion": _INSIDE,  # Tapo
    "RuleEngine/CellMotionDetector/Intrusion": _INSIDE,
    "RuleEngine/LoiteringDetector/ObjectIsLoitering": State(begins=camera.LoiteringDetected),
    "RuleEngine/LoiteringDetector/Loitering": State(begins=camera.LoiteringDetected),
    "RuleEngine/ObjectAbandoned": State(begins=camera.ObjectLeft),
    "RuleEngine/ObjectRemoved": State(begins=camera.ObjectRemoved),
    "RuleEngine/CellMotionDetector/Motion": _motion(),
    "RuleEngine/MotionRegionDetector/Motion": _motion(),
    "VideoAnalytics/Motion": _motion(),
    "VideoSource/MotionAlarm": _motion(),  # Hikvision and many others
    "VideoAnalytics/MotionAlarm": _motion(),  # Bosch
    "VideoAnalytics/MotionDetection": _motion(),  # Hanwha
    "VideoAnalytics/TamperingDetection": _blind("tamper"),
    "OpenApp/WiseAI/LineCrossing": _CROSSED,
    "OpenApp/WiseAI/ObjectDetection": _motion(),
    "VideoSource/Tampering": _blind("tamper"),  # Axis, whose profiles stand below these
    "RuleEngine/VMD3": _motion(),
    "RuleEngine/VideoMotionDetection": _motion(),
    "CameraApplicationPlatform/VMD": _motion(),
    "CameraApplicationPlatform/MotionGuard": _motion(),
    "CameraApplicationPlatform/FenceGuard": _CROSSED,
    "CameraApplicationPlatform/LoiteringGuard": State(begins=camera.LoiteringDetected),
    "RuleEngine/CellMotionDetector/People": _motion("person"),  # Tapo
    "RuleEngine/PeopleDetector/People": _motion("person"),
    "RuleEngine/MyRuleDetector/PeopleDetect": _motion("person"),  # Reolink
    "RuleEngine/MyRuleDetector/HumanDetect": _motion("person"),
    "RuleEngine/MyRuleDetector/VehicleDetect": _motion("vehicle"),
    "RuleEngine/MyRuleDetector/FaceDetect": _motion("face"),
    "RuleEngine/MyRuleDetector/DogCatDetect": _motion("animal"),
    "RuleEngine/MyRuleDetector/Package": _motion("package"),
    "UserAlarm/IVA/HumanShapeDetect": _motion("person"),
    "VehicleAlarm/IVB/VehicleDetect": _motion("vehicle"),
    "RuleEngine/TPSmartEventDetector/TPSmartEvent": _motion(),  # Tapo: the item is the class
    "VideoAnalytics/ObjectTracker/SceneTooCrowded": State(begins=camera.CrowdCounted),
    "VideoSource/SignalLoss": State(
        begins=camera.VideoLost, ends=camera.VideoRestored, reason="signal-loss"
    ),
    "VideoSource/SignalTooBad": _blind("signal-too-bad"),
    "VideoSource/GlobalSceneChange": _blind("global-scene-change"),
    "VideoSource/ImageTooDark": _blind("image-too-dark"),
    "VideoSource/ImageTooBright": _blind("image-too-bright"),
    "VideoSource/ImageTooBlurry": _blind("image-too-blurry"),
    "RuleEngine/TamperDetector/Tamper": _blind("tamper"),
    "RuleEngine/CellMotionDetector/Tamper": _blind("tamper"),
}
# A true one of these says what kind of thing it is.
_CLASSES = {
    "IsPeople": "person", "IsPerson": "person", "IsHuman": "person", "IsVehicle": "vehicle",
    "IsPet": "animal", "IsAnimal": "animal",
}  # fmt: skip
# Of the service that observed it, or its settings: no fact about the place.
_FACTLESS = ("Configuration", "Monitoring", "MediaControl", "Advancedsecurity", "Recording")
_STATE_ITEM = re.compile(
    r"Is[A-Z].*|(?i:.*(?:state|active|alarm|motion|detected|tamper(?:ed)?|failed|critical|inside))"
    r"|(?i:value|status|open|intrusion|loitering)"
)
_ACTIVE = {"active": True, "inactive": False}  # of a relay
_DEVICE_STATES = ("State", "Failed", "LogicalState", "Critical", "Active", "active", "state",
                  "Tampered", "Open", "IsTampered", "Level")  # fmt: skip
_NAMED: dict[str, str] = {
    "TemperatureCritical": "temperature-high",
    "Temperature/High": "temperature-high",
    "Temperature/Low": "temperature-low",
    "FanFailure": "fan-failure",
    "StorageFailure": "storage-failure",
    "PowerSupplyFailure": "power-failure",
    "DigitalInput": "digital-input",
}


def observed(told: Notification, codes: Native) -> list[Fact]:
    """Facts of a topic that is not about access or a door."""
    head, _, rest = told.topic.partition("/")
    if head in _FACTLESS or "/xinternal" in told.topic:  # pictures' frames of an Axis application
        return []
    if head in ("Device", "Relay", "PTZController") or rest.startswith("HardwareFailure"):
        return _condition(told, codes)
    topic = told.topic
    while "/" in topic:
        if (meaning := _SPECIAL.get(topic)) is not None:
            return meaning(told, codes)
        if (state := STATES.get(topic)) is not None:
            return _changed(told, codes, state)
        # `…/ImageTooDark/AnalyticsService`: who found it out stands last; and some write the
        # sources' values without the `&` that should stand before them.
        topic = topic.rpartition("/")[0]
    return [_unclassified(told, codes)]


def holds(told: Notification) -> bool | None:
    """The one item of a property that is true or false. 0 and 1 are states only in items that are
    called so: elsewhere they count, or number something."""
    last = told.topic.rpartition("/")[2]
    for name, value in told.data.items():
        found = truth({name: value}, name)
        if found is None:
            continue
        number_alone = not isinstance(value, bool) and str(value).strip() in ("0", "1")
        if not number_alone or name.lower() == last.lower() or _STATE_ITEM.fullmatch(name):
            return found
    return None


def _seen(told: Notification, codes: Native) -> dict[str, Any]:
    rule = text(told.source, "Rule", "RuleName", "rule")
    if not rule and told.topic.startswith("CameraApplicationPlatform/"):
        rule = text(told.data, "scenario") or "/".join(told.topic.split("/")[2:])
    label = (
        slug(code(told.data, *_LABELS)).lower() if any(map(told.data.__contains__, _LABELS)) else ""
    )
    likely = fraction(told.data, *_LIKELY) if any(map(told.data.__contains__, _LIKELY)) else None
    track = code(told.data, *_OBJECT) or code(told.source, *_OBJECT)
    if "Object" in told.data:  # described whole, as metadata would
        whole = section(told.data, "Object")
        kind = section(section(whole, "Appearance"), "Class")
        track = track or code(whole, *_OBJECT, "@ObjectId")
        label = label or slug(code({"type": _value(kind, "Type")}, "type")).lower()
        if likely is None:
            likely = fraction(section(kind, "Type"), "@Likelihood", "Likelihood")
    return {
        "track_id": track,
        "label": label,
        "rule": rule[:64],
        "confidence": likely,
        "native": codes,
    }


def _changed(told: Notification, codes: Native, state: State) -> list[Fact]:
    now = holds(told)
    begun = now is not False
    made = state.begins if begun else state.ends
    if made is None:
        return []
    if state.reason:
        return [_camera(made(reason=state.reason, native=codes))]  # type: ignore[call-arg]
    fields = _seen(told, codes)
    if label := _class_of(told, state):
        fields["label"] = label
    if made in (camera.RegionEntered, camera.RegionLeft):
        fields["zone"] = fields["rule"]
    if made is camera.LineCrossed:
        fields["direction"] = slug(code(told.data, "Direction", "direction", "Action")).lower()
    if made is camera.CrowdCounted:
        fields["rule"] = fields["rule"] or "scene-too-crowded"
    return [_camera(made(**fields))]


def _class_of(told: Notification, state: State) -> str:
    if state.label:
        return state.label
    return next((label for item, label in _CLASSES.items() if item in told.data), "")


def _counted(told: Notification, codes: Native) -> list[Fact]:
    count = integer(told.data, "Count", "count", "Occupancy")
    if count is None or count < 0:
        return [_unclassified(told, codes)]
    return [_camera(camera.CrowdCounted(**_seen(told, codes), count=count))]


def _classified(told: Notification, codes: Native) -> list[Fact]:
    """ClassTypes lists what is there; when it is empty, nothing is any more."""
    listed = text(told.data, "ClassTypes", "ClassType").replace(",", " ").split()
    fields = _seen(told, codes)
    if not listed:
        return [_camera(camera.MotionEnded(**fields))]
    kinds = dict.fromkeys(slug(one).lower() for one in listed[:8])
    return [_camera(camera.MotionStarted(**fields | {"label": "+".join(filter(None, kinds))[:64]}))]


def _plate(told: Notification, codes: Native) -> list[Fact]:
    plate, likelihood = "", None
    for place in _plate_places(told):
        plate = plate or _value(place, *_PLATE_KEYS, "name")
        if likelihood is None:
            likelihood = fraction(place, "Likelihood", "@Likelihood", "Confidence")
    fields = _seen(told, codes)
    fields["confidence"] = likelihood if likelihood is not None else fields["confidence"]
    person = None
    if plate.lower() not in _NOBODY:
        person = Personal(
            kind="plate", identifier=plate, fields={"plate": plate}, purpose="camera",
            into="plate_ref",
        )  # fmt: skip
    return [_camera(camera.ObjectRecognized(kind="plate", **fields), person)]


def _plate_places(told: Notification) -> list[Json]:
    seen = section(section(told.data, "Object"), "Appearance")
    holders = (told.data, seen) if seen else (told.data,)
    return [*(section(one, name) for one in holders for name in _PLATE_PLACES), told.data]


def _area(told: Notification, codes: Native) -> list[Fact]:
    """Hanwha: what happened is in Action; State is true of whatever happened there."""
    made = _ACTIONS.get(text(told.data, "Action").lower())
    if made is None:
        return [] if holds(told) is False else [_unclassified(told, codes)]
    fields = _seen(told, codes)
    return [_camera(made(**fields | {"zone": fields["rule"]}))]


def _scenario(told: Notification, codes: Native) -> list[Fact]:
    """Axis: what a scenario looks for is told only by newer ones."""
    if "active" not in told.data:
        counted = {**told.data, "Count": told.data.get("total")}
        return _counted(msgspec.structs.replace(told, data=counted), codes)
    lines = text(told.data, "scenarioType").lower() in ("linecrossing", "crosslinecounting")
    return _changed(told, codes, _CROSSED if lines else _motion())


def _face(told: Notification, codes: Native) -> list[Fact]:
    name = next(
        (
            found
            for place in (told.data, section(told.data, "Face", "HumanFace", "Human"))
            if (found := _value(place, "Name", "PersonName", "FaceName", "name", "Identity"))
        ),
        "",
    )
    if name.lower() in _NOBODY:
        return [_camera(camera.FaceCaptured(native=codes))]
    person = Personal(kind="name", identifier=name, fields={"name": name}, purpose="camera")
    return [_camera(camera.ObjectRecognized(kind="face", **_seen(told, codes)), person)]


def _value(place: Json, *names: str) -> str:
    """Text of an element whether or not it has attributes."""
    for name in names:
        found = place.get(name)
        if isinstance(found, dict):
            if inner := text(found, "#", "Value", "value", "#text", "$", "_"):
                return inner
        elif inner := text(place, name):
            return inner
    return ""


def _condition(told: Notification, codes: Native) -> list[Fact]:
    levels = told.topic.split("/")
    active = truth(told.data, *_DEVICE_STATES)
    if active is None:
        active = _ACTIVE.get(text(told.data, "LogicalState").lower(), holds(told))
    if any("tamper" in level.lower() or level == "Casing" for level in levels):
        if active is False:
            return []  # the catalogue has no word for its end
        reason = "-".join(_kebab(level) for level in levels[1:])[:64]
        return [Fact(kind="device", data=device.Tampered(reason=reason, native=codes))]
    value = number(told.data, "Value", "value", "Temperature", "CurrentTemperature")
    data = device.ConditionChanged(
        condition=_condition_name(levels),
        active=True if active is None and levels[-1] in ("High", "Low") else active,
        value=value,
        threshold=number(told.data, "Threshold", "threshold"),
        part=slug(code(told.source, *told.source))[:32],
        native=codes,
    )
    return [Fact(kind="device", data=data)]


def _condition_name(levels: list[str]) -> str:
    for length in (2, 1):
        if found := _NAMED.get("/".join(levels[-length:])):
            return found
    return "-".join(filter(None, map(_kebab, levels[1:])))[:64] or "unknown"


def _kebab(word: str) -> str:
    return slug(_CAPITAL.sub("-", word)).lower()


def _unclassified(told: Notification, codes: Native) -> Fact:
    plates = (_value(place, *_PLATE_KEYS).lower() for place in _plate_places(told))
    if any(plate not in _NOBODY for plate in plates):
        return _plate(told, codes)[0]  # a maker's own topic
    state = holds(told)
    more: Native = codes if state is None else codes | {"state": state}
    return _camera(camera.Unclassified(**_seen(told, more)))


def _camera(data: Data, personal: Personal | None = None) -> Fact:
    return Fact(kind="camera", data=data, personal=personal)


_ACTIONS: dict[str, type[Data]] = {
    "intrusion": camera.RegionEntered, "enter": camera.RegionEntered,
    "entering": camera.RegionEntered, "appear": camera.RegionEntered,
    "exit": camera.RegionLeft, "exiting": camera.RegionLeft, "disappear": camera.RegionLeft,
    "loitering": camera.LoiteringDetected,
}  # fmt: skip
_SPECIAL: dict[str, Callable[[Notification, Native], list[Fact]]] = {
    "RuleEngine/CountAggregation/Counter": _counted,
    "RuleEngine/CountAggregation/OccupancyCounter": _counted,
    "RuleEngine/ObjectDetection/Object": _classified,
    "RuleEngine/Recognition/LicensePlate": _plate,
    "RuleEngine/Recognition/Face": _face,
    "OpenApp/WiseAI/IvaArea": _area,
    "CameraApplicationPlatform/ObjectAnalytics": _scenario,
}
