"""A GB/T 28181 device: registers by digest, keeps alive, raises alarms, waits to be reset.

`Device` is the protocol without a line; `drive` puts one on UDP.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime

import msgspec

from devices import digest, fields, markup
from devices.gb28181 import sip
from devices.gb28181.sip import Sip


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    at: datetime
    method: int
    kind: int = 0  # 0: not told
    event: int = 0
    priority: int = 1
    description: str = ""
    inside_info: bool = True  # where AlarmType stands


class Device:
    """Owns its counters. After an alarm of method 2 it says no more of that kind until reset."""

    def __init__(self, id: str, password: str, server: str = "34020000002000000001") -> None:
        self.id, self.server = id, server
        self.statuses: list[int] = []
        self.registered = False
        self.confirmed = 0  # Response/Alarm heard
        self._password = password
        self._domain = server[:10]
        self._sequence = self._number = 0
        self._silent = False  # waits for its reset
        self._asked: Sip | None = None  # the registration on its way
        self._expires = 3600

    @property
    def waits(self) -> bool:
        """For its reset."""
        return self._silent

    def register(self, expires: int = 3600) -> bytes:
        self._expires = expires
        self._asked = self._request("REGISTER", f"sip:{self.server}@{self._domain}", expires)
        return sip.written(self._asked)

    def keepalive(self) -> bytes:
        return self._message("Keepalive", "<Status>OK</Status>", "utf-8")

    def alarm(self, alarm: Alarm, charset: str = "gb18030") -> bytes:
        """Empty while it waits for its reset."""
        if alarm.method == 2:
            if self._silent:
                return b""
            self._silent = True
        type_ = f"<AlarmType>{alarm.kind}</AlarmType>" if alarm.kind else ""
        if alarm.event:
            type_ += f"<AlarmTypeParam><EventType>{alarm.event}</EventType></AlarmTypeParam>"
        inside = (
            f"<AlarmPriority>{alarm.priority}</AlarmPriority>"
            f"<AlarmMethod>{alarm.method}</AlarmMethod>"
            f"<AlarmTime>{alarm.at.replace(tzinfo=None).isoformat(timespec='seconds')}</AlarmTime>"
            f"<AlarmDescription>{alarm.description}</AlarmDescription>"
        )
        inside += f"<Info>{type_}</Info>" if alarm.inside_info else type_
        return self._message("Alarm", inside, charset)

    def heard(self, raw: bytes) -> list[bytes]:
        """What it sends next: the credentials it is asked for, and answers."""
        told = sip.read(raw)
        if not told.status:
            self._obey(told)
            return [sip.reply(told, 200, "dev", {})]
        self.statuses.append(told.status)
        if told.status == 401 and self._asked is not None:
            fields_ = digest.fields(told.header("www-authenticate"))
            uri = self._asked.uri
            shown = digest.authorization(
                fields_, "REGISTER", uri, self.id, self._password, "0a4f113b"
            )
            again = self._request("REGISTER", uri, self._expires, shown)
            self._asked = None
            return [sip.written(again)]
        if told.header("cseq").endswith("REGISTER"):
            self.registered = told.status == 200 and self._expires > 0
        return []

    def _obey(self, told: Sip) -> None:
        root, said = markup.parse(told.body)
        if root == "Control" and fields.text(said, "AlarmCmd") == "ResetAlarm":
            self._silent = False
        elif root == "Response":
            self.confirmed += 1

    def _message(self, command: str, inside: str, charset: str) -> bytes:
        self._number += 1
        body = (
            f'<?xml version="1.0" encoding="GB2312"?>\r\n<Notify>\r\n<CmdType>{command}</CmdType>'
            f"<SN>{self._number}</SN><DeviceID>{self.id}</DeviceID>{inside}</Notify>\r\n"
        )
        made = self._request("MESSAGE", f"sip:{self.server}@{self._domain}")
        headers = (*made.headers, ("content-type", "Application/MANSCDP+xml"))
        return sip.written(
            msgspec.structs.replace(made, headers=headers, body=body.encode(charset))
        )

    def _request(self, method: str, uri: str, expires: int | None = None, shown: str = "") -> Sip:
        self._sequence += 1
        me = f"<sip:{self.id}@{self._domain}>"
        to = me if method == "REGISTER" else f"<sip:{self.server}@{self._domain}>"
        headers = [
            ("via", f"SIP/2.0/UDP 192.0.2.64:5060;rport;branch=z9hG4bK{self._sequence}"),
            ("from", f"{me};tag={self.id[-6:]}"),
            ("to", to),
            ("call-id", f"{self._sequence if method == 'MESSAGE' else 0}@192.0.2.64"),
            ("cseq", f"{self._sequence} {method}"),
            ("max-forwards", "70"),
        ]
        if expires is not None:
            headers += [("contact", f"<sip:{self.id}@192.0.2.64:5060>"), ("expires", str(expires))]
        if shown:
            headers.append(("authorization", shown))
        return Sip(method=method, uri=uri, headers=headers)


async def drive(host: str, port: int, device: Device, alarms: Sequence[Alarm]) -> None:
    """Registers, keeps alive once, sends the alarms one after the other, each after the answer to
    the one before; unregisters. ConnectionError when nobody answers within five seconds."""
    loop = asyncio.get_running_loop()
    heard: asyncio.Queue[bytes] = asyncio.Queue()

    class Line(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, _addr: object) -> None:
            heard.put_nowait(data)

    transport, _ = await loop.create_datagram_endpoint(Line, remote_addr=(host, port))

    async def until_answered(raw: bytes) -> None:
        """A final answer that asks nothing more; what the platform asks meanwhile is answered."""
        transport.sendto(raw)
        while True:
            try:
                told = await asyncio.wait_for(heard.get(), 5)
            except TimeoutError as error:
                raise ConnectionError("the platform does not answer") from error
            next_ = device.heard(told)
            for one in next_:
                transport.sendto(one)
            if told.startswith(b"SIP/2.0") and not next_:
                return

    try:
        await until_answered(device.register())
        await until_answered(device.keepalive())
        for alarm in alarms:
            confirmed = device.confirmed
            if raw := device.alarm(alarm):
                await until_answered(raw)
            while device.confirmed == confirmed or (alarm.method == 2 and device.waits):
                for one in device.heard(await asyncio.wait_for(heard.get(), 5)):
                    transport.sendto(one)
        await until_answered(device.register(0))
    finally:
        transport.close()
