"""A hub's log with a gateway's events in it, and a sender that follows it."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from core import codec, sealing
from core.batch import Head, Journal
from core.catalog import CATALOG
from core.event import Data, Event, Personal, Recorded, source_of
from core.events import camera, vehicle
from core.keystore import KeyStore
from core.ownjournal import OwnJournal
from core.store.sqlite import SQLiteEventStore
from core.writer import BatchWriter
from infra.handoff.config import Handoff, Target
from infra.handoff.mark import Mark
from infra.handoff.sender import Sender
from projections import pages
from tests.fix_core import START, FixedClock, signer_of

US = "34020000002000000001"  # who we are there
CAMERA = "34020000001190000001"


class Rig:
    """Owns the store; `sender` may be made again over it, as after a restart."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = SQLiteEventStore(folder / "log.db")
        self.keys = KeyStore(folder / "keys.db")
        self.clock = FixedClock()
        self.own = OwnJournal(self.store, signer_of(4), self.clock, self.keys)
        gateway = signer_of(1)
        self._writer = BatchWriter(Journal(gateway.public, 1), gateway, Head())
        self._number = 0
        self.rests: list[float] = []

    def close(self) -> None:
        self.store.close()
        self.keys.close()

    def face(self, device: str = CAMERA, compound: str = "jinxiu") -> Event:
        return self._event(camera.FaceCaptured(), device, compound)

    def passed(self, plate: str = "", device: str = "gate-1") -> Event:
        """`plate`: sealed by the hub itself, so that it can be opened here."""
        data: Data = vehicle.Passed(plate_color="5", plate_class="02", vehicle_type="K33")
        made = self._event(data, device, "jinxiu")
        if plate:
            personal = Personal(
                kind="plate", identifier=plate, fields={"plate": plate}, purpose="vehicle",
                into="plate_ref",
            )  # fmt: skip
            sealed = sealing.seal(self.keys, personal, data, made.id, START)
            self.keys.flush()
            made = msgspec.structs.replace(made, data=sealed)
        return made

    def feed(self, events: Sequence[Event]) -> None:
        """One batch of a gateway's."""
        batches = self._writer.batches([codec.encode(one) for one in events], START)
        self.store.append([one.stored() for one in batches], START)
        self._writer.advance(batches)

    def target(self, port: int, **told: Any) -> Target:
        config = Handoff(
            url=f"http://127.0.0.1:{port}",
            device=US,
            user="menwei",
            password_file="",
            basis="Order 799 art. 20",
            since="start",
            **told,
        )
        return Target(name="bureau", config=config, password="p4ss", zone=ZoneInfo("Asia/Shanghai"))

    async def sender(
        self,
        target: Target,
        *,
        append: Callable[[Sequence[Event]], int] | None = None,
        rest: Callable[[float], Any] | None = None,
    ) -> Sender:
        async def at_once(seconds: float) -> None:
            self.rests.append(seconds)
            self.clock.move(timedelta(seconds=seconds))
            await asyncio.sleep(0)

        made = Sender(
            target,
            self.store,
            append or self.own.append,
            self.own.unseal,
            Mark(self.folder / "handoff", target.name),
            self.clock,
            rest or at_once,
        )
        await made.begin()
        return made

    def recorded(self) -> Iterator[Recorded]:
        after = 0
        while page := pages.read(self.store, CATALOG, after, None, 1_000_000):
            yield from (one for one in page.items if isinstance(one, Recorded))
            after = page.last.id

    def told(self, cls: type[Any]) -> list[Any]:
        return [one.event.data for one in self.recorded() if isinstance(one.event.data, cls)]

    def _event(self, data: Data, device: str, compound: str) -> Event:
        self._number += 1
        return Event(
            id=f"{device}:{self._number}",
            source=source_of(compound, "gw-1", device),
            type=data.TYPE,
            subject=f"camera/{device}",
            time="2026-11-21T16:00:00+08:00",
            recordedtime="2026-11-21T08:00:00.500Z",
            data=data,
        )


async def through(sender: Sender) -> None:
    """Until all that is in the log is handed on."""
    while await sender.step():
        pass
