"""Pictures that go along: out of the hub's own archive, each on record before a byte leaves."""

import asyncio
import base64
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec

from core.clock import Clock, parse_rfc3339
from core.media.store import Damaged
from infra.handoff.config import Target
from infra.handoff.mapping import Made
from projections.web.accounts import Account
from projections.web.archive import Archive, Ask, NotKept

AT_ONCE = 5  # objects of one request where pictures are in it
_MOST = 3_000_000  # bytes of one picture; larger ones stay a hash
_LOOK = 1.0  # seconds
_FORMATS = {"image/jpeg": "Jpeg", "image/png": "Png", "image/bmp": "Bmp"}


class Gallery(Protocol):
    def there(self, sha256: str) -> bool:
        """Brought by its gateway, by now."""
        ...

    def take(self, sha256: str, event_id: str) -> tuple[bytes, str] | None:
        """Bytes and content type, on record as exported when this returns; None where it is not
        kept, or larger than what goes along."""
        ...


class ArchiveGallery:
    """The hub's. Any thread; every method blocks."""

    def __init__(self, archive: Archive, target: Target) -> None:
        self._archive = archive
        self._account = Account(name=f"handoff:{target.name}", role="auditor")
        self._target = target

    def there(self, sha256: str) -> bool:
        return self._archive.store.there(sha256)

    def take(self, sha256: str, event_id: str) -> tuple[bytes, str] | None:
        told = self._target.config
        ask = Ask(
            reason="security",
            unit=self._target.name,
            requester=told.requester,
            purpose=told.basis,
            event_id=event_id,
        )
        try:
            if self._archive.store.path(sha256).stat().st_size > _MOST:
                return None
            found = self._archive.look(sha256, self._account, ask, export=True)
            return b"".join(self._archive.served(found)), found.content
        except (NotKept, Damaged, FileNotFoundError):
            return None


class Pictures:
    """Puts bytes where an object has only a hash. Gateways bring pictures behind the events that
    name them, so a young event is waited with."""

    def __init__(self, gallery: Gallery, wait_s: float, clock: Clock) -> None:
        self._gallery, self._wait_s, self._clock = gallery, wait_s, clock

    async def brought(self, made: Sequence[Made], rest: Callable[[float], Awaitable[None]]) -> None:
        """Returns when they are there, or the youngest of the events is old enough."""
        waited = 0.0
        while waited < self._wait_s:
            missing = await asyncio.to_thread(self._missing, made, self._clock.now())
            if not missing:
                return
            await rest(_LOOK)
            waited += _LOOK

    def _missing(self, made: Sequence[Made], now: datetime) -> bool:
        young = (
            one.of.event
            for one in made
            if (now - parse_rfc3339(one.of.event.recordedtime)).total_seconds() < self._wait_s
        )
        wanted = (media.sha256 for event in young for media in event.data.media)
        return not all(map(self._gallery.there, wanted))

    def illustrated(self, made: Made) -> Made:
        """Blocks, for as many commits as it has pictures."""
        images: list[dict[str, Any]] = []
        shown = False
        for image in made.body["SubImageList"]["SubImageInfoObject"]:
            sha256 = image["StoragePath"].removeprefix("sha256:")
            taken = self._gallery.take(sha256, made.of.event.id) if sha256 else None
            if taken is not None:
                content, kind = taken
                data = base64.b64encode(content).decode()
                image = {**image, "Data": data, "FileFormat": _FORMATS.get(kind, "Jpeg")}
                shown = True
            images.append(image)
        body = {**made.body, "SubImageList": {"SubImageInfoObject": images}}
        return msgspec.structs.replace(made, body=body, personal=made.personal or shown)
