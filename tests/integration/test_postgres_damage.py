"""Damage in the server's files: never an answer with less (core.store.port)."""

from collections.abc import Callable

import psycopg
import pytest

from core.errors import FatalError
from core.postgres.database import parse
from core.store.postgres import PostgresEventStore
from tests.contract.rows import A, run
from tests.fix_core import START
from tests.fix_postgres import Server

_PAGE = 8192


@pytest.mark.parametrize("which", ["log.stored_events", "log.arrivals"])
def test_a_flipped_byte_is_fatal_when_it_is_read(mortal: Server, which: str) -> None:
    url = mortal.create("menwei")
    store = PostgresEventStore(parse(url))
    store.append(run(A, 1, 300, size=100), START)
    with psycopg.connect(url) as asking:
        row = asking.execute("SELECT pg_relation_filepath(%s)", (which,)).fetchone()
    assert row is not None
    mortal.stop()
    path = mortal.data / row[0]
    content = bytearray(path.read_bytes())
    content[_PAGE + _PAGE // 2 if len(content) > _PAGE else _PAGE // 2] ^= 1
    path.write_bytes(content)
    mortal.start()
    reading: dict[str, Callable[[], object]] = {
        "log.stored_events": lambda: store.read(0, 1_000, 10**9),
        "log.arrivals": lambda: [store.received_at(position) for position in range(1, 301)],
    }
    with pytest.raises(FatalError, match="invalid page"):
        reading[which]()
    store.close()
