"""A gateway's key changes hands at a start, before the intake runs.

    ordered       gateway.key.next is there (`menwei edge rotate-key`)
    handed over   the last event of the old journal says so, signed by both keys
    remembered    gateway.keys has the old public key, and the secret that must outlive it
    done          gateway.key is the new one, and the old one is gone; the newest journal file is a
                  former key's, so a new epoch begins (`edge.journals`)

Whoever dies between two of them goes on from there at the next start. Nothing is recorded between,
and nothing that was recorded depends on the old key any more: what waits goes as it was signed.
"""

import logging
from pathlib import Path

import msgspec

from core import codec, handover
from core.batch import Lane, parse
from core.clock import Clock, rfc3339
from core.event import Data, Event, source_of
from core.events.key import Rotated
from core.keyhistory import said_in
from core.keys import Signer
from edge import formerkeys, journals
from edge.journal import MEMORY, EdgeJournal
from edge.journals import Journals
from edge.known import Memory

log = logging.getLogger("edge")

NAME = "gateway.key"


class Place(msgspec.Struct, frozen=True):
    """Where a gateway keeps its key, and how it is called."""

    folder: Path
    compound: str
    gateway: str


def finish(
    place: Place, signer: Signer, clock: Clock, hub_key: bytes, memory: Memory = MEMORY
) -> Signer:
    """As whom the gateway speaks from here on."""
    folder, compound, gateway = place.folder, place.compound, place.gateway
    new = handover.ordered(folder / NAME)
    if new is None:
        return signer
    found = journals.open_journals(folder, signer, clock, hub_key, memory)
    try:
        if not _said(found.active, new):
            tails = [
                journals.tail(one, signer.public)
                for one in found.streams
                if one is not found.active.streams[Lane.URGENT] and one.head.number
            ]
            over = handover.rotated(
                "gateway", signer, new, compound=compound, gateway=gateway,
                tails=[one for one in tails if not one.key],
            )  # fmt: skip
            _commit(place, found, over, clock)
    finally:
        found.close()
    formerkeys.add(folder, signer)
    handover.complete(folder / NAME)
    log.warning("the key is %s now, handed over by %s", new.public.hex(), signer.public.hex())
    return new


def _said(active: EdgeJournal, new: Signer) -> bool:
    """Whether a life before this one got so far."""
    stream = active.streams[Lane.URGENT]
    newest = stream.read(stream.head.number - 1, 1) if stream.head.number else ()
    return any(
        isinstance(data, Rotated) and data.new == new.public.hex()
        for stored in newest
        for _, data in said_in(parse(stored.state))
    )


def _commit(place: Place, found: Journals, over: Rotated, clock: Clock) -> None:
    """Behind what a fresh epoch must begin with."""
    now = rfc3339(clock.now())

    def event(data: Data, name: str) -> bytes:
        return codec.encode(
            Event(
                id=f"gw:key:{name}",
                source=source_of(place.compound, place.gateway, place.gateway),
                type=data.TYPE,
                subject=f"gateway/{place.gateway}",
                time=now,
                recordedtime=now,
                timequality="gateway",
                data=data,
            )
        )

    said = [event(data, f"{over.new}:{at}") for at, data in enumerate(found.findings)]
    found.active.commit({Lane.URGENT: [*said, event(over, over.new)]})
