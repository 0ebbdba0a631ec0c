"""A ZKTeco terminal on the wire, of either dialect: it says hello, uploads, sends again what was
not answered, polls for commands and does them.

`Terminal.turn` does what the firmware does between two pauses; whom it talks to is handed in: the
dialog itself, or `caller`, which is HTTP.
"""

import http.client
from collections.abc import Callable
from datetime import datetime
from typing import Literal
from urllib.parse import urlencode

import msgspec

from devices.wire import Reply, Request
from devices.zkteco.record import packed

Call = Callable[[Request], Reply]
_BATCH = 20  # records of one upload


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One record in the terminal's memory. `at`: by its own wall clock."""

    index: int
    at: datetime
    event: int
    pin: str = "0"
    card: str = "0"
    door: int = 1
    verified: str = "15"
    way: int = 0


class Terminal:
    """Owns the records. What is above `_sent` was not answered yet."""

    def __init__(self, serial: str, kind: Literal["acc", "att"] = "acc") -> None:
        self.serial, self.kind = serial, kind
        self.events: list[Event] = []
        self.commands: list[str] = []  # done, as they were told
        self.ready = False
        self._sent = 0
        self._results: list[str] = []

    def happened(self, at: datetime, event: int, **about: str | int) -> Event:
        made = Event(index=len(self.events) + 1, at=at, event=event, **about)  # type: ignore[arg-type]
        self.events.append(made)
        return made

    def forget(self, count: int) -> None:
        """Records that never get out by themselves: the network was away, and the terminal
        thinks they are sent."""
        self._sent += count

    def turn(self, call: Call) -> None:
        """Hello until it is let in, then uploads, one poll and the results of its commands."""
        if not self.ready:
            self.ready = self._hello(call)
            if not self.ready:
                return
        self._upload(call)
        poll = call(self._request("GET", "getrequest"))
        for line in poll.body.decode().splitlines():
            if line.startswith("C:"):
                self._do(line, call)
        if self._results:
            body = "\n".join(self._results).encode()
            if call(self._request("POST", "devicecmd", body=body)).status == 200:
                self._results.clear()

    def _hello(self, call: Call) -> bool:
        more = {"options": "all", "pushver": "3.1.2" if self.kind == "acc" else "2.4.1"}
        if self.kind == "acc":
            more["DeviceType"] = "acc"
        answer = call(self._request("GET", "cdata", b"", **more))
        if self.kind == "att":
            return answer.body.startswith(b"GET OPTION FROM: " + self.serial.encode())
        if not answer.body.startswith(b"registry=ok"):
            return False
        told = call(self._request("POST", "registry", body=b"DeviceType=acc,~DeviceName=sim"))
        return told.body.startswith(b"RegistryCode=") and (
            call(self._request("POST", "push")).status == 200
        )

    def _upload(self, call: Call) -> None:
        while self._sent < len(self.events):
            batch = self.events[self._sent : self._sent + _BATCH]
            table = "rtlog" if self.kind == "acc" else "ATTLOG"
            more = {} if self.kind == "acc" else {"Stamp": str(batch[-1].index)}
            answer = call(
                self._request("POST", "cdata", body=self._body(batch), table=table, **more)
            )
            right = b"OK" if self.kind == "acc" else f"OK: {len(batch)}".encode()
            if answer.status != 200 or answer.body.strip() != right:
                return  # the same ones next time
            self._sent += len(batch)

    def _do(self, line: str, call: Call) -> None:
        _, number, told = line.split(":", 2)
        self.commands.append(told)
        found = self._queried(told)
        answer = call(
            self._request(
                "POST", "querydata", body=_transactions(found), type="tabledata", cmdid=number,
                tablename="transaction", count=str(len(found)), packcnt="1", packidx="1",
            )
        )  # fmt: skip
        taken = answer.body.strip() == f"transaction={len(found)}".encode()
        self._results.append(f"ID={number}&Return={len(found) if taken else -1}&CMD=DATA QUERY")

    def _queried(self, told: str) -> list[Event]:
        named = dict(
            part.split("=", 1) for part in told.partition("filter=")[2].split("\t") if "=" in part
        )
        start, end = named.get("StartTime", ""), named.get("EndTime", "9")
        return [each for each in self.events if start <= f"{each.at:%Y-%m-%d %H:%M:%S}" <= end]

    def _body(self, events: list[Event]) -> bytes:
        return "\n".join(_row(each, self.kind) for each in events).encode() + b"\n"

    def _request(self, method: str, word: str, body: bytes = b"", **query: str) -> Request:
        return Request(
            method=method,
            path=f"/iclock/{word}",
            query={"SN": self.serial} | query,
            headers={"user-agent": "iClock Proxy/1.09"},
            body=body,
        )


def _row(event: Event, kind: str) -> str:
    at = f"{event.at:%Y-%m-%d %H:%M:%S}"
    if kind == "att":
        return f"{event.pin}\t{at}\t{event.way}\t{event.verified}\t0\t0\t0"
    return (
        f"time={at}\tpin={event.pin}\tcardno={event.card}\teventaddr={event.door}"
        f"\tevent={event.event}\tinoutstatus={event.way}\tverifytype={event.verified}"
        f"\tindex={event.index}\tsitecode=0\tlinkid=0\tmaskflag=255\ttemperature=255"
        "\tconvtemperature=255"
    )


def _transactions(events: list[Event]) -> bytes:
    """As the terminal answers a query: other names, and its own seconds."""
    rows = [
        f"transaction cardno={each.card}\tpin={each.pin}\tverified={each.verified}"
        f"\tdoorid={each.door}\teventtype={each.event}\tinoutstate={each.way}"
        f"\ttime_second={packed(each.at)}\tindex={each.index}"
        for each in events
    ]
    return "\n".join(rows).encode()


def caller(host: str, port: int) -> Call:
    """Over HTTP, one connection a request, as this firmware does."""

    def call(request: Request) -> Reply:
        connection = http.client.HTTPConnection(host, port, timeout=10)
        try:
            target = f"{request.path}?{urlencode(request.query)}"
            connection.request(request.method, target, request.body, dict(request.headers))
            answer = connection.getresponse()
            return Reply(status=answer.status, body=answer.read())
        finally:
            connection.close()

    return call
