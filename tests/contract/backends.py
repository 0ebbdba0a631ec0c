"""The event stores that the port's contract is tested with."""

from collections.abc import Callable
from pathlib import Path

import pytest

from core.postgres.database import Database, parse
from core.store.port import EventStore, Log

Open = Callable[[], EventStore]
Follow = Callable[[], Log]
# Gives a place for this test alone.
Backend = Callable[[pytest.FixtureRequest], Path | Database]


def sqlite(request: pytest.FixtureRequest) -> Path:
    directory: Path = request.getfixturevalue("tmp_path")
    return directory / "log.db"


def postgres(request: pytest.FixtureRequest) -> Database:
    return parse(request.getfixturevalue("database_url"))


BACKENDS: dict[str, Backend] = {"sqlite": sqlite, "postgres": postgres}
