"""What was received and not read yet, and every reason not to read for a while."""

import asyncio
from collections.abc import Callable
from enum import IntFlag


class Hold(IntFlag):
    SIGN_IN = 1  # a password is being checked
    RATE = 2  # the client is over its rate
    ROOM = 4  # too many of its messages are unsettled
    BUDGET = 8  # too many bytes of all clients are
    SLOW = 16  # it does not read what it is sent
    TURN = 32  # others have their turn


class Valve:
    """Hands bytes to `read`, which says how many it took; keeps the rest until `need` of it are
    there. Nothing is read while anything holds, so a client is made to wait by TCP itself."""

    def __init__(self, read: Callable[[bytes], int], need: Callable[[bytes], int]) -> None:
        self._read = read
        self._whole = need
        self.rest = bytearray()  # received and not read
        self._need = 0
        self._transport: asyncio.Transport | None = None
        self._shut = False
        self.holds = Hold(0)

    @property
    def unfinished(self) -> int:
        """Bytes that are there of the packet in front."""
        return min(len(self.rest), self._need)

    def open(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        if self.holds:
            transport.pause_reading()

    def shut(self) -> None:
        """From now on what comes is thrown away."""
        self._shut = True
        self.rest = bytearray()
        if self.holds and self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def received(self, data: bytes) -> None:
        if self._shut:
            return
        if self.rest or self.holds:
            self.rest += data
            if self.holds or len(self.rest) < self._need:
                return
            data = self._taken()
        self._pass(data)

    def hold(self, why: Hold) -> None:
        if not self.holds and self._transport is not None:
            self._transport.pause_reading()
        self.holds |= why

    def release(self, why: Hold) -> bool:
        """Whether it is read from again; what waits is read first."""
        if why not in self.holds:
            return False
        self.holds &= ~why
        if self.holds or self._shut or self._transport is None:
            return False
        if self.rest and len(self.rest) >= self._need:
            self._pass(self._taken())
        if self.holds or self._shut:
            return False
        self._transport.resume_reading()
        return True

    def _taken(self) -> bytes:
        data = bytes(self.rest)
        self.rest = bytearray()
        self._need = 0
        return data

    def _pass(self, data: bytes) -> None:
        taken = self._read(data)
        if taken < len(data) and not self._shut:
            self.rest = bytearray(memoryview(data)[taken:])
            self._need = self._whole(bytes(self.rest[:5]))
