"""An ONVIF camera: what it publishes by its event broker, and its PullPoint over SOAP.

`Publisher` is the first, pure. `Camera` is the second: it judges WS-UsernameToken as devices do,
has places for some subscriptions, lets them run out, forgets them when it is switched off, and
tells every state anew to whoever subscribes. `serving` puts it on a loopback port.
"""

import base64
import binascii
import contextlib
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.etree.ElementTree import Element
from xml.sax.saxutils import quoteattr

import msgspec
import orjson

from devices.adapter import Message
from devices.onvif import soap

_TT = "http://www.onvif.org/ver10/schema"
_ENVELOPE = "http://www.w3.org/2003/05/soap-envelope"
_SKEW = timedelta(seconds=30)  # of a token's time


class Publisher:
    """`prefix`: the camera's TopicPrefix."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix

    def tell(
        self,
        at: datetime,
        topic: str,
        source: Mapping[str, str],
        data: Mapping[str, str | int | float | bool],
    ) -> Message:
        values = "/".join(source.values())
        tail = f"/&{values}" if values else ""
        told = {"UtcTime": _utc(at), "Source": dict(source), "Data": dict(data)}
        return Message(f"{self._prefix}/onvif-ej/{topic}{tail}", orjson.dumps(told))

    def deleted(self, topic: str, source: Mapping[str, str]) -> Message:
        """A property that is no more: retained, and empty."""
        return Message(f"{self._prefix}/onvif-ej/{topic}/&{'/'.join(source.values())}", b"")


class _Place(msgspec.Struct):
    ends: datetime
    waiting: deque[str]


class Camera:
    """Owns its properties and subscriptions. `now` is its clock; any thread may ask."""

    def __init__(
        self, user: str = "", password: str = "", *, places: int = 3, lasts_s: int = 60
    ) -> None:
        self._user, self._password = user, password
        self._places, self._lasts = places, timedelta(seconds=lasts_s)
        self._properties: dict[str, tuple[str, Mapping[str, str], Mapping[str, str]]] = {}
        self._taken: dict[str, _Place] = {}
        self._counted = 0
        self._lock = threading.Lock()
        self._told = threading.Condition(self._lock)
        self.skew = timedelta()
        self.asked: list[str] = []  # operations, as they came

    def now(self) -> datetime:
        return datetime.now(UTC) + self.skew

    def change(
        self, topic: str, source: Mapping[str, str], data: Mapping[str, str], *, state: bool = True
    ) -> None:
        """A property takes a value, or (`state` false) something happens once."""
        with self._told:
            if state:
                self._properties[f"{topic}{sorted(source.items())}"] = (topic, source, data)
            operation = "Changed" if state else ""
            told = _notification(self.now(), topic, source, data, operation)
            for place in self._taken.values():
                place.waiting.append(told)
            self._told.notify_all()

    def switch_off(self) -> None:
        """Whatever it knew of subscribers is gone."""
        with self._told:
            self._taken.clear()
            self._told.notify_all()

    @property
    def subscriptions(self) -> int:
        with self._lock:
            return len(self._taken)

    def answer(self, path: str, body: bytes, base: str) -> tuple[int, bytes]:
        """`base`: the address it is reached at. Status and body."""
        try:
            root = soap.read(body)
        except soap.Unreadable:
            return 400, _fault("Sender", "WellFormed", "not well-formed")
        inside = soap.first(root, "Body")
        operation = soap.local(next(iter(inside), root)) if inside is not None else ""
        with self._told:
            self.asked.append(operation)
            if operation == "GetSystemDateAndTime":
                return 200, _envelope(_clock(self.now()))
            if not self._proven(root):
                return 400, _fault("Sender", "NotAuthorized", "sender not authorized")
            if operation == "GetCapabilities":
                at = f"{base}/onvif/event_service"
                return 200, _envelope(
                    f'<GetCapabilitiesResponse xmlns="{soap.DEVICE}"><Capabilities><Events '
                    f'xmlns="{_TT}"><XAddr>{at}</XAddr></Events></Capabilities>'
                    "</GetCapabilitiesResponse>"
                )
            if operation == "CreatePullPointSubscription":
                return self._subscribe(base)
            return self._subscribed(path.rpartition("/")[2], operation, root)

    def _subscribe(self, base: str) -> tuple[int, bytes]:
        now = self.now()
        self._taken = {key: one for key, one in self._taken.items() if one.ends > now}
        if len(self._taken) >= self._places:
            return 500, _fault("Receiver", "MaxPullPointSubscriptions", "no place left")
        self._counted += 1
        key = f"sub{self._counted}"
        first = deque(_notification(now, *one, "Initialized") for one in self._properties.values())
        self._taken[key] = _Place(now + self._lasts, first)
        return 200, _envelope(
            f'<tev:CreatePullPointSubscriptionResponse xmlns:tev="{soap.EVENTS}">'
            f'<tev:SubscriptionReference><a:Address xmlns:a="{soap.ADDRESSING}">'
            f"\n  {base}/onvif/subscription/{key}\n</a:Address></tev:SubscriptionReference>"
            f"{_terms(now, now + self._lasts)}</tev:CreatePullPointSubscriptionResponse>"
        )

    def _subscribed(self, key: str, operation: str, root: Element) -> tuple[int, bytes]:
        place = self._taken.get(key)
        if place is None or place.ends <= self.now():
            self._taken.pop(key, None)
            return 400, _fault("Sender", "ResourceUnknownFault", "no such subscription")
        if operation == "Unsubscribe":
            del self._taken[key]
            return 200, _envelope(f'<UnsubscribeResponse xmlns="{soap.NOTIFY}"/>')
        if operation == "Renew":
            place.ends = self.now() + self._lasts
            terms = _terms(self.now(), place.ends)
            return 200, _envelope(
                f'<n:RenewResponse xmlns:n="{soap.NOTIFY}">{terms}</n:RenewResponse>'
            )
        if operation != "PullMessages":
            return 400, _fault("Sender", "ActionNotSupported", "not known here")
        if not place.waiting:
            self._told.wait(_seconds(soap.first(root, "Timeout")))
        if self._taken.get(key) is not place:
            return 400, _fault("Sender", "ResourceUnknownFault", "no such subscription")
        told = "".join(place.waiting)
        place.waiting.clear()
        return 200, _envelope(
            f'<tev:PullMessagesResponse xmlns:tev="{soap.EVENTS}">'
            f"{_terms(self.now(), place.ends)}{told}</tev:PullMessagesResponse>"
        )

    def _proven(self, root: Element) -> bool:
        if not self._user:
            return True
        found = {
            name: (one.text or "").strip() if (one := soap.first(root, name)) is not None else ""
            for name in ("Username", "Password", "Nonce", "Created")
        }
        try:
            nonce = base64.b64decode(found["Nonce"], validate=True)
            made = datetime.fromisoformat(found["Created"])
        except (binascii.Error, ValueError):
            return False
        expected = soap.password_digest(nonce, found["Created"], self._password)
        recent = abs(self.now() - made) <= _SKEW
        return recent and (found["Username"], found["Password"]) == (self._user, expected)


@contextlib.contextmanager
def serving(camera: Camera) -> Iterator[str]:
    """Its address, for as long as it is switched on."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            status, body = camera.answer(
                self.path,
                self.rfile.read(length),
                f"http://127.0.0.1:{self.connection.getsockname()[1]}",
            )
            with contextlib.suppress(ConnectionError):  # whoever asked has gone
                self.send_response(status)
                self.send_header("Content-Type", "application/soap+xml; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        camera.switch_off()
        server.shutdown()
        server.server_close()
        thread.join()


def _notification(
    at: datetime, topic: str, source: Mapping[str, str], data: Mapping[str, str], operation: str
) -> str:
    how = f" PropertyOperation={quoteattr(operation)}" if operation else ""
    return (
        f'<wsnt:NotificationMessage xmlns:wsnt="{soap.NOTIFY}" xmlns:tt="{_TT}" '
        'xmlns:tns1="http://www.onvif.org/ver10/topics">'
        '<wsnt:Topic Dialect="http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet">'
        f"tns1:{topic}</wsnt:Topic><wsnt:Message>"
        f"<tt:Message UtcTime={quoteattr(_utc(at))}{how}><tt:Source>{_items(source)}</tt:Source>"
        f"<tt:Data>{_items(data)}</tt:Data></tt:Message></wsnt:Message></wsnt:NotificationMessage>"
    )


def _items(items: Mapping[str, str]) -> str:
    return "".join(
        f"<tt:SimpleItem Name={quoteattr(name)} Value={quoteattr(value)}/>"
        for name, value in items.items()
    )


def _terms(now: datetime, ends: datetime) -> str:
    return (
        f'<wsnt:CurrentTime xmlns:wsnt="{soap.NOTIFY}">{_utc(now)}</wsnt:CurrentTime>'
        f'<wsnt:TerminationTime xmlns:wsnt="{soap.NOTIFY}">{_utc(ends)}</wsnt:TerminationTime>'
    )


def _clock(now: datetime) -> str:
    return (
        f'<GetSystemDateAndTimeResponse xmlns="{soap.DEVICE}"><SystemDateAndTime>'
        f'<UTCDateTime xmlns="{_TT}"><Time><Hour>{now.hour}</Hour><Minute>{now.minute}</Minute>'
        f"<Second>{now.second}</Second></Time><Date><Year>{now.year}</Year>"
        f"<Month>{now.month}</Month><Day>{now.day}</Day></Date></UTCDateTime>"
        "</SystemDateAndTime></GetSystemDateAndTimeResponse>"
    )


def _fault(code: str, subcode: str, reason: str) -> bytes:
    return _envelope(
        f"<s:Fault><s:Code><s:Value>s:{code}</s:Value><s:Subcode><s:Value>ter:{subcode}</s:Value>"
        f'</s:Subcode></s:Code><s:Reason><s:Text xml:lang="en">{reason}</s:Text></s:Reason>'
        "</s:Fault>"
    )


def _envelope(body: str) -> bytes:
    return f'<s:Envelope xmlns:s="{_ENVELOPE}"><s:Body>{body}</s:Body></s:Envelope>'.encode()


def _seconds(told: Element | None) -> float:
    """Of `PT8S`."""
    digits = "".join(
        char for char in (told.text or "" if told is not None else "") if char.isdigit()
    )
    return min(float(digits or 0), 10.0)


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z"
