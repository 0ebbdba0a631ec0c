"""Every test that asks for a store runs once for each backend."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.store.port import EventStore
from tests.contract.backends import BACKENDS, Open


@pytest.fixture(params=BACKENDS)
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Opens the same storage again; what is left open is closed."""
    opened: list[EventStore] = []
    with BACKENDS[request.param](tmp_path) as open_backend:

        def opening() -> EventStore:
            opened.append(open_backend())
            return opened[-1]

        yield opening
        for store in opened:
            store.close()


@pytest.fixture
def store(open_store: Open) -> EventStore:
    return open_store()
