"""A simulated device's own side of ISAPI: what it remembers, answers, streams and posts. No
sockets here; `served` has them.
"""

from collections import deque
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec
import orjson

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"
BOUNDARY = "MIME_boundary"
Kind = Literal["terminal", "camera"]

_NAMESPACE = "http://www.isapi.org/ver20/XMLSchema"
# A search answer's own names; what it lacks of a pushed record; and what only it has.
_RENAMED = {"majorEventType": "major", "subEventType": "minor"}
_LACKING = frozenset(
    {"deviceName", "frontSerialNo", "currentEvent", "purePwdVerifyEnable", "picturesNumber",
     "statusValue", "label", "QRCodeInfo"}
)  # fmt: skip


class Heard(msgspec.Struct, frozen=True):
    """An answer: status, type and body."""

    status: int
    type: str
    body: bytes


class Sent(msgspec.Struct, frozen=True):
    """One alert with the pictures beside it, by their names."""

    payload: bytes
    pictures: Mapping[str, bytes] = {}

    @property
    def type(self) -> str:
        xml = self.payload.lstrip()[:1] == b"<"
        return 'application/xml; charset="UTF-8"' if xml else 'application/json; charset="UTF-8"'


class Device:
    """Owns its record memory, a ring of `capacity`. `serials`: its search takes record numbers;
    `page`: records it gives at once; `kind` camera: it keeps no access records."""

    def __init__(
        self,
        mac: str,
        serial_number: str,
        *,
        kind: Kind = "terminal",
        model: str = "DS-K1T671M",
        serials: bool = True,
        page: int = 30,
        capacity: int = 150_000,
        streams: bool = True,
    ) -> None:
        self.mac, self.serial_number, self.kind, self.model = mac, serial_number, kind, model
        self.streams = streams
        self._serials, self._page = serials, page
        self._records: deque[dict[str, Any]] = deque(maxlen=capacity)

    def happened(self, sent: Sent) -> Sent:
        """Remembered, if it is a record; the same to be streamed and posted."""
        if sent.payload.lstrip()[:1] == b"{":
            alert = orjson.loads(sent.payload)
            record = alert.get("AccessControllerEvent")
            if isinstance(record, dict):
                self._records.append(_searched(alert, record))
        return sent

    def answer(self, method: str, target: str, body: bytes = b"") -> Heard:
        """Everything but the stream."""
        path = target.partition("?")[0]
        if (method, path) == ("GET", "/ISAPI/System/deviceInfo"):
            return Heard(200, "application/xml", self._info())
        if path.startswith("/ISAPI/AccessControl/AcsEvent") and self.kind == "terminal":
            if (method, path) == ("GET", "/ISAPI/AccessControl/AcsEvent/capabilities"):
                return Heard(200, "application/json", orjson.dumps(self._capabilities()))
            if (method, path) == ("POST", "/ISAPI/AccessControl/AcsEvent"):
                return self._search(body)
        if path.startswith("/ISAPI/AccessControl/") and self.kind == "camera":
            return _refused(403, 4, "Invalid Operation", "notSupport")
        return _refused(404, 4, "Invalid Operation", "invalidOperation")

    def heartbeat(self, at: datetime, count: int) -> Sent:
        alert = {
            "ipAddress": "192.0.2.21", "portNo": 443, "protocol": "HTTPS", "macAddress": self.mac,
            "channelID": 1, "dateTime": at.isoformat(timespec="seconds"), "activePostCount": count,
            "eventType": "videoloss", "eventState": "inactive",
            "eventDescription": "videoloss alarm",
        }  # fmt: skip
        return Sent(orjson.dumps(alert))

    def _info(self) -> bytes:
        told = {
            "deviceName": "simulated", "model": self.model, "serialNumber": self.serial_number,
            "macAddress": self.mac, "firmwareVersion": "V3.2.30",
        }  # fmt: skip
        inner = "".join(f"<{name}>{value}</{name}>" for name, value in told.items())
        return (
            f'<?xml version="1.0" encoding="UTF-8"?><DeviceInfo version="2.0" '
            f'xmlns="{_NAMESPACE}">{inner}</DeviceInfo>'
        ).encode()

    def _capabilities(self) -> dict[str, Any]:
        cond: dict[str, Any] = {
            "searchID": {"@min": 1, "@max": 64},
            "searchResultPosition": {"@min": 0, "@max": 150_000},
            "maxResults": {"@min": 1, "@max": self._page},
            "picEnable": {"@opt": [True, False]},
        }
        if self._serials:
            cond |= {"beginSerialNo": {"@min": 1}, "endSerialNo": {"@min": 1}}
        return {"AcsEvent": {"AcsEventCond": cond}}

    def _search(self, body: bytes) -> Heard:
        try:
            cond = orjson.loads(body)["AcsEventCond"]
            begin = datetime.fromisoformat(cond["startTime"])
            end = datetime.fromisoformat(cond["endTime"])
            at, most = int(cond["searchResultPosition"]), int(cond["maxResults"])
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            return _refused(400, 6, "Invalid Content", "badJsonContent")
        if not 0 < most <= self._page:
            return _refused(400, 6, "Invalid Content", "badParameters")
        first, last = int(cond.get("beginSerialNo", 0)), int(cond.get("endSerialNo", 2**53))
        if not self._serials and "beginSerialNo" in cond:
            return _refused(400, 6, "Invalid Content", "badParameters")
        found = [
            one
            for one in self._records
            if begin <= datetime.fromisoformat(one["time"]) <= end
            and first <= one["serialNo"] <= last
        ]
        page = found[at : at + most]
        status = "NO MATCH" if not found else "MORE" if at + len(page) < len(found) else "OK"
        answer = {
            "searchID": cond.get("searchID", ""),
            "totalMatches": len(found),
            "responseStatusStrg": status,
            "numOfMatches": len(page),
        }
        if page:
            answer["InfoList"] = page
        return Heard(200, "application/json", orjson.dumps({"AcsEvent": answer}))


def part(sent: Sent) -> bytes:
    """As the alert stream has it: the alert, then its pictures."""
    made = _streamed(sent.type, sent.payload, "")
    for name, content in sent.pictures.items():
        made += _streamed("image/jpeg", content, name)
    return made


def form(sent: Sent, boundary: str) -> bytes:
    """As it is posted: multipart/form-data, the part named by what it is."""
    xml = sent.type.startswith("application/xml")
    name = 'name="xml_file"; filename="anpr.xml"' if xml else 'name="event_log"'
    made = [
        f"--{boundary}\r\nContent-Disposition: form-data; {name}\r\n"
        f"Content-Type: {sent.type}\r\nContent-Length: {len(sent.payload)}\r\n\r\n".encode(),
        sent.payload,
        b"\r\n",
    ]
    for file, content in sent.pictures.items():
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="{file.partition(".")[0]}"; '
            f'filename="{file}"\r\nContent-Type: image/jpeg\r\n'
            f"Content-Length: {len(content)}\r\n\r\n"
        )
        made += [head.encode(), content, b"\r\n"]
    return b"".join([*made, f"--{boundary}--\r\n".encode()])


def again(sent: Sent) -> Sent:
    """As it is posted another time, when nobody said that it was taken."""
    if sent.payload.lstrip()[:1] != b"{":
        return sent
    alert = orjson.loads(sent.payload)
    alert["activePostCount"] = int(alert.get("activePostCount", 0)) + 1
    alert["isDataRetransmission"] = True
    return Sent(orjson.dumps(alert), sent.pictures)


def _streamed(type: str, content: bytes, file: str) -> bytes:
    named = f'Content-Disposition: form-data; filename="{file}"\r\n' if file else ""
    head = f"--{BOUNDARY}\r\n{named}Content-Type: {type}\r\nContent-Length: {len(content)}\r\n\r\n"
    return head.encode() + content + b"\r\n"


def _searched(alert: Mapping[str, Any], record: Mapping[str, Any]) -> dict[str, Any]:
    kept = {_RENAMED.get(name, name): one for name, one in record.items() if name not in _LACKING}
    return {**kept, "time": alert["dateTime"], "type": 0}


def _refused(status: int, code: int, words: str, sub: str) -> Heard:
    body = {"statusCode": code, "statusString": words, "subStatusCode": sub}
    return Heard(status, "application/json", orjson.dumps(body))
