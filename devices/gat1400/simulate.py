"""A GA/T 1400 camera: registers, keeps alive, posts faces and vehicles.

`hold` lets one talk with a library through any function that carries a request there.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import orjson

from devices.gat1400 import ids
from devices.gat1400.speaker import Speaker
from devices.gat1400.status import Status, local, read
from devices.wire import Reply, Request

Carry = Callable[[Request], Reply]


class Camera:
    """Owns its numbers: what one second holds is told apart by them."""

    def __init__(self, device: str, user: str, password: str) -> None:
        self.speaker = Speaker(device, user, password)
        self.device = device
        self._number = 0

    def face(self, at: datetime, picture: str = "") -> dict[str, Any]:
        image, face = self._ids(at, ids.FACE)
        return {
            "FaceID": face,
            "InfoKind": 1,
            "SourceID": image,
            "DeviceID": self.device,
            "LeftTopX": 480,
            "LeftTopY": 270,
            "RightBtmX": 960,
            "RightBtmY": 810,
            "GenderCode": "0",
            "SubImageList": self._scene(image, at, 10, picture, "11"),
        }

    def vehicle(self, at: datetime, plate: str, picture: str = "") -> dict[str, Any]:
        image, vehicle = self._ids(at, ids.MOTOR_VEHICLE)
        return {
            "MotorVehicleID": vehicle,
            "InfoKind": 1,
            "SourceID": image,
            "TollgateID": "",
            "DeviceID": self.device,
            "LeftTopX": 0,
            "LeftTopY": 0,
            "RightBtmX": 0,
            "RightBtmY": 0,
            "HasPlate": "1" if plate else "0",
            "PlateClass": "02",
            "PlateColor": "5",
            "PlateNo": plate,
            "PassTime": local(at),
            "SubImageList": self._scene(image, at, 1, picture, "02"),
        }

    def post(self, name: str, objects: Sequence[dict[str, Any]]) -> Request:
        body = {f"{name}ListObject": {f"{name}Object": list(objects)}}
        return self.speaker.asks("POST", f"/VIID/{name}s", orjson.dumps(body))

    def hold(self, request: Callable[[], Request], carry: Carry) -> tuple[int, list[Status]]:
        """One request, again with credentials where it is asked for them: HTTP status, and what
        was said of the objects."""
        reply = carry(request())
        if reply.status == 401 and self.speaker.challenged(reply.headers):
            reply = carry(request())
            self.speaker.done()
        return reply.status, read(reply.body)

    def _ids(self, at: datetime, subtype: str) -> tuple[str, str]:
        self._number += 1
        image = ids.basic(self.device, local(at), self._number)
        return image, ids.semantic(image, subtype)

    def _scene(self, image: str, at: datetime, sort: int, data: str, part: str) -> dict[str, Any]:
        common = {
            "ImageID": image,
            "EventSort": sort,
            "DeviceID": self.device,
            "ShotTime": local(at),
            "FileFormat": "Jpeg",
            "StoragePath": "",
        }
        return {
            "SubImageInfoObject": [
                {**common, "Type": "14", "Width": 1920, "Height": 1080, "Data": data},
                {**common, "Type": part, "Width": 480, "Height": 540, "Data": ""},
            ]
        }
