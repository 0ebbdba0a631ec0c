"""A hub that keeps pictures: a gateway that brings them, and what the log says of it."""

import hashlib
import zlib
from collections.abc import Sequence
from typing import Any, TypeVar

import httpx

from core import codec
from core.batch import parse
from core.event import Data, Event, Media, Recorded
from core.events.door import Forced
from core.keys import Signer
from core.media.credential import Piece
from tests.fix_hub import HubRig
from tests.unit.web.conftest import Caller

DataT = TypeVar("DataT", bound=Data)
WHY = {"reason": "incident", "unit": "物业安保部"}


def picture(seed: int = 0, size: int = 12) -> bytes:
    """A small PNG, each seed another one."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4) + kind + body + zlib.crc32(kind + body).to_bytes(4)

    grey = bytes((seed * 37 + at) % 256 for at in range(size))
    rows = b"".join(b"\0" + grey for _ in range(size))
    head = size.to_bytes(4) * 2 + bytes((8, 0, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )  # fmt: skip


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Bringer:
    """The gateway of a rig, over HTTP."""

    def __init__(self, caller: Caller, signer: Signer | None = None) -> None:
        self.caller = caller
        self.signer = signer or caller.rig.signer

    def put(
        self,
        content: bytes,
        *,
        name: str = "",
        offset: int = 0,
        total: int | None = None,
        device: str = "cam-03",
    ) -> httpx.Response:
        """`content` is the piece; of a whole picture it is the picture."""
        piece = Piece(
            sha256=name or sha256(content),
            offset=offset,
            total=len(content) if total is None else total,
            device=device,
            content=content,
        )
        headers = dict(piece.headers(self.signer))
        return self.caller.ask(
            "PUT", f"/api/v1/media/{piece.sha256}", role=None, headers=headers, content=content
        )

    def kept(self, content: bytes, **more: Any) -> str:
        """Brought, and known to the index."""
        answered = self.put(content, **more)
        assert answered.status_code == 201, answered.text
        self.caller.rig.settle()
        return sha256(content)


def named(rig: HubRig, content: bytes, subject: str = "door/gate-south") -> Event:
    """An event that names it."""
    media = (Media(sha256=sha256(content), kind="scene", bytes=len(content)),)
    event = rig.event(Forced(media=media), subject, at=rig.clock.now())
    rig.add([event])
    return event


def told(rig: HubRig, kind: type[DataT]) -> Sequence[DataT]:
    """What the hub's own journal says, oldest first."""
    return [one.event.data for one in recorded(rig) if isinstance(one.event.data, kind)]


def recorded(rig: HubRig) -> Sequence[Recorded]:
    found: list[Recorded] = []
    for one in rig.log.read(0, 10_000, 1 << 30):
        found += [
            item
            for item in codec.recorded(parse(one.state), one.id, rig.desk.catalog)
            if isinstance(item, Recorded)
        ]
    return found
