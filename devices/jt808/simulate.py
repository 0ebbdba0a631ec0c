"""A JT/T 808 vehicle terminal: registers, authenticates, reports, and keeps what was not answered.

`Terminal` is the protocol without a line; `drive` puts one on TCP.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime

import msgspec

from devices.jt808.frame import MOST_BODY, Frame, Head, pieces, read, written
from devices.jt808.location import GMT8


class Fix(msgspec.Struct, frozen=True, kw_only=True):
    """Where it stands; degrees may be south and west, speed km/h."""

    at: datetime
    lat: float = 31.230416
    lon: float = 121.473701
    altitude: int = 4
    speed: float = 0.0
    heading: int = 0
    alarm: int = 0
    positioned: bool = True
    running: bool = True
    mileage: float | None = None  # km
    fuel: float | None = None  # l


class Terminal:
    """Owns its serial number, and the reports nobody has answered yet (bodies, oldest first)."""

    def __init__(self, phone: str, edition: int = 1, code: str = "", serial: int = 0) -> None:
        """`phone`: 12 digits for edition 2013 (`edition` -1), 20 for 2019."""
        self.phone = phone.zfill(12 if edition < 0 else 20)
        self.edition = edition
        self.code = code
        self.unanswered: dict[int, bytes] = {}
        self.results: list[tuple[int, int]] = []  # (kind, result) of what the platform answered
        self._serial = serial

    def register(self, plate: str = "沪A12345", colour: int = 2) -> bytes:
        maker, model, number = (5, 20, 7) if self.edition < 0 else (11, 30, 30)
        body = (
            bytes.fromhex("001f0071")
            + b"MW001".ljust(maker, b"\x00")
            + b"RT-808".ljust(model, b"\x00")
            + b"T000001".ljust(number, b"\x00")
        )
        return self._sent(0x0100, body + bytes([colour]) + plate.encode("gb18030"))

    def authenticate(self) -> bytes:
        code = self.code.encode("gb18030")
        if self.edition < 0:
            return self._sent(0x0102, code)
        told = bytes([len(code)]) + code + b"860000000000001" + b"V1.0".ljust(20, b"\x00")
        return self._sent(0x0102, told)

    def heartbeat(self) -> bytes:
        return self._sent(0x0002, b"")

    def logout(self) -> bytes:
        return self._sent(0x0003, b"")

    def report(self, fix: Fix) -> bytes:
        """Remembered until it is answered."""
        body = located(fix)
        self.unanswered[self._serial] = body
        return self._sent(0x0200, body)

    def again(self) -> list[bytes]:
        """All that was not answered, in one batch from a blind area; in subpackages if it must.
        It is answered as a whole."""
        if not self.unanswered:
            return []
        bodies = list(self.unanswered.values())
        self.unanswered.clear()
        body = len(bodies).to_bytes(2, "big") + b"\x01"
        body += b"".join(len(one).to_bytes(2, "big") + one for one in bodies)
        parts = [body[at : at + MOST_BODY] for at in range(0, len(body), MOST_BODY)]
        if len(parts) == 1:
            return [self._sent(0x0704, body)]
        return [
            self._sent(0x0704, part, len(parts), number) for number, part in enumerate(parts, 1)
        ]

    def heard(self, data: bytes) -> None:
        """Whole frames of the platform."""
        for piece in pieces(data):
            frame = read(piece)
            if frame.head.kind == 0x8100 and len(frame.body) >= 3:
                self.results.append((0x0100, frame.body[2]))
                if frame.body[2] == 0:
                    self.code = frame.body[3:].decode("gb18030")
            elif frame.head.kind == 0x8001:
                self._answered(frame)

    def _answered(self, frame: Frame) -> None:
        serial, kind = (int.from_bytes(frame.body[at : at + 2], "big") for at in (0, 2))
        self.results.append((kind, frame.body[4]))
        if frame.body[4] == 0:
            self.unanswered.pop(serial, None)

    def _sent(self, kind: int, body: bytes, packages: int = 1, package: int = 1) -> bytes:
        head = Head(
            kind=kind, phone=self.phone, serial=self._serial, edition=self.edition,
            packages=packages, package=package,
        )  # fmt: skip
        self._serial = (self._serial + 1) % 65_536
        return written(head, body)


def located(fix: Fix) -> bytes:
    """The body of a location report."""
    status = fix.running | fix.positioned << 1 | (fix.lat < 0) << 2 | (fix.lon < 0) << 3
    body = fix.alarm.to_bytes(4, "big") + status.to_bytes(4, "big")
    body += round(abs(fix.lat) * 1e6).to_bytes(4, "big")
    body += round(abs(fix.lon) * 1e6).to_bytes(4, "big")
    body += (fix.altitude % 65_536).to_bytes(2, "big")
    body += round(fix.speed * 10).to_bytes(2, "big") + fix.heading.to_bytes(2, "big")
    body += bytes.fromhex(fix.at.astimezone(GMT8).strftime("%y%m%d%H%M%S"))
    if fix.mileage is not None:
        body += b"\x01\x04" + round(fix.mileage * 10).to_bytes(4, "big")
    if fix.fuel is not None:
        body += b"\x02\x02" + round(fix.fuel * 10).to_bytes(2, "big")
    return body


async def drive(host: str, port: int, terminal: Terminal, fixes: Sequence[Fix]) -> None:
    """Registers where it has no code yet, authenticates, sends what waits, then one report for
    each fix, each after the answer to the one before. ConnectionError when the platform hangs
    up; what it did not answer stays with the terminal."""
    reader, writer = await asyncio.open_connection(host, port)
    try:
        if not terminal.code:
            await _asked(reader, writer, terminal, terminal.register())
        await _asked(reader, writer, terminal, terminal.authenticate())
        for part in (again := terminal.again()):
            writer.write(part)
        for _ in again:
            terminal.heard(await _frame(reader))
        await _asked(reader, writer, terminal, terminal.heartbeat())
        for fix in fixes:
            await _asked(reader, writer, terminal, terminal.report(fix))
    finally:
        writer.close()
        await writer.wait_closed()


async def _asked(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, terminal: Terminal, frame: bytes
) -> None:
    writer.write(frame)
    await writer.drain()
    terminal.heard(await _frame(reader))


async def _frame(reader: asyncio.StreamReader) -> bytes:
    try:
        await reader.readuntil(b"\x7e")
        return b"\x7e" + await reader.readuntil(b"\x7e")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
        raise ConnectionError("the platform hung up before it answered") from error
