"""Hostile requests to the HTTP intake: what devices post, mutated as a whole or in its body."""

import asyncio
import logging
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random
from urllib.parse import quote

from devices.adapter import Message
from devices.wire import Place
from edge.counters import Counters
from edge.delivery import Answer, Delivery
from edge.durable_link import DurableLink
from edge.http.config import Http, Resolved, resolve
from edge.http.connection import Connection
from edge.http.context import Context
from tests.fuzz.mutate import mutated
from tests.property.test_http_intake import SOUND, Flow, Transport

_DIALOGS = (
    "iclock/cdata?SN=SN1&table=rtlog", "iclock/cdata?SN=SN1&options=all&DeviceType=acc",
    "iclock/getrequest?SN=SN1", "iclock/devicecmd?SN=SN1", "VIID/System/Register", "VIID/Faces",
    "VIID/System/Keepalive", "VIID/SubscribeNotifications", "VIID/Community/PersonInfos",
)  # fmt: skip
_MOST = 200_000  # bytes of one connection's stream


def _open() -> Resolved:
    with tempfile.TemporaryDirectory() as folder:
        told = Http(allow=("0.0.0.0/0",), max_body=100_000, rate=1_000_000, burst=1_000_000)
        return resolve(Path(folder) / "edge.toml", "http", told, media=False)


_SETTINGS = _open()


class _Nothing:
    def keep(self, notes: Mapping[str, str]) -> None:
        pass


def maker(seeds: Sequence[Message], place: Place) -> Callable[[Random], Callable[[], str]]:
    """Steps of this way in; `place` is where dialogs are held."""
    logging.getLogger("edge.http").setLevel(logging.CRITICAL)  # each refusal is a line otherwise
    whole = [Message("", one) for one in SOUND] + [Message("", _posted(one)) for one in seeds]

    def make(rng: Random) -> Callable[[], str]:
        if rng.random() < 0.5:
            stream = b"".join(mutated(rng, whole).payload for _ in range(rng.randrange(1, 3)))
        else:
            one = mutated(rng, seeds)
            target = rng.choice(_DIALOGS) if rng.random() < 0.3 else quote(one.topic)
            stream = _posted(Message(target, one.payload))
        size = rng.choice((50, 1400, 65_536))
        return lambda: asyncio.run(_spoken(stream[:_MOST], size, place))

    return make


def _posted(one: Message) -> bytes:
    kind = "application/xml" if one.payload[:1] == b"<" else "application/json"
    head = (
        f"POST /{one.topic} HTTP/1.1\r\nHost: gate\r\nContent-Type: {kind}\r\n"
        f"Content-Length: {len(one.payload)}\r\n\r\n"
    )
    return head.encode("utf-8", "replace") + one.payload


async def _spoken(stream: bytes, size: int, place: Place) -> str:
    taken = 0

    def deliver(deliveries: Sequence[Delivery]) -> None:
        nonlocal taken
        taken += len(deliveries)
        for one in deliveries:
            one.link.settle([(one.packet, Answer.STORED)])

    context = Context(
        _SETTINGS, DurableLink(deliver), lambda *_: None, place, _Nothing(), None, Counters()
    )
    reader, transport = asyncio.StreamReader(), Transport()
    writer = asyncio.StreamWriter(transport, Flow(), reader, asyncio.get_running_loop())
    running = asyncio.create_task(Connection(context, reader, writer, "192.0.2.1").run())
    for start in range(0, len(stream), size):
        reader.feed_data(stream[start : start + size])
        if start % (16 * size) == 0:
            await asyncio.sleep(0)
    reader.feed_eof()
    async with asyncio.timeout(30):
        await running
    context.close()
    assert "fault" not in context.counters.refused, context.counters.refused
    assert not context.fatal.done()
    assert context.counters.unfinished_bytes == 0
    said = bytes(transport.said)
    assert not said or said.startswith(b"HTTP/1.1 ")
    assert b"HTTP/1.1 500" not in said
    return f"{said.count(b'HTTP/1.1 200')} x 200" if said else "no answer"
