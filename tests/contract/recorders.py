"""Our PostgreSQL recorder for the library's cases: any thread has a connection of its own."""

import threading
from unittest import TestCase

from core.postgres.database import Database, Role
from core.postgres.migrate import migrate
from core.postgres.pool import Pool
from core.store.postgres import MIGRATIONS, session
from core.store.postgres_recorder import DurableRecorder


def made_by_migrations(case: TestCase, database: Database) -> DurableRecorder:
    migrate(database, "log", MIGRATIONS)
    pool = Pool(lambda: session(database, Role.INGEST), size=6)
    case.addCleanup(pool.close)
    # Some cases end while a thread of theirs still reads.
    case.addCleanup(join_all_but, frozenset(threading.enumerate()))
    return DurableRecorder(pool)


def join_all_but(before: frozenset[threading.Thread]) -> None:
    for thread in set(threading.enumerate()) - before:
        thread.join(30)
