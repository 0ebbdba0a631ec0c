"""Two hundred devices of seven kinds over real sockets, each in sessions that end as links do."""

import asyncio
import contextlib
import itertools
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import msgspec

from devices import hikvision
from devices.gb28181.simulate import Alarm
from devices.gb28181.simulate import Device as AlarmCamera
from devices.gb28181.simulate import drive as drive_alarms
from devices.jt808.simulate import Fix, Terminal
from devices.jt808.simulate import drive as drive_truck
from devices.wire import Reply, Request
from devices.zkteco.simulate import Call
from devices.zkteco.simulate import Terminal as Turnstile
from tests.bench.loadgen import connect_packet, publish_packet

_FACE = json.loads((Path(hikvision.__path__[0]) / "samples" / "face-granted.json").read_bytes())
_BEGUN = datetime(2026, 3, 2, tzinfo=UTC)
_PATIENCE = 30.0
Session = Callable[[], Awaitable[int]]  # → facts that were acknowledged in it


class Ports(msgspec.Struct, frozen=True):
    mqtt: int
    http: int
    trucks: int
    alarms: int


class Fleet:
    """Owns the devices' own counters. A session that breaks loses nothing: the device sends again
    what was not acknowledged."""

    def __init__(self, ports: Ports, rng: Random, secrets: dict[str, str]) -> None:
        self.ports, self._rng, self._secrets = ports, rng, secrets
        self.broken = 0  # sessions cut on purpose before they were answered

    def native(self, name: str) -> Session:
        """MQTT; every third session ends without DISCONNECT, every tenth before the PUBACK."""
        counted = itertools.count(1)
        waiting: list[int] = []

        async def session() -> int:
            waiting.extend(next(counted) for _ in range(3 - len(waiting)))
            reader, writer = await asyncio.open_connection("127.0.0.1", self.ports.mqtt)
            try:
                writer.write(connect_packet(name))
                async with asyncio.timeout(_PATIENCE):
                    await reader.readexactly(4)
                for packet, record in enumerate(waiting, 1):
                    writer.write(
                        publish_packet(f"site/access/{name}", _opened(name, record), packet)
                    )
                if self._rng.random() < 0.1:
                    self.broken += 1
                    writer.transport.abort()
                    return 0
                async with asyncio.timeout(_PATIENCE):
                    await reader.readexactly(4 * len(waiting))
                done = len(waiting)
                waiting.clear()
                if self._rng.random() < 0.67:
                    writer.write(b"\xe0\x00")
                return done
            finally:
                await _closed(writer)

        return session

    def pushing(self, mac: str) -> Session:
        """HTTP, one connection a post, as terminals do; every tenth is cut in its body."""
        counted = itertools.count(1)
        waiting: list[int] = []

        async def session() -> int:
            if not waiting:
                waiting.append(next(counted))
            body = _face(mac, waiting[0])
            head = (
                f"POST /hikvision/{mac} HTTP/1.1\r\nHost: gate\r\n"
                f"Authorization: Bearer {self._secrets[mac]}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            )
            reader, writer = await asyncio.open_connection("127.0.0.1", self.ports.http)
            try:
                if self._rng.random() < 0.1:
                    self.broken += 1
                    writer.write(head.encode() + body[:40])
                    await writer.drain()
                    writer.transport.abort()
                    return 0
                writer.write(head.encode() + body)
                async with asyncio.timeout(_PATIENCE):
                    status = await reader.readline()
                if b" 200 " not in status:
                    return 0
                waiting.clear()
                return 1
            finally:
                await _closed(writer)

        return session

    def turnstile(self, serial: str) -> Session:
        """ZKTeco PUSH: a connection a request; every session greets anew, as after a power cut."""
        terminal = Turnstile(serial)
        counted = itertools.count()

        async def session() -> int:
            terminal.ready = False
            at = _BEGUN + timedelta(minutes=15 * next(counted))
            terminal.happened(at, 0, pin="7")
            await asyncio.to_thread(terminal.turn, self._call)
            return 1 if terminal.ready else 0

        return session

    def _call(self, request: Request) -> Reply:
        from devices.zkteco.simulate import caller

        call: Call = caller("127.0.0.1", self.ports.http)
        return call(request)

    def truck(self, phone: str) -> Session:
        terminal = Terminal(phone)
        counted = itertools.count()

        async def session() -> int:
            number = next(counted)
            fixes = [
                Fix(at=_BEGUN + timedelta(minutes=15 * number, seconds=30 * step), speed=20.0)
                for step in range(3)
            ]
            async with asyncio.timeout(_PATIENCE):
                await drive_truck("127.0.0.1", self.ports.trucks, terminal, fixes)
            return len(fixes)

        return session

    def camera(self, id: str) -> Session:
        device = AlarmCamera(id, self._secrets[id])
        counted = itertools.count()

        async def session() -> int:
            at = _BEGUN + timedelta(minutes=15 * next(counted))
            alarms = [Alarm(at=at, method=5, kind=5, description="")]
            async with asyncio.timeout(_PATIENCE):
                await drive_alarms("127.0.0.1", self.ports.alarms, device, alarms)
            return 1

        return session


def _opened(name: str, record: int) -> bytes:
    at = _BEGUN + timedelta(seconds=record * 300)
    envelope = {
        "specversion": "1.0", "id": f"{name}-{record}", "source": f"/devices/{name}",
        "type": "door.opened.v1", "time": at.isoformat(), "data": {"cause": "grant"},
    }  # fmt: skip
    return json.dumps(envelope).encode()


def _face(mac: str, record: int) -> bytes:
    alert = json.loads(json.dumps(_FACE))
    alert["macAddress"] = ":".join(mac[at : at + 2] for at in range(0, 12, 2))
    alert["dateTime"] = (_BEGUN + timedelta(minutes=15 * record)).isoformat()
    alert["AccessControllerEvent"] |= {"serialNo": record, "frontSerialNo": record - 1}
    return json.dumps(alert, ensure_ascii=False).encode()


async def _closed(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
