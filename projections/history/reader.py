"""What the history answers: the same question, order and figures from every database."""

import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection

from core.clock import rfc3339
from core.errors import EnvironmentFault, Unavailable
from core.postgres.database import Database, Role
from core.postgres.faults import told
from core.store.queries import queries
from projections.history import rollups
from projections.history.postgres import SQL
from projections.history.sink import (
    MOST_ROWS,
    Answer,
    DepositHour,
    DeviceDay,
    PassageHour,
    RollupName,
)

_LITE = queries(Path(__file__).with_name("sqlite.sql"))
_HALF_HOURS = 48
_PATIENCE = {"statement_timeout": "10s"}


class SQLiteReader:
    """history.db, opened read-only for each question: the file may be of another process, and
    need not be there yet."""

    def __init__(self, path: Path, name: str = "history") -> None:
        self._path, self._name = path, name

    def position(self) -> int:
        found = self._ask(_LITE["select_stand"], (self._name,))
        return int(found[0][1]) if found else 0

    def rollup(
        self,
        name: RollupName,
        compound: str,
        since: datetime,
        until: datetime,
        subject: str | None = None,
    ) -> Answer:
        limits = rollups.micros(since), rollups.micros(until)
        if name == "availability":
            limits = rollups.first_day(limits[0]), rollups.first_day(limits[1])
        asked = {
            "compound": compound, "since": limits[0], "until": limits[1], "subject": subject,
            "most": MOST_ROWS + 1,
        }  # fmt: skip
        return _ANSWERS[name](self._ask(_LITE[name], asked), _text, rollups.day_text)

    def close(self) -> None:
        """Nothing is held."""

    def _ask(self, query: str, asked: Mapping[str, object] | Sequence[object]) -> list[Any]:
        try:
            db = sqlite3.connect(f"{self._path.resolve().as_uri()}?mode=ro", uri=True)
            try:
                return db.execute(query, asked).fetchall()
            finally:
                db.close()
        except sqlite3.OperationalError as error:
            raise Unavailable(f"history {self._path}: {error}") from error


class PostgresReader:
    """One connection in the role READ, with TimescaleDB or without: the names are the same.

    The history's own process makes its tables and says what is wrong with the database. Until it
    has, they are away for who asks here."""

    def __init__(self, database: Database, name: str = "history") -> None:
        self._database, self._name = database, name
        self._lock = threading.Lock()
        self._connection: Connection[Any] | None = None

    def position(self) -> int:
        found = self._ask(SQL["select_stand"], (self._name,))
        return int(found[0][1]) if found else 0

    def rollup(
        self,
        name: RollupName,
        compound: str,
        since: datetime,
        until: datetime,
        subject: str | None = None,
    ) -> Answer:
        limits: tuple[object, object] = since, until
        if name == "availability":
            limits = _day(since), _day(until)
        asked = {
            "compound": compound, "since": limits[0], "until": limits[1], "subject": subject,
            "most": MOST_ROWS + 1,
        }  # fmt: skip
        return _ANSWERS[name](self._ask(SQL[name], asked), _utc, date.isoformat)

    def close(self) -> None:
        with self._lock:
            self._drop()

    def _ask(self, query: bytes, asked: Mapping[str, object] | Sequence[object]) -> list[Any]:
        try:
            with self._lock, told("history"):
                return self._asked(query, asked)
        except EnvironmentFault as fault:
            raise Unavailable(str(fault)) from fault

    def _asked(self, query: bytes, asked: Mapping[str, object] | Sequence[object]) -> list[Any]:
        if self._connection is None or self._connection.closed:
            self._connection = self._database.connect(Role.READ, settings=_PATIENCE)
        try:
            return self._connection.execute(query, asked).fetchall()
        except psycopg.Error:
            self._drop()
            raise

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _day(moment: datetime) -> date:
    return date(1970, 1, 1) + timedelta(days=rollups.first_day(rollups.micros(moment)))


def _text(time: int) -> str:
    return rfc3339(rollups.moment(time))


def _utc(moment: datetime) -> str:
    return rfc3339(moment.astimezone(UTC))


Moment = Callable[[Any], str]
Day = Callable[[Any], str]


def _passages(rows: Sequence[Any], moment: Moment, _: Day) -> list[PassageHour]:
    return [
        PassageHour(
            subject=subject, hour=moment(hour), granted=granted, denied=denied, taken=taken,
            vehicles=vehicles,
        )
        for subject, hour, granted, denied, taken, vehicles in rows
    ]  # fmt: skip


def _deposits(rows: Sequence[Any], moment: Moment, _: Day) -> list[DepositHour]:
    return [
        DepositHour(
            subject=subject, hour=moment(hour), category=category, deposits=deposits, net_g=net_g,
            unweighed=unweighed,
        )
        for subject, hour, category, deposits, net_g, unweighed in rows
    ]  # fmt: skip


def _availability(rows: Sequence[Any], moment: Moment, day_text: Day) -> list[DeviceDay]:
    return [
        DeviceDay(
            gateway=gateway, device=device, day=day_text(day), events=events, lost=lost,
            first=None if first is None else moment(first),
            last=None if last is None else moment(last),
            availability=heard.bit_count() / _HALF_HOURS,
        )
        for gateway, device, day, events, lost, first, last, heard in rows
    ]  # fmt: skip


_ANSWERS: Mapping[RollupName, Callable[[Sequence[Any], Moment, Day], Answer]] = {
    "passages": _passages,
    "deposits": _deposits,
    "availability": _availability,
}
