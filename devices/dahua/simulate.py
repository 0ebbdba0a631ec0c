"""A Dahua terminal on the wire: uploads, both event streams, its list of passages, digest.

`Terminal` is the device, with what it remembers; `serve` puts it on a loopback port, as its own
web server would be.
"""

import asyncio
import hashlib
import re
import secrets
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import msgspec
import orjson

from devices.adapter import Message

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00 not a picture of anybody \xff\xd9"
_BOUNDARY = "myboundary"


class Passage(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the terminal's list. `second`: Unix time as the terminal counts it."""

    number: int
    second: int
    user: str = ""
    card: str = ""
    door: int = 0
    method: int = 15
    error: int = 0
    way: str = "Entry"

    def fields(self) -> dict[str, Any]:
        return {
            "UserID": self.user,
            "CardNo": self.card,
            "Door": self.door,
            "ErrorCode": self.error,
            "Method": self.method,
            "ReaderID": "1",
            "Status": 0 if self.error else 1,
            "Type": self.way,
            "UserType": 0,
        }


class Terminal:
    """Owns the list of passages. With `numbers` it puts their numbers into what it sends live."""

    def __init__(
        self, device: str, mac: str, *, numbers: bool = False, boundary: str = _BOUNDARY
    ) -> None:
        self.topic = f"dahua/{device}"
        self.passages: list[Passage] = []
        self.boundary = boundary
        self._mac, self._numbers = mac, numbers

    def passed(self, at: datetime, **about: Any) -> Passage:
        """Somebody at the door, whether or not anybody listens."""
        made = Passage(number=len(self.passages) + 1, second=int(at.timestamp()), **about)
        self.passages.append(made)
        return made

    def uploaded(self, *passages: Passage) -> Message:
        """As it pushes them by HTTP, JSON 2.0."""
        events = [
            {
                "Code": "AccessControl",
                "Action": "Pulse",
                "Index": passage.door,
                "Data": self._live(passage),
                "PhysicalAddress": self._mac,
            }
            for passage in passages
        ]
        return Message(self.topic, orjson.dumps({"Events": events, "Time": "2026-03-02 07:41:09"}))

    def streamed(self, passage: Passage) -> bytes:
        """As eventManager says it."""
        data = orjson.dumps(self._live(passage), option=orjson.OPT_INDENT_2)
        head = f"Code=AccessControl;action=Pulse;index={passage.door};data="
        return head.encode() + data

    def snapped(self, passage: Passage) -> bytes:
        """As snapManager says it."""
        base = {
            "EventBaseInfo.Action": "Pulse",
            "EventBaseInfo.Code": "AccessControl",
            "EventBaseInfo.Index": passage.door,
            "ImageInfo[0].Height": 360,
            "ImageInfo[0].Length": len(JPEG),
            "ImageInfo[0].Offset": 0,
            "ImageInfo[0].Type": 1,
        }
        told = base | self._live(passage)
        return "\r\n".join(f"Events[0].{name}={value}" for name, value in told.items()).encode()

    def part(self, body: bytes, kind: str = "text/plain") -> bytes:
        head = f"--{self.boundary}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        return head.encode() + body + b"\r\n\r\n"

    def heartbeat(self) -> bytes:
        return self.part(b"Heartbeat")

    def listed(self, target: str) -> tuple[int, bytes]:
        """recordFinder's answer: status and body."""
        asked = {name: values[-1] for name, values in parse_qs(urlsplit(target).query).items()}
        if asked.get("name") != "AccessControlCardRec":
            return 400, b"Error\r\nBad Request!\r\n"
        first, last = int(asked.get("StartTime", 0)), int(asked.get("EndTime", 2**40))
        rows = [each for each in self.passages if first <= each.second <= last]
        page = rows[: int(asked.get("count", 100))]
        lines = [f"totalCount={len(rows)}", f"found={len(page)}"]
        for index, passage in enumerate(page):
            told = {"RecNo": passage.number, "CreateTime": passage.second, **passage.fields()}
            lines += [f"records[{index}].{name}={value}" for name, value in told.items()]
        return 200, "\r\n".join(lines).encode() + b"\r\n"

    def _live(self, passage: Passage) -> dict[str, Any]:
        told = passage.fields() | {"UTC": passage.second, "RealUTC": passage.second}
        if passage.method == 15:
            told["Similarity"] = 91
        if self._numbers:
            told["RecNo"] = passage.number
        return told


_PARAMETER = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,]+))')


class Digest:
    """RFC 7616 as the device does it: MD5, qop auth, one nonce a start."""

    realm = "Login to simulated device"

    def __init__(self, user: str, password: str) -> None:
        self._secret = f"{user}:{self.realm}:{password}"
        self._nonce = secrets.token_hex(16)

    def challenge(self) -> str:
        return f'Digest realm="{self.realm}", qop="auth", nonce="{self._nonce}", opaque="1"'

    def proven(self, method: str, authorization: str) -> bool:
        told = {name: quoted or bare for name, quoted, bare in _PARAMETER.findall(authorization)}
        if told.get("nonce") != self._nonce:
            return False
        tail = f"{told.get('nc')}:{told.get('cnonce')}:{told.get('qop')}"
        asked = _md5(f"{method}:{told.get('uri')}")
        return told.get("response") == _md5(f"{_md5(self._secret)}:{self._nonce}:{tail}:{asked}")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


class Server:
    """The terminal's web server. `say` sends a part to everybody who has attached."""

    def __init__(self, terminal: Terminal, user: str, password: str) -> None:
        self.terminal = terminal
        self._digest = Digest(user, password)
        self._attached: list[asyncio.StreamWriter] = []
        self._talks: dict[asyncio.StreamWriter, asyncio.Task[None] | None] = {}
        self._server: asyncio.Server | None = None

    async def start(self) -> int:
        """The port it is on."""
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in self._talks:
            writer.close()
        await asyncio.gather(*(talk for talk in self._talks.values() if talk is not None))
        if self._server is not None:
            await self._server.wait_closed()

    @property
    def attached(self) -> int:
        return len(self._attached)

    async def say(self, part: bytes) -> None:
        for writer in list(self._attached):
            writer.write(part)
            await writer.drain()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._talks[writer] = asyncio.current_task()
        try:
            while await self._turn(reader, writer):
                pass
            await reader.read()  # who has attached says nothing more
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        if writer in self._attached:
            self._attached.remove(writer)
        writer.close()
        try:
            await writer.wait_closed()
        except ConnectionError:
            pass  # it hung up first
        del self._talks[writer]

    async def _turn(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """False when the connection is no longer for asking."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        request, *lines = head.split("\r\n")
        method, target, _ = request.split(" ", 2)
        headers = dict(_headers(lines))
        if not self._digest.proven(method, headers.get("authorization", "")):
            _answer(writer, 401, b"", {"WWW-Authenticate": self._digest.challenge()})
        elif "attach" in target:
            kind = f"multipart/x-mixed-replace; boundary={self.terminal.boundary}"
            writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n\r\n".encode())
            writer.write(self.terminal.heartbeat())
            self._attached.append(writer)
            return False
        else:
            _answer(writer, *self.terminal.listed(unquote(target)))
        await writer.drain()
        return True


def _headers(lines: list[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            yield name.strip().lower(), value.strip()


def _answer(
    writer: asyncio.StreamWriter, status: int, body: bytes, headers: Mapping[str, str] | None = None
) -> None:
    more = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
    head = f"HTTP/1.1 {status} -\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n"
    writer.write(f"{head}{more}\r\n".encode() + body)
