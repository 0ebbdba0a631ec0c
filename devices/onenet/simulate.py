"""A smart bin as it posts to OneNET: a person's delivery, a collection weighed twice, its state."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from devices.adapter import Message


class SmartBin:
    """`product` and `device` as the cloud knows them. Counts its messages."""

    def __init__(self, product: str, device: str) -> None:
        self._base = f"$sys/{product}/{device}/thing"
        self._counted = 0

    def delivery(self, at: datetime, door: int, grams: int) -> Message:
        value = {
            "doorIndex": door,
            "weight": grams / 1000,
            "photoOpenOutside": "https://pictures.example/o.jpg",
            "photoCloseInside": "https://pictures.example/i.jpg",
        }
        return self._event(at, "deliveryComplete", value)

    def collection(
        self, at: datetime, order: int, gross_g: int, tare_g: int
    ) -> tuple[Message, Message]:
        """Full, then empty."""
        full, empty = (
            self._event(at, name, {"cleanOrderId": order, "weight": grams / 1000})
            for name, grams in (("cleanGross", gross_g), ("cleanTare", tare_g))
        )
        return full, empty

    def overflow(self, at: datetime, door: int, fullness: int) -> Message:
        return self._event(at, "spillAlarm", {"doorIndex": door, "fullness": fullness})

    def smoke(self, at: datetime, door: int) -> Message:
        return self._event(at, "smokeAlarm", {"doorIndex": door, "temperature": 71.5})

    def state(self, at: datetime, doors: Sequence[Mapping[str, int]], rssi: int) -> Message:
        """`doors`: doorIndex, weight in grams, fullness in percent, smoke 0 or 1."""
        stamped = _milliseconds(at)
        params = {
            "doorStates": {"value": list(doors), "time": stamped},
            "rssi": {"value": rssi, "time": stamped},
        }
        return self._post("property", params)

    def _event(self, at: datetime, name: str, value: Mapping[str, Any]) -> Message:
        return self._post("event", {name: {"value": value, "time": _milliseconds(at)}})

    def _post(self, kind: str, params: Mapping[str, Any]) -> Message:
        self._counted += 1
        body = {"id": str(self._counted), "version": "1.0", "params": params}
        return Message(f"{self._base}/{kind}/post", orjson.dumps(body))


def _milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)
