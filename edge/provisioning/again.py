"""What was set aside, decoded again by today's adapters and by what is known of devices today.

What decodes goes through the intake like any delivery, with origin `replay`: ids tell what is
recorded already, and nothing opens, sounds or switches by it (I9).
"""

import asyncio
from collections.abc import Callable, Sequence

import msgspec

from devices import registry
from devices.adapter import Message, Site
from devices.shown import Shown, shown
from edge.delivery import Again, Answer, Delivery
from edge.provisioning.aside import AsideFile, Row

AT_ONCE = 500  # messages in one go ...
_BYTES = 4_000_000  # ... and about so many bytes of them
_NOT_KEPT = "not-kept"  # its bytes were not, or are erased
_CUT = "cut"  # only its beginning was
UNKNOWN = "unknown-device"


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """One message: what it is now. `reason` empty: it is decoded, by `adapter`; `events` as they
    would be (none: it is understood, and there is no fact in it). `devices` it speaks of."""

    row: Row
    payload: bytes = b""
    adapter: str = ""
    named: str = ""  # the adapter had to be named
    reason: str = ""
    detail: str = ""
    devices: tuple[str, ...] = ()
    events: tuple[Shown, ...] = ()


def tried(
    file: AsideFile, rows: Sequence[Row], site: Site, adapter: str, *, only_known: bool
) -> list[Tried]:
    """As many of `rows` as fit in one go, at least one. `adapter` empty: whichever takes it; else
    by that one. Blocks; ConfigError for a name nobody has."""
    found: list[Tried] = []
    size = 0
    for row in rows[:AT_ONCE]:
        payload, whole = file.raw(row)
        size += len(payload or b"")
        if found and size > _BYTES:
            break
        if payload is None or not whole:
            found.append(Tried(row=row, reason=_NOT_KEPT if payload is None else _CUT))
        else:
            found.append(_tried(row, payload, site, adapter, only_known))
    return found


def _tried(row: Row, payload: bytes, site: Site, adapter: str, only_known: bool) -> Tried:
    message = Message(row.topic, payload, row.media)
    outcome = registry.decode(message, site, adapter)
    named = adapter
    if isinstance(outcome, registry.Aside) and not adapter and row.adapter:
        # Whoever brought it knew whose it was: no topic says so.
        by_name = registry.decode(message, site, row.adapter)
        if isinstance(by_name, registry.Decoded):
            outcome, named = by_name, row.adapter
    if isinstance(outcome, registry.Aside):
        return Tried(row=row, adapter=outcome.adapter, reason=outcome.reason, detail=outcome.detail)
    devices = tuple(dict.fromkeys((*(one.device for one in outcome.drafts), *outcome.alive)))
    unknown = [one for one in devices if one not in site.devices] if only_known else []
    return Tried(
        row=row,
        payload=payload,
        adapter=outcome.adapter,
        named=named,
        reason=UNKNOWN if unknown else "",
        devices=devices,
        events=tuple(_replayed(one) for one in shown(outcome)),
    )


def _replayed(event: Shown) -> Shown:
    """With the origin that the intake gives it."""
    return event if event["origin"] == "backfill" else {**event, "origin": "replay"}


class Replaying:
    """Where they come from: nobody waits for a PUBACK, somebody for all of them."""

    def __init__(self, deliver: Callable[[Sequence[Delivery]], None]) -> None:
        self._deliver = deliver
        self._left = 0
        self._loop = asyncio.get_running_loop()
        self._settled: asyncio.Future[None] = self._loop.create_future()

    async def run(self, found: Sequence[Tried]) -> None:
        """Returns when every one of them is settled."""
        self._left = len(found)
        self._deliver(
            [
                Delivery(
                    one.row.topic,
                    one.payload,
                    self,
                    adapter=one.named,
                    media=one.row.media,
                    again=Again(one.row.row, one.row.first),
                )
                for one in found
            ]
        )
        await self._settled

    def settle(self, settled: Sequence[tuple[int, Answer]]) -> None:
        self._loop.call_soon_threadsafe(self._count, len(settled))

    def _count(self, settled: int) -> None:
        self._left -= settled
        if self._left <= 0 and not self._settled.done():
            self._settled.set_result(None)
