"""The peer: the eventsourcing library used the obvious way, one stored event a device event.

`insert_events` with one event a call, the library's own ProjectionRunner with a view that counts
by type, and the bare read of its notifications. Recorders, tables, mapper and pool are the
library's; the event's JSON is the same bytes that stand in our batches. Both databases are as
durable as ours: SQLite with synchronous=FULL (its default, checked), PostgreSQL with fsync and
synchronous_commit on (its defaults). Its SQLite recorder has no subscriptions, so that there the
ProjectionRunner does not run at all: both our databases are held against PostgreSQL's.
"""

import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec
import psycopg
from eventsourcing.application import Application
from eventsourcing.dispatch import singledispatchmethod
from eventsourcing.domain import DomainEvent
from eventsourcing.persistence import ApplicationRecorder, StoredEvent, Tracking
from eventsourcing.postgres import (
    PostgresDatastore,
    PostgresFactory,
    PostgresTrackingRecorder,
)
from eventsourcing.projection import Projection, ProjectionRunner
from eventsourcing.sqlite import SQLiteFactory
from eventsourcing.utils import Environment, get_topic
from psycopg.sql import SQL, Identifier

from tests.bench.database import parameters
from tests.bench.timing import Run, measured

TABLE = "devices_events"  # in PostgreSQL
_FILE = "library.db"
_PATIENCE = 120.0
_PAGE = 1000  # notifications in one read
_FILL = 500  # events in one call where only filling up matters


class _Event(msgspec.Struct):
    source: str


class DeviceEvent(DomainEvent):
    """What a stored topic resolves to; the mapper gives it the fields of the JSON."""


class Devices(Application[UUID]):
    """The application whose events are projected."""

    name = "devices"


class CountRecorder(PostgresTrackingRecorder):
    """Events by type, counted in the transaction of the position, as the library's manual does."""

    def __init__(self, datastore: PostgresDatastore, *, tracking_table_name: str = "counting"):
        super().__init__(datastore, tracking_table_name=tracking_table_name)
        table = Identifier(self.datastore.schema, "counts")
        self.sql_create_statements.append(
            SQL("CREATE TABLE IF NOT EXISTS {} (type text PRIMARY KEY, events bigint)").format(
                table
            )
        )
        self._count = SQL(
            "INSERT INTO {0} AS c VALUES (%s, 1) "
            "ON CONFLICT (type) DO UPDATE SET events = c.events + 1"
        ).format(table)

    def count(self, kind: str, tracking: Tracking) -> None:
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(self._count, (kind,), prepare=True)


class Counting(Projection[CountRecorder]):
    name = "counting"

    @singledispatchmethod
    def process_event(self, domain_event: object, tracking: Tracking) -> None:
        raise NotImplementedError

    @process_event.register
    def _(self, domain_event: DeviceEvent, tracking: Tracking) -> None:
        self.view.count(vars(domain_event)["type"], tracking)


def stored(lines: Iterable[bytes]) -> list[StoredEvent]:
    """One for each event, in the sequence of its device."""
    topic = get_topic(DeviceEvent)
    source = msgspec.json.Decoder(_Event)
    versions: dict[str, int] = {}
    ids: dict[str, UUID] = {}
    made: list[StoredEvent] = []
    for line in lines:
        name = source.decode(line).source
        version = versions[name] = versions.get(name, 0) + 1
        if version == 1:
            ids[name] = uuid5(NAMESPACE_URL, name)
        made.append(StoredEvent(ids[name], version, topic, line))
    return made


@contextmanager
def recorder(url: str, folder: Path) -> Iterator[ApplicationRecorder]:
    """The library's own for that database: PostgreSQL when there is a URL."""
    if url:
        postgres = PostgresFactory(Environment("devices", _environment(url)))
        with closing(postgres.datastore):
            yield postgres.application_recorder()
        return
    sqlite = SQLiteFactory(Environment("devices", {"SQLITE_DBNAME": str(folder / _FILE)}))
    with closing(sqlite.datastore) as datastore:
        found = sqlite.application_recorder()
        with datastore.transaction(commit=False) as cursor:
            cursor.execute("PRAGMA synchronous")
            assert cursor.fetchone()[0] == 2, "the peer shall be as durable as we are"
        yield found


def insert_one_by_one(
    recorder: ApplicationRecorder, events: Sequence[StoredEvent], pids: Sequence[int] = ()
) -> Run:
    with measured(len(events), pids) as run:
        for event in events:
            recorder.insert_events([event])
    return run


def fill(recorder: ApplicationRecorder, events: Sequence[StoredEvent]) -> None:
    """As many at once as it takes, where inserting is not what is measured."""
    for first in range(0, len(events), _FILL):
        recorder.insert_events(events[first : first + _FILL])


def read_all(recorder: ApplicationRecorder, events: int, pids: Sequence[int] = ()) -> Run:
    """`select_notifications`, page by page, and nothing done with them."""
    after, read = 0, 0
    with measured(events, pids) as run:
        while page := recorder.select_notifications(after, _PAGE, inclusive_of_start=False):
            read += len(page)
            after = page[-1].id
    assert read == events, (read, events)
    return run


def project(url: str, events: int, pids: Sequence[int] = ()) -> Run:
    """The library's runner over an application's `events` events, from none to all."""
    with psycopg.connect(url) as forgetting:
        forgetting.execute("DROP TABLE IF EXISTS counting_tracking, counts")
    with (
        measured(events, pids) as run,
        ProjectionRunner(
            application_class=Devices,
            projection_class=Counting,
            view_class=CountRecorder,
            env=_environment(url),
        ) as runner,
    ):
        began = time.perf_counter()
        runner.wait(events, timeout=_PATIENCE)
        run.seconds = time.perf_counter() - began
    return run


def sqlite_bytes(folder: Path) -> int:
    return file_bytes(folder / _FILE)


def file_bytes(path: Path) -> int:
    """Once everything stands in the file itself; a fresh one has nothing to vacuum."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path.stat().st_size


def _environment(url: str) -> dict[str, str]:
    return {"PERSISTENCE_MODULE": "eventsourcing.postgres", **parameters(url)}
