"""A line to a device that is simulated in the same process, and a place to hold a dialog at."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from itertools import count

import msgspec

from core.event import Draft, Media
from devices import registry
from devices.adapter import Known, Message
from devices.wire import Answer, LineLost, Source, Streamed
from tests.unit.devices.wire import SHANGHAI


class Opened(msgspec.Struct):
    status: int
    headers: Mapping[str, str]
    parts: Sequence[bytes]

    async def chunks(self) -> AsyncIterator[bytes]:
        for part in self.parts:
            yield part


class FakeLine:
    """Keeps what it was told. `listed` answers what is asked; `parts` are what the stream says,
    after which it ends."""

    def __init__(
        self,
        source: Source,
        listed: Callable[[str], tuple[int, bytes]],
        now: datetime,
        parts: Sequence[bytes] = (),
    ) -> None:
        self._source, self._listed, self._now = source, listed, now
        self.parts = list(parts)
        self.notes: dict[str, str] = {}
        self.open_gaps: list[tuple[int, int]] = []
        self.told: list[Message] = []
        self.asked: list[str] = []
        self.rests = 3  # pauses before the line is lost
        self.status = 200

    @property
    def source(self) -> Source:
        return self._source

    async def ask(
        self, method: str, target: str, body: bytes = b"", type: str = "", most: int = 4_000_000
    ) -> Answer:
        self.asked.append(target)
        status, content = self._listed(target)
        return Answer(status=status, body=content)

    def stream(
        self, method: str, target: str, body: bytes = b"", type: str = ""
    ) -> AbstractAsyncContextManager[Streamed]:
        @asynccontextmanager
        async def opened() -> AsyncIterator[Streamed]:
            kind = "multipart/x-mixed-replace; boundary=myboundary"
            yield Opened(self.status, {"content-type": kind}, self.parts)

        self.asked.append(target)
        return opened()

    async def tell(self, messages: Sequence[Message]) -> None:
        self.told += messages

    def note(self, key: str) -> str:
        return self.notes.get(key, "")

    def keep(self, key: str, value: str) -> None:
        self.notes[key] = value

    def gaps(self, device: str = "") -> Sequence[tuple[int, int]]:
        return self.open_gaps

    def now(self) -> datetime:
        return self._now

    def picture(self, content: bytes, kind: str) -> Media:
        return Media(sha256=f"{len(content)}", kind=kind, bytes=len(content))

    async def pause(self, seconds: float) -> None:
        self.rests -= 1
        if not self.rests:
            raise LineLost("enough")

    def drafts(self) -> list[Draft]:
        """Of everything it was told; nothing of it is set aside."""
        made: list[Draft] = []
        for message in self.told:
            outcome = registry.decode(message, SHANGHAI)
            assert isinstance(outcome, registry.Decoded), outcome
            made += outcome.drafts
        return made


class FakePlace:
    """Notes in memory; `now` and `missing` are free to be changed."""

    def __init__(self, now: datetime, approved: Mapping[str, Known]) -> None:
        self.moment, self.approved = now, approved
        self.notes: dict[str, str] = {}
        self.missing: dict[str, list[tuple[int, int]]] = {}
        self._nonces = count(1)

    def now(self) -> datetime:
        return self.moment

    def note(self, key: str) -> str:
        return self.notes.get(key, "")

    def secret(self, user: str) -> str | None:
        return None

    def nonce(self) -> str:
        return f"nonce-{next(self._nonces)}"

    def fresh(self, nonce: str) -> bool:
        return nonce.startswith("nonce-")

    def known(self, device: str) -> Known | None:
        return self.approved.get(device)

    def gaps(self, device: str) -> Sequence[tuple[int, int]]:
        return self.missing.get(device, [])
