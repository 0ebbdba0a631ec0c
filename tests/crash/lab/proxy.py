"""A TCP proxy with bad weather, one event loop in a thread of its own.

It delays, cuts into single bytes, starves, resets, leaves connections half open, swallows
everything, and drops single MQTT packets.
"""

import asyncio
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, TypeVar

import msgspec

from tests.fix_broker import PATIENCE

PUBLISH, PUBACK = 3, 4  # MQTT packet types
_T = TypeVar("_T")
Drop = Callable[[bytes], bool]  # one whole MQTT packet


class Weather(msgspec.Struct, frozen=True, kw_only=True):
    """What happens to bytes on their way; the default is a clear day."""

    latency: float = 0.0  # seconds, each way
    slice: int = 65536  # bytes a segment
    bandwidth: int = 0  # bytes a second, 0: as it comes
    black_hole: bool = False  # connections stand, nothing passes
    drop: Drop | None = None


CLEAR = Weather()


class Splitter:
    """A byte stream into whole MQTT packets; what is not whole yet is kept."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        self._rest += data
        packets: list[bytes] = []
        while (size := packet_size(self._rest)) is not None and len(self._rest) >= size:
            packets.append(self._rest[:size])
            self._rest = self._rest[size:]
        return packets


def packet_size(data: bytes) -> int | None:
    """Of the packet at the beginning, with its fixed header; None while that is not known."""
    length, shift = 0, 0
    for index, byte in enumerate(data[1:5], 1):
        length |= (byte & 0x7F) << shift
        if byte < 0x80:
            return 1 + index + length
        shift += 7
    return None


def packet_type(packet: bytes) -> int:
    return packet[0] >> 4


def topic_of(packet: bytes) -> str:
    """Of a PUBLISH; empty for other packets."""
    if packet_type(packet) != PUBLISH:
        return ""
    start = 1
    while packet[start] >= 0x80:
        start += 1
    (length,) = struct.unpack_from(">H", packet, start + 1)
    return packet[start + 3 : start + 3 + length].decode("utf-8", "replace")


class Proxy:
    """Listens on `port`, forwards to `upstream`. Its methods may be called from any thread."""

    def __init__(self, upstream: int) -> None:
        self._upstream = upstream
        self._weather = CLEAR
        self._loop = asyncio.new_event_loop()
        self._pairs: set[_Pair] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._thread.start()
        self._server = self._call(asyncio.start_server(self._accept, "127.0.0.1", 0))
        self.port: int = self._server.sockets[0].getsockname()[1]

    @property
    def weather(self) -> Weather:
        return self._weather

    @weather.setter
    def weather(self, weather: Weather) -> None:
        self._weather = weather

    def reset(self) -> None:
        """Both ends of every connection get a RST."""
        self._call(self._each(_Pair.reset))

    def half_open(self) -> None:
        """The far end is gone, and nobody tells the near one."""
        self._call(self._each(_Pair.forget))

    def close(self) -> None:
        self._call(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __enter__(self) -> "Proxy":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def _call(self, work: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    async def _each(self, act: "Callable[[_Pair], None]") -> None:
        for pair in list(self._pairs):
            act(pair)

    async def _stop(self) -> None:
        self._server.close()
        for pair in list(self._pairs):
            pair.reset()
        tasks = [one for one in asyncio.all_tasks() if one is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._upstream)
        except OSError:
            _abort(writer)
            return
        pair = _Pair(writer, far_writer)
        self._pairs.add(pair)
        try:
            await asyncio.wait(
                [
                    asyncio.create_task(self._pump(reader, far_writer, pair)),
                    asyncio.create_task(self._pump(far_reader, writer, pair)),
                ],
                return_when=asyncio.ALL_COMPLETED,
            )
        finally:
            pair.end()
            self._pairs.discard(pair)

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, pair: "_Pair"
    ) -> None:
        splitter = Splitter()
        try:
            while data := await reader.read(65536):
                for packet in splitter.feed(data):
                    await self._carry(packet, writer, pair)
        except OSError:
            pass
        if not pair.forgotten:
            pair.end()

    async def _carry(self, packet: bytes, writer: asyncio.StreamWriter, pair: "_Pair") -> None:
        """One packet through the weather of this moment."""
        weather = self._weather
        if weather.latency:
            await asyncio.sleep(weather.latency)
        if weather.drop is not None and weather.drop(packet):
            return
        for start in range(0, len(packet), weather.slice):
            while self._weather.black_hole:  # noqa: ASYNC110 - set from another thread
                await asyncio.sleep(0.02)
            if pair.forgotten:
                return
            part = packet[start : start + weather.slice]
            writer.write(part)
            await writer.drain()
            if weather.bandwidth:
                await asyncio.sleep(len(part) / weather.bandwidth)
            elif weather.slice < 64:
                await asyncio.sleep(0)


class _Pair:
    """Two ends of one connection."""

    def __init__(self, near: asyncio.StreamWriter, far: asyncio.StreamWriter) -> None:
        self._near, self._far = near, far
        self.forgotten = False

    def reset(self) -> None:
        _abort(self._near)
        _abort(self._far)

    def forget(self) -> None:
        self.forgotten = True
        _abort(self._far)

    def end(self) -> None:
        self._near.close()
        self._far.close()


def _abort(writer: asyncio.StreamWriter) -> None:
    """Closes with a RST."""
    sock: socket.socket | None = writer.get_extra_info("socket")
    if sock is not None and sock.fileno() >= 0:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
