"""A library of GA/T 1400 on a loopback port: our own receiver, and what others answer instead."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable
from urllib.parse import urlsplit

import h11

from devices.adapter import Message
from devices.gat1400.dialog import turn
from devices.wire import Reply, Request
from tests.unit.devices.here import Here

Answer = Callable[[Request], Reply]


class Library:
    """Keeps what was handed over, and the paths it was asked for. `instead` answers objects in
    the receiver's place, once each."""

    def __init__(self, user: str, password: str) -> None:
        self.here = Here({user: password})
        self.taken: list[Message] = []
        self.asked: list[str] = []
        self.posts: list[bytes] = []
        self.instead: deque[Answer] = deque()
        self.port = 0

    def forget(self) -> None:
        """As after a restart without memory."""
        self.here.notes.clear()

    def answer(self, request: Request) -> Reply:
        self.asked.append(request.path)
        if not request.path.startswith("/VIID/System/"):
            self.posts.append(request.body)
            if self.instead:
                return self.instead.popleft()(request)
        made = turn(request, self.here)
        self.taken += made.messages
        self.here.notes.update(made.notes)
        return made.reply

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = h11.Connection(h11.SERVER)
        asked: h11.Request | None = None
        body = bytearray()
        with contextlib.closing(writer):
            while True:
                event = connection.next_event()
                if event is h11.NEED_DATA:
                    connection.receive_data(await reader.read(65_536))
                elif isinstance(event, h11.Request):
                    asked = event
                elif isinstance(event, h11.Data):
                    body += event.data
                elif isinstance(event, h11.EndOfMessage) and asked is not None:
                    reply = self.answer(_request(asked, bytes(body)))
                    writer.write(_sent(connection, reply))
                    await writer.drain()
                    return
                else:
                    return


def _request(asked: h11.Request, body: bytes) -> Request:
    return Request(
        method=asked.method.decode(),
        path=urlsplit(asked.target.decode()).path,
        headers={name.decode(): value.decode() for name, value in asked.headers},
        body=body,
        peer="127.0.0.1",
    )


def _sent(connection: h11.Connection, reply: Reply) -> bytes:
    headers = [("content-type", reply.type), ("content-length", str(len(reply.body)))]
    headers += list(reply.headers.items())
    parts = (
        h11.Response(status_code=reply.status, headers=headers),
        h11.Data(data=reply.body),
        h11.EndOfMessage(),
    )
    return b"".join(connection.send(part) or b"" for part in parts)


@contextlib.asynccontextmanager
async def library(user: str, password: str) -> AsyncIterator[Library]:
    made = Library(user, password)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    async with server:
        made.port = server.sockets[0].getsockname()[1]
        yield made
