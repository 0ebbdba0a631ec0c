"""Simulated devices that converse, on real sockets, with the talks of their adapters."""

import asyncio
from datetime import UTC, datetime
from typing import cast

from core.event import Draft
from devices import registry
from devices.gb28181 import simulate as gb28181
from devices.gb28181.talk import Conversation as SipConversation
from devices.jt808 import simulate as jt808
from devices.jt808.talk import Conversation as TerminalConversation
from devices.wire import Talk
from tests.unit.devices.here import Here
from tests.unit.devices.wire import SHANGHAI

AT = datetime(2026, 3, 1, 23, 41, 9, tzinfo=UTC)
ID = "34020000001320000007"


def taken(talk: Talk, data: bytes, into: list[Draft]) -> list[bytes]:
    """The answers; what was handed over is read before."""
    answers: list[bytes] = []
    for turn in talk.received(data):
        for message in turn.messages:
            outcome = registry.decode(message, SHANGHAI)
            assert isinstance(outcome, registry.Decoded), outcome
            into += outcome.drafts
        answers += [turn.answer] if turn.answer else []
    return answers


def test_a_terminal_reports_and_sends_again_what_was_not_answered() -> None:
    asyncio.run(_terminal())


def test_a_camera_registers_alarms_and_is_reset() -> None:
    asyncio.run(_camera())


async def _terminal() -> None:
    found: list[Draft] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = TerminalConversation(Here(), "127.0.0.1")
        while data := await reader.read(7):
            for answer in taken(talk, data, found):
                writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        terminal = jt808.Terminal("13800138000", 1)
        terminal.report(jt808.Fix(at=AT))  # on a line nobody heard
        fixes = [jt808.Fix(at=AT.replace(minute=minute)) for minute in (42, 43)]
        await jt808.drive("127.0.0.1", port, terminal, fixes)
    assert not terminal.unanswered
    assert [draft.data.TYPE for draft in found] == [
        "device.connected.v1",
        *["vehicle.positioned.v1"] * 3,
    ]
    assert [draft.origin for draft in found[1:]] == ["backfill", "live", "live"]


async def _camera() -> None:
    found: list[Draft] = []

    class Platform(asyncio.DatagramProtocol):
        def __init__(self) -> None:
            self.talk = SipConversation(Here({ID: "p4ss"}), "127.0.0.1")

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = cast("asyncio.DatagramTransport", transport)

        def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
            for answer in taken(self.talk, data, found):
                self.transport.sendto(answer, addr)

    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Platform, local_addr=("127.0.0.1", 0))
    try:
        port = transport.get_extra_info("sockname")[1]
        known = gb28181.Device(ID, "p4ss")
        alarm = gb28181.Alarm(at=AT, method=2, kind=1)
        later = gb28181.Alarm(at=AT.replace(minute=50), method=2, kind=2)
        await gb28181.drive("127.0.0.1", port, known, [alarm, later])
    finally:
        transport.close()
    assert [draft.data.TYPE for draft in found] == [
        "camera.video.lost.v1",
        "device.tampered.v1",
        "device.lost.v1",
    ]
