"""How devices talk that do more than publish: they push by HTTP and expect an answer, want to be
asked, or open a TCP or UDP conversation. Here is only what both sides of that agree on.

Everything of a vendor is pure or is handed its line: sockets, clocks and secrets belong to
`edge/`. Whatever is handed over as messages is durable before the vendor's answer leaves (I1).
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

import msgspec

from core.event import Media
from devices.adapter import Known, Message

NO_HEADERS: Mapping[str, str] = {}


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One HTTP request of a device, whole. `client`: who it proved to be; empty where it proved
    nothing and comes from an address that is allowed to. Header names are lower case."""

    method: str
    path: str  # decoded, without query
    query: Mapping[str, str] = {}
    headers: Mapping[str, str] = NO_HEADERS
    body: bytes = b""
    client: str = ""
    peer: str = ""  # address


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What the device hears once all its messages are durable."""

    status: int = 200
    body: bytes = b""
    type: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = NO_HEADERS


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """What a turn of a dialog comes to. `notes` are kept after the messages are durable, so that
    dying in between asks the device again and never too little."""

    messages: Sequence[Message] = ()
    reply: Reply = Reply()
    notes: Mapping[str, str] = NO_HEADERS


class Place(Protocol):
    """What a dialog or conversation may know of where it is held."""

    def now(self) -> datetime:
        """The gateway's time, with its zone."""
        ...

    def note(self, key: str) -> str:
        """What was noted, also by an earlier life; empty when nothing was."""
        ...

    def secret(self, user: str) -> str | None:
        """A device's password, for schemes that need it in the clear (digest)."""
        ...

    def nonce(self) -> str:
        """Unguessable, good for some minutes."""
        ...

    def fresh(self, nonce: str) -> bool:
        """Whether `nonce` gave it, recently."""
        ...

    def known(self, device: str) -> Known | None:
        """What the installer told of it; None: nothing at all."""
        ...

    def gaps(self, device: str) -> Sequence[tuple[int, int]]:
        """The device's own record numbers that are missing, both ends included."""
        ...


class Dialog(msgspec.Struct, frozen=True, kw_only=True):
    """Requests to a path of its own. `own_digest`: it asks for credentials itself, so requests
    reach it unproven. `most`: bytes of a body it takes (pictures are in it)."""

    paths: tuple[str, ...]  # prefixes, without the slash at the end
    turn: Callable[[Request, Place], Exchange]
    own_digest: bool = False
    most: int = 8_000_000


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """As `Exchange`, of a conversation over TCP or UDP. `end`: hang up afterwards."""

    messages: Sequence[Message] = ()
    answer: bytes = b""
    end: bool = False


class Talk(Protocol):
    """One TCP connection, or what comes from one UDP address. Bounded in memory whatever comes."""

    def received(self, data: bytes) -> Sequence[Turn]:
        """Any cut of the stream, or one datagram. Never raises."""
        ...


class Converse(msgspec.Struct, frozen=True, kw_only=True):
    transports: tuple[Literal["tcp", "udp"], ...]
    port: int  # the usual one
    open: Callable[[Place, str], Talk]  # (place, peer)


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    status: int
    headers: Mapping[str, str] = NO_HEADERS  # lower case
    body: bytes = b""


class Streamed(Protocol):
    """An answer that does not end."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    def chunks(self) -> AsyncIterator[bytes]: ...


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A device that is to be asked, as the installer told. `options`: of its kind."""

    device: str
    kind: str
    url: str
    user: str = ""
    options: Mapping[str, str] = {}


class Line(Protocol):
    """The way to one such device. Credentials (basic, digest) and time limits are its business.
    `LineLost` whenever the device is not there or says no: whoever runs the follower begins it
    again after a pause that grows."""

    @property
    def source(self) -> Source: ...

    async def ask(
        self, method: str, target: str, body: bytes = b"", type: str = "", most: int = 4_000_000
    ) -> Answer: ...

    def stream(
        self, method: str, target: str, body: bytes = b"", type: str = ""
    ) -> AbstractAsyncContextManager[Streamed]:
        """Silent for longer than `options["silence_s"]` (default 60): LineLost."""
        ...

    async def tell(self, messages: Sequence[Message]) -> None:
        """Returns when they are durable. LineLost when there was no room for one, except in the
        middle of a stream: then the refusal is on record, and the stream goes on."""
        ...

    def note(self, key: str) -> str: ...

    def keep(self, key: str, value: str) -> None:
        """Durable when it returns. Only of what was told before."""
        ...

    def gaps(self, device: str = "") -> Sequence[tuple[int, int]]:
        """Of its own record numbers; `device`: as its events name it, where that is another word
        than the installer's."""
        ...

    def now(self) -> datetime: ...

    def picture(self, content: bytes, kind: str) -> Media:
        """A picture that came along, by its hash; kept, where pictures are."""
        ...

    async def pause(self, seconds: float) -> None: ...


@runtime_checkable
class Sworn(Protocol):
    """A line that also tells the password, for schemes that prove it inside the message."""

    def secret(self) -> str:
        """Empty where there is none."""
        ...


class LineLost(Exception):
    """Not there, not willing, or gone quiet; the text is for the operator."""


class Follow(Protocol):
    """For as long as the device answers; returns never, or raises LineLost."""

    async def __call__(self, line: Line, /) -> None: ...


class Support(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the page of what is supported."""

    device: str  # as its maker calls it
    by: Literal["MQTT", "HTTP push", "HTTP pull", "TCP", "UDP", "file"]
    events: tuple[str, ...]  # stored type names
    direction: Literal["in", "out", "both"] = "in"
    backfill: str = ""  # how gaps are filled; empty: they are not
    tested: Literal["sample", "description", "device"] = "description"
