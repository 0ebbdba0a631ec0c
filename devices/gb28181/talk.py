"""The platform's side of GB/T 28181: registration with digest, keep-alive, alarms, their reset.

An alarm is answered 200 behind its commit. Dying in between: the device sends the request again
(same Call-ID and CSeq), and the alarm is told by its id. Who is registered lives in memory: after
a restart a device hears 403 to its keep-alive, which makes it register.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from core.errors import Undecodable
from devices import digest, fields
from devices.adapter import Message
from devices.gb28181 import sip
from devices.gb28181.codes import BY_DEVICE, method_of
from devices.gb28181.document import document
from devices.gb28181.sip import Cutter, Malformed, Sip
from devices.wire import Place, Turn

_MOST_SECONDS = 86_400  # of one registration
_REMEMBERED = 64  # answered requests of a peer
_MOST_DEVICES = 64  # registered from one peer
_PENDING = 16  # our own requests nobody has answered yet
_TRIES = 3
_TYPE = "Application/MANSCDP+xml"
_NOTHING: Mapping[str, str] = {}


class Conversation:
    """One UDP peer or TCP connection. Owns who is registered from there, the answers of the last
    requests, and what we asked and nobody answered; each bounded."""

    def __init__(self, place: Place, peer: str) -> None:
        self._place = place
        self._peer = peer
        self._stream = Cutter()
        self._registered: OrderedDict[str, datetime] = OrderedDict()
        self._answered: OrderedDict[tuple[str, ...], bytes] = OrderedDict()
        self._pending: OrderedDict[tuple[str, str], tuple[bytes, int]] = OrderedDict()
        self._ours = ""  # our id and domain, as the device names us when it registers
        self._domain = ""
        self._counted = 0

    def received(self, data: bytes) -> Sequence[Turn]:
        """A datagram is a message; of a stream each message is taken once it is whole."""
        turns: list[Turn] = []
        try:
            for whole in self._stream.cut(data):
                turns += self._message(sip.read(whole), whole)
        except Malformed:
            # Nothing tells where the next one begins; over UDP, it begins anew by itself.
            self._stream.clear()
            turns.append(Turn(end=True))
        return turns

    def _message(self, told: Sip, raw: bytes) -> Sequence[Turn]:
        if told.status:
            self._pending.pop(told.sequence, None)
            return ()
        if told.method == "ACK":
            return ()
        if not all(told.header(name) for name in ("via", "from", "to", "call-id", "cseq")):
            return (Turn(answer=self._reply(told, 400)),)
        if before := self._answered.get(_same(told)):
            return (Turn(answer=before),)
        device = sip.user_of(told.header("from"))
        if told.method == "REGISTER":
            return (self._register(told, device, raw),)
        if told.method == "OPTIONS":
            return (Turn(answer=self._reply(told, 200)),)
        if told.method not in ("MESSAGE", "NOTIFY", "SUBSCRIBE"):
            return (Turn(answer=self._reply(told, 405, {"allow": "REGISTER, MESSAGE, NOTIFY"})),)
        if not self._is_registered(device):
            return (Turn(answer=self._reply(told, 403)),)
        if told.method == "SUBSCRIBE":
            seconds = {"expires": str(sip.expiry(told))}
            return (Turn(answer=self._remembered(told, 200, seconds)),)
        if not told.body:
            return (Turn(answer=self._remembered(told, 200)),)
        message = Message(f"gb28181/{device}", told.body, adapter="gb28181")
        answer = Turn(messages=(message,), answer=self._remembered(told, 200))
        return [answer, *(Turn(answer=one) for one in self._follow_up(told, device))]

    def _register(self, told: Sip, device: str, raw: bytes) -> Turn:
        shown = digest.fields(told.header("authorization"))
        fresh = bool(shown.get("nonce")) and self._place.fresh(shown["nonce"])
        if not fresh:
            realm = self._domain or sip.host_of(told.uri).partition(":")[0] or "menwei"
            asked = digest.challenge(realm, self._place.nonce(), qop=False, stale=bool(shown))
            return Turn(answer=self._reply(told, 401, {"www-authenticate": asked}))
        secret = self._place.secret(device) if device else None
        if secret is None or not digest.verifies(shown, "REGISTER", secret):
            return Turn(answer=self._reply(told, 403))
        seconds = min(sip.expiry(told), _MOST_SECONDS)
        self._registered.pop(device, None)
        if seconds:
            self._registered[device] = self._place.now() + timedelta(seconds=seconds)
            if len(self._registered) > _MOST_DEVICES:
                self._registered.popitem(last=False)
        self._ours = sip.user_of(told.uri) or self._ours
        self._domain = sip.host_of(told.uri) or self._domain
        extra = {
            "date": self._place.now().replace(tzinfo=None).isoformat(timespec="milliseconds"),
            "expires": str(seconds),
        }
        if contact := told.header("contact"):
            extra["contact"] = contact
        message = Message(f"gb28181/{device}", raw, adapter="gb28181")
        return Turn(messages=(message,), answer=self._remembered(told, 200, extra))

    def _is_registered(self, device: str) -> bool:
        until = self._registered.get(device)
        return until is not None and self._place.now() < until

    def _follow_up(self, told: Sip, device: str) -> list[bytes]:
        """What the platform says after an alarm; and, at a sign of life, again what it said
        before and was not answered."""
        try:
            root, said = document(told.body)
        except Undecodable:
            return []
        command = fields.text(said, "CmdType").lower()
        if root.lower() != "notify":
            return []
        if command == "keepalive":
            return self._again()
        if command != "alarm":
            return []
        number = fields.integer(said, "SN") or 0
        spoken_of = fields.code(said, "DeviceID") or device
        result = f"<CmdType>Alarm</CmdType><SN>{number}</SN><DeviceID>{spoken_of}</DeviceID>"
        asked = [_document("Response", f"{result}<Result>OK</Result>")]
        method = method_of(fields.text(said, "AlarmMethod"))
        if method == BY_DEVICE:  # it sends no other before it has been reset
            self._counted += 1
            reset = f"<CmdType>DeviceControl</CmdType><SN>{self._counted}</SN>"
            reset += f"<DeviceID>{spoken_of}</DeviceID><AlarmCmd>ResetAlarm</AlarmCmd>"
            reset += f"<Info><AlarmMethod>{method}</AlarmMethod></Info>"
            asked.append(_document("Control", reset))
        return [self._request(told, device, body) for body in asked]

    def _request(self, told: Sip, device: str, body: bytes) -> bytes:
        self._counted += 1
        mark = fields.digest(f"{self._peer}{self._place.now().isoformat()}{self._counted}")
        via = told.header("via").partition(" ")[0] or "SIP/2.0/UDP"
        domain = self._domain or "menwei"
        to = sip.host_of(told.header("contact")) or self._peer or "device"
        headers = (
            ("via", f"{via} {domain};rport;branch=z9hG4bK{mark[:16]}"),
            (
                "from",
                f"<sip:{self._ours or 'menwei'}@{domain}>;tag={mark[16:24]}",
            ),
            ("to", f"<sip:{device}@{domain}>"),
            ("call-id", f"{mark}@menwei"),
            ("cseq", f"{self._counted} MESSAGE"),
            ("max-forwards", "70"),
            ("user-agent", "Menwei"),
            ("content-type", _TYPE),
        )
        made = Sip(method="MESSAGE", uri=f"sip:{device}@{to}", headers=headers, body=body)
        raw = sip.written(made)
        self._pending[made.sequence] = (raw, 1)
        if len(self._pending) > _PENDING:
            self._pending.popitem(last=False)
        return raw

    def _again(self) -> list[bytes]:
        made: list[bytes] = []
        for key, (raw, tries) in list(self._pending.items()):
            if tries >= _TRIES:
                del self._pending[key]
                continue
            self._pending[key] = (raw, tries + 1)
            made.append(raw)
        return made

    def _remembered(self, told: Sip, status: int, extra: Mapping[str, str] = _NOTHING) -> bytes:
        answer = self._reply(told, status, extra)
        self._answered[_same(told)] = answer
        if len(self._answered) > _REMEMBERED:
            self._answered.popitem(last=False)
        return answer

    def _reply(self, told: Sip, status: int, extra: Mapping[str, str] = _NOTHING) -> bytes:
        tag = fields.digest(told.header("call-id"), told.header("from"))[:10]
        return sip.reply(told, status, tag, extra)


def _document(root: str, inside: str) -> bytes:
    return f'<?xml version="1.0" encoding="GB2312"?>\r\n<{root}>{inside}</{root}>\r\n'.encode()


def _same(told: Sip) -> tuple[str, ...]:
    """Of a request that comes again. Firmware that counts anew after a restart says other things
    under the same numbers, so what it says is part of it."""
    return (*told.sequence, fields.digest(told.header("authorization"), told.body))
