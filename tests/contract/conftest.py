"""Every test that asks for a store runs once for each backend."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.postgres.database import Database
from core.store.open import open_log, open_store
from core.store.port import EventStore, Log
from tests.contract.backends import BACKENDS, Follow, Open


@pytest.fixture(params=BACKENDS)
def where(request: pytest.FixtureRequest) -> Path | Database:
    return BACKENDS[request.param](request)


@pytest.fixture
def reopen(where: Path | Database) -> Iterator[Open]:
    """Opens the same storage again; what is left open is closed."""
    opened: list[EventStore] = []

    def opening() -> EventStore:
        opened.append(open_store(where))
        return opened[-1]

    yield opening
    for store in opened:
        store.close()


@pytest.fixture
def follow(where: Path | Database) -> Iterator[Follow]:
    """Opens the same storage as who follows it does."""
    opened: list[Log] = []

    def opening() -> Log:
        opened.append(open_log(where))
        return opened[-1]

    yield opening
    for log in opened:
        log.close()


@pytest.fixture
def store(reopen: Open) -> EventStore:
    return reopen()
