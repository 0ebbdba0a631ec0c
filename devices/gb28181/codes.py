"""What an alarm's method, type and event type mean (GB/T 28181-2016 A.2.5, 2022 adds 5/13), as
data. What is not here becomes `camera.unclassified` with its codes."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from core.event import Data
from core.events import camera, device

VERSION = 1
BY_DEVICE = 2  # AlarmMethod after which the device waits to be reset
_ANY = -1


class Meaning(msgspec.Struct, frozen=True):
    cls: type[Data]
    fields: Mapping[str, Any] = {}


def _condition(word: str) -> Meaning:
    return Meaning(device.ConditionChanged, {"condition": word, "active": True})


UNKNOWN = Meaning(camera.Unclassified)
# (method, type, event type); GA codes are those of GA/T 2000.254.
_MEANINGS: dict[tuple[int, int, int], Meaning] = {
    (2, 1, _ANY): Meaning(camera.VideoLost, {"reason": "alarm"}),
    (2, 2, _ANY): Meaning(device.Tampered, {"reason": "opened"}),
    (2, 3, _ANY): _condition("storage-full"),
    (2, 4, _ANY): _condition("temperature-high"),
    (2, 5, _ANY): _condition("temperature-low"),
    (5, 2, _ANY): Meaning(camera.MotionStarted),
    (5, 3, _ANY): Meaning(camera.ObjectLeft),
    (5, 4, _ANY): Meaning(camera.ObjectRemoved),
    (5, 5, _ANY): Meaning(camera.LineCrossed, {"ga_code": "05"}),
    (5, 6, _ANY): Meaning(camera.RegionEntered, {"ga_code": "06"}),
    (5, 6, 2): Meaning(camera.RegionLeft, {"ga_code": "06"}),
    (5, 7, _ANY): Meaning(camera.LineCrossed, {"ga_code": "07", "direction": "reverse"}),
    (5, 8, _ANY): Meaning(camera.LoiteringDetected, {"ga_code": "08"}),
    (5, 9, _ANY): Meaning(camera.CrowdCounted),
    (5, 10, _ANY): Meaning(camera.CrowdCounted, {"ga_code": "11"}),
    (5, 11, _ANY): Meaning(camera.VideoTampered, {"reason": "abnormal"}),
    (5, 12, _ANY): Meaning(camera.MotionStarted, {"ga_code": "04"}),
    (5, 13, _ANY): Meaning(camera.VideoTampered, {"reason": "covered"}),
    (6, 1, _ANY): _condition("storage-failure"),
    (6, 2, _ANY): _condition("fan-failure"),
}


# Of firmware that spells them out: a word that only one of them has.
_METHODS = {"电话": 1, "设备故障": 6, "设备": 2, "短信": 3, "GPS": 4, "视频": 5, "其他": 7}
_KINDS: dict[int, dict[str, int]] = {
    2: {"视频丢失": 1, "防拆": 2, "磁盘满": 3, "高温": 4, "低温": 5},
    5: {"人工": 1, "快速移动": 12, "运动": 2, "移动侦测": 2, "遗留": 3, "移除": 4, "绊线": 5,
        "入侵": 6, "逆行": 7, "徘徊": 8, "流量": 9, "密度": 10, "异常": 11, "遮挡": 13},
    6: {"磁盘": 1, "风扇": 2},
}  # fmt: skip
_PRIORITIES = {"一级": 1, "二级": 2, "三级": 3, "四级": 4}
_LEADING = re.compile(r"0*([0-9]{1,4})(?![0-9])")


def method_of(told: str) -> int | None:
    return _spelt(told, _METHODS)


def kind_of(told: str, method: int | None) -> int | None:
    return _spelt(told, _KINDS.get(-1 if method is None else method, {}))


def priority_of(told: str) -> int | None:
    return _spelt(told, _PRIORITIES)


def _spelt(told: str, words: Mapping[str, int]) -> int | None:
    """Of `5`, `05`, `5-视频报警` or the word alone."""
    if number := _LEADING.match(told):
        return int(number[1])
    return next((code for word, code in words.items() if word in told.upper()), None)


def meaning(method: int | None, kind: int | None, event: int | None) -> Meaning:
    if method is None or kind is None:
        return UNKNOWN
    told = _ANY if event is None else event
    return _MEANINGS.get((method, kind, told)) or _MEANINGS.get((method, kind, _ANY)) or UNKNOWN
