"""Every database a history can be kept in, and what is in it in one form."""

import itertools
import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest

from core.clock import rfc3339
from core.codec import Unread
from core.event import Data, Recorded
from core.moment import TimeQuality
from core.postgres.database import Database, Role, parse
from projections.history import timescale
from projections.history.columns import NAMES
from projections.history.follower import Batch, History
from projections.history.open import open_history, open_reader
from projections.history.sink import Answer, HistoryReader, Keep, RollupName
from tests.fix_history import FACTS
from tests.fix_postgres import create_database, drop_database
from tests.fix_views import COMPOUND, NOON, Said

FIELDS = (
    "time", "position", "idx", "compound", "gateway", "device", "type", "subject", "origin",
    *NAMES, "rest",
)  # fmt: skip
ROLLUPS: tuple[RollupName, ...] = ("passages", "deposits", "availability")
SINCE, UNTIL = datetime(2000, 1, 1, tzinfo=UTC), datetime(2101, 1, 1, tzinfo=UTC)


class Place:
    """One database with a history in it."""

    def __init__(self, kind: str, where: Path | Database) -> None:
        self.kind, self.where = kind, where
        self._opened: list[History] = []
        self.reader: HistoryReader = open_reader(where)

    def open(self, keep: Keep | None = None, batch: Batch | None = None) -> History:
        made = open_history(self.where, keep, hypertable=self.kind == "timescale", batch=batch)
        self._opened.append(made)
        return made

    def events(self) -> list[dict[str, Any]]:
        """All rows, by place; times as RFC 3339 with milliseconds, JSON read."""
        query = f"SELECT {', '.join(FIELDS)} FROM {{}} ORDER BY position, idx"
        if isinstance(self.where, Path):
            with closing(sqlite3.connect(self.where)) as db:
                found = db.execute(query.format("events")).fetchall()
            found = [(*row[:-1], json.loads(row[-1])) for row in found]
        else:
            with self.where.connect(Role.READ) as reading:
                found = reading.execute(query.format("history.events").encode()).fetchall()
            found = [(rfc3339(row[0].astimezone(UTC)), *row[1:]) for row in found]
        return [dict(zip(FIELDS, row, strict=True)) for row in found]

    def answers(self, **asked: Any) -> dict[str, Answer]:
        """All rollups, after what is late has been aggregated."""
        self.refresh()
        wanted = {"compound": COMPOUND, "since": SINCE, "until": UNTIL, **asked}
        return {name: self.reader.rollup(name, **wanted) for name in ROLLUPS}

    def refresh(self) -> None:
        if self.kind == "timescale":
            assert isinstance(self.where, Database)
            timescale.refresh(self.where)

    def close(self) -> None:
        self.reader.close()
        for one in self._opened:
            one.close()


def offers_timescale(server: str) -> bool:
    with psycopg.connect(server) as asking:
        found = asking.execute(
            "SELECT 1 FROM pg_available_extensions WHERE name = 'timescaledb'"
        ).fetchone()
    return found is not None


@pytest.fixture
def make_place(tmp_path: Path, postgres_url: str) -> Iterator[Callable[[str], Place]]:
    """Fresh, of a kind; skips what this server cannot do."""
    made: list[tuple[Place, str]] = []

    def make(kind: str) -> Place:
        url = ""
        if kind == "sqlite":
            where: Path | Database = tmp_path / "history.db"
        else:
            if kind == "timescale" and not offers_timescale(postgres_url):
                pytest.skip("this server has no TimescaleDB: set MENWEI_TEST_POSTGRES")
            url = create_database(postgres_url)
            where = parse(url)
        made.append((Place(kind, where), url))
        return made[-1][0]

    yield make
    for place, url in made:
        place.close()
        if url:
            drop_database(url, postgres_url)


@pytest.fixture(params=["sqlite", "plain", "timescale"])
def place(make_place: Callable[[str], Place], request: pytest.FixtureRequest) -> Place:
    return make_place(request.param)


class Facts:
    """What some gateways of one compound recorded, as it came to stand in the log."""

    def __init__(self, seed: int) -> None:
        self._chance = Random(seed)
        self._gateways = {name: Said(name) for name in ("gw01", "gw02", "hub")}
        self._positions = itertools.count(1)

    def one(self, data: Data, subject: str, *, gateway: str = "gw01", **how: Any) -> Recorded:
        said = self._gateways[gateway]
        return said.stands(said.event(data, subject, **how), next(self._positions))

    def many(self, count: int) -> list[Recorded]:
        """In the order of the log: on time, days late, of clocks beyond belief, from the hub."""
        return [self._any(NOON + timedelta(seconds=97 * step)) for step in range(count)]

    def _any(self, now: datetime) -> Recorded:
        chance = self._chance
        data, kind = chance.choice(FACTS)
        gateway = chance.choices(("gw01", "gw02", "hub"), (6, 6, 1))[0]
        happened = now - timedelta(seconds=chance.choice((0, 0, 3, 1900, 86_400, 3 * 86_400)))
        told = happened
        quality: TimeQuality = "device-zone"
        match chance.randrange(12):
            case 0:
                told = datetime(2000, 1, 1, 0, 0, chance.randrange(60), tzinfo=UTC)
            case 1:
                told = datetime(2036, 2, 7, 6, 28, 16, tzinfo=UTC)
            case 2:
                quality = "gateway"
        return self.one(
            data, f"{kind}/{chance.randrange(3)}", gateway=gateway, recorded=now,
            told=rfc3339(told), quality=quality,
        )  # fmt: skip


def load(history: History, items: Sequence[Recorded | Unread], cut: int = 100) -> None:
    """In pages of so many events."""
    for start in range(0, len(items), cut):
        page = items[start : start + cut]
        history.take(page, page[-1].position, b"leaf%d" % page[-1].position)
