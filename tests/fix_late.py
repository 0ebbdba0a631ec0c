"""Logs whose batches came when they came: gateways whose lines were away now and then."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec
from hypothesis import strategies as st

from core import codec
from core.batch import Head, Journal
from core.catalog import CATALOG
from core.clock import parse_rfc3339
from core.event import Event, Recorded
from core.writer import BatchWriter
from projections import pages
from projections.hindsight import Past
from tests.fix_core import signer_of
from tests.fix_history import Drawn, drawn, events
from tests.fix_views import NOON, MemoryLog

_BYTES = 10_000_000  # bytes of one read
_DELAYS = (0, 0, 0, 0, 2, 59, 61, 600, 3 * 86_400)  # seconds from the last record to the hub


class Life(msgspec.Struct, frozen=True):
    """What two gateways recorded, how it was cut into batches, and how long each was under way."""

    draws: tuple[list[Drawn], list[Drawn]]
    cuts: list[int]
    delays: list[int]


def lives(size: int = 24) -> st.SearchStrategy[Life]:
    return st.builds(
        Life,
        draws=st.tuples(drawn(size=size), drawn(size=size)),
        cuts=st.lists(st.integers(1, 5), min_size=1, max_size=3),
        delays=st.lists(st.sampled_from(_DELAYS), min_size=1, max_size=6),
    )


def lived(life: Life) -> MemoryLog:
    """In the order in which batches came."""
    arriving: list[tuple[datetime, int, int, list[Event]]] = []
    for number, draws in enumerate(life.draws, start=1):
        rest = events(draws, gateway=f"gw{number:02d}", offset_ms=number)
        ready, turn = NOON, 0
        while rest:
            size = life.cuts[turn % len(life.cuts)]
            some, rest = rest[:size], rest[size:]
            delay = timedelta(seconds=life.delays[(turn + number) % len(life.delays)])
            # A journal comes in its order.
            ready = max(ready, parse_rfc3339(some[-1].recordedtime) + delay)
            arriving.append((ready, number, turn, some))
            turn += 1
    log = MemoryLog()
    writers = {
        number: BatchWriter(Journal(signer_of(number).public, 1), signer_of(number), Head())
        for number in (1, 2)
    }
    for received, number, _, some in sorted(arriving, key=lambda one: one[:3]):
        batches = writers[number].batches([codec.encode(one) for one in some], NOON)
        log.append([batch.stored() for batch in batches], received)
        writers[number].advance(batches)
    return log


def moments(log: MemoryLog) -> list[Past]:
    """Of every batch, known now."""
    found = []
    for position in range(1, log.head() + 1):
        received = log.received_at(position)
        assert received is not None
        found.append(Past(position, round(received.timestamp() * 1000), log.head()))
    return found


def recorded(log: MemoryLog, after: int, upto: int) -> Sequence[Recorded]:
    page = pages.read(log, CATALOG, after, upto, _BYTES)
    found: list[Recorded] = []
    while page is not None:
        found += [one for one in page.items if isinstance(one, Recorded)]
        page = pages.read(log, CATALOG, page.last.id, upto, _BYTES)
    return found
