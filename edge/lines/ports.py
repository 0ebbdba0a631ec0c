"""Ports where devices converse by TCP or UDP: bounded, and an answer only after the commit."""

import asyncio
import contextlib
import logging
from collections import OrderedDict, deque
from typing import Any, cast

from core.errors import EnvironmentFault, FatalError
from core.tasks import end
from devices.registry import FAULTS
from devices.wire import Place, Talk, Turn
from edge.delivery import Answer
from edge.durable_link import DurableLink
from edge.lines.config import Listening

log = logging.getLogger("edge.lines")

_READ = 65_536
_WRITE = 20.0  # seconds a peer may take to read an answer
_TALKING = 64  # UDP addresses being answered; who comes beyond sends again
_OF_PEER = 16  # datagrams waiting of one address

Address = tuple[Any, ...]


class _Refused(Exception):
    """There was no room for what it said: no answer is true, so it hears none."""


class Port:
    """Owns one listening port and who talks there. If we die, nobody was answered too early."""

    def __init__(self, listening: Listening, place: Place, link: DurableLink) -> None:
        self._settings, self._place, self._link = listening, place, link
        self._server: asyncio.Server | None = None
        self._datagrams: _Datagrams | None = None
        self._open: set[asyncio.Task[None]] = set()
        # Who was never answered, by the order of coming: makes room for who comes.
        self._unheard: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._aborted: set[asyncio.Task[None]] = set()  # of those, until they have ended
        self._fatal: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.port = 0
        self.refused = 0  # connections and datagrams beyond what is taken, and what had no room

    async def run(self) -> None:
        """After `start`: ends only by raising what a conversation met that is fatal (I8)."""
        await self._fatal

    async def start(self) -> None:
        """EnvironmentFault when the port cannot be opened."""
        settings = self._settings
        loop = asyncio.get_running_loop()
        try:
            if settings.transport == "tcp":
                self._server = await asyncio.start_server(
                    self._connected, settings.host, settings.port, limit=_READ
                )
                self.port = self._server.sockets[0].getsockname()[1]
            else:
                transport, self._datagrams = await loop.create_datagram_endpoint(
                    lambda: _Datagrams(self), local_addr=(settings.host, settings.port)
                )
                self.port = transport.get_extra_info("sockname")[1]
        except OSError as error:
            raise EnvironmentFault(
                f"line {settings.name}: cannot listen on {settings.host}, "
                f"{settings.transport} port {settings.port}: {error.strerror or error}. "
                f"Free the port or choose another in table `lines.{settings.name}`."
            ) from error
        log.info("%s on %s port %d", settings.kind, settings.transport, self.port)

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        await end(*self._open, *self._aborted)
        if self._datagrams is not None:
            await self._datagrams.stop()
        await asyncio.sleep(0)  # what was closed is let go
        if self._server is not None:
            await self._server.wait_closed()
        self._fatal.cancel()

    def talk(self, peer: str) -> Talk:
        return self._settings.converse.open(self._place, peer)

    async def turned(self, turn: Turn) -> bytes:
        """Its messages are durable when this returns. _Refused: they never will be, and it has to
        say them again; who talks there may remember them as answered, so that ends with it."""
        if await self._link.tell(turn.messages) is not Answer.STORED:
            self.refused += 1
            raise _Refused
        return turn.answer

    def failed(self, error: BaseException) -> None:
        """Of one conversation: ours on bytes nobody foresaw, or fatal to all."""
        if isinstance(error, FatalError):
            if not self._fatal.done():
                self._fatal.set_exception(error)
            return
        self.refused += 1
        log.error("%s: a conversation could not go on", self._settings.name, exc_info=error)

    @property
    def most(self) -> int:
        return self._settings.max_peers

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        if len(self._open) >= self._settings.max_peers:
            self.refused += 1
            if not self._unheard or len(self._aborted) >= self._settings.max_peers:
                writer.close()  # the second: those wait for a disk
                return
            silent = next(iter(self._unheard))
            self._unheard.pop(silent).transport.abort()
            self._open.discard(silent)
            self._aborted.add(silent)
        self._open.add(task)
        self._unheard[task] = writer
        try:
            await self._converse(reader, writer, task)
        except (OSError, TimeoutError, _Refused):
            pass  # gone, or it does not read; nothing is owed
        except (FatalError, *FAULTS) as error:
            self.failed(error)
        except asyncio.CancelledError:
            pass  # we stop; Python 3.11 would log each of these as an error
        finally:
            self._open.discard(task)
            self._aborted.discard(task)
            self._unheard.pop(task, None)
            writer.close()

    async def _converse(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        task: "asyncio.Task[None]",
    ) -> None:
        peer = (writer.get_extra_info("peername") or ("",))[0]
        talk = self.talk(peer)
        while data := await asyncio.wait_for(reader.read(_READ), self._settings.idle_s):
            for turn in talk.received(data):
                answer = await self.turned(turn)
                if answer:
                    self._unheard.pop(task, None)
                    writer.write(answer)
                    async with asyncio.timeout(_WRITE):
                        await writer.drain()
                if turn.end:
                    return


class _Datagrams(asyncio.DatagramProtocol):
    """Owns the talks of a UDP port, newest last, and what waits for each. One address is answered
    in order; none waits for another's commit."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._talks: OrderedDict[Address, Talk] = OrderedDict()
        self._waiting: dict[Address, deque[bytes]] = {}  # of those that are being worked off
        self._tasks: set[asyncio.Task[None]] = set()
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: Address) -> None:
        waiting = self._waiting.get(addr)
        if waiting is None and len(self._waiting) < _TALKING:
            self._waiting[addr] = deque([data])
            task = asyncio.create_task(self._work(addr), name="datagrams")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        elif waiting is not None and len(waiting) < _OF_PEER:
            waiting.append(data)
        else:
            self._port.refused += 1

    async def stop(self) -> None:
        await end(*self._tasks)
        if self._transport is not None:
            self._transport.close()

    async def _work(self, addr: Address) -> None:
        waiting = self._waiting[addr]
        talk = self._talk(addr)
        try:
            while waiting:
                for turn in talk.received(waiting.popleft()):
                    answer = await self._port.turned(turn)
                    if answer and self._transport is not None:
                        with contextlib.suppress(OSError):
                            self._transport.sendto(answer, addr)
        except _Refused:
            self._talks.pop(addr, None)
        except (FatalError, *FAULTS) as error:
            self._talks.pop(addr, None)
            self._port.failed(error)
        finally:
            del self._waiting[addr]

    def _talk(self, addr: Address) -> Talk:
        talk = self._talks.pop(addr, None) or self._port.talk(str(addr[0]))
        self._talks[addr] = talk
        if len(self._talks) > self._port.most:
            self._talks.popitem(last=False)
        return talk
