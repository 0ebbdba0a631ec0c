"""The server goes away in every way it can, also in the middle of an append: no gap, no double,
and the first call after its return works."""

import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator

import psycopg
import pytest

from core.errors import FatalError, Unavailable
from core.postgres.database import Database, Role, parse
from core.store.port import Conflict
from core.store.postgres import PostgresEventStore, PostgresLog
from tests.contract.rows import ALL, A, batch, keys, run
from tests.fix_broker import PATIENCE, eventually
from tests.fix_core import START
from tests.fix_postgres import Server
from tests.integration.postgres_proxy import Proxy


@pytest.fixture
def place(mortal: Server) -> Database:
    return parse(mortal.create("menwei"))


@pytest.fixture
def store(place: Database) -> Iterator[PostgresEventStore]:
    opened = PostgresEventStore(place)
    yield opened
    opened.close()


def end_fast(server: Server) -> None:
    server.stop(signal.SIGINT)


def end_immediately(server: Server) -> None:
    server.stop(signal.SIGQUIT)


def end_by_kill(server: Server) -> None:
    server.kill()


ENDS = [end_fast, end_immediately, end_by_kill]


@pytest.mark.parametrize("end", ENDS)
def test_stopped_and_started_the_next_call_works(
    mortal: Server, place: Database, store: PostgresEventStore, end: Callable[[Server], None]
) -> None:
    log = PostgresLog(place)
    store.append([batch(A, 1)], START)
    assert log.head() == 1
    end(mortal)
    with pytest.raises(Unavailable):
        store.append([batch(A, 2)], START)
    for reading in (store.head, log.head, store.journals, lambda: log.read(0, 9, ALL)):
        with pytest.raises(Unavailable):
            reading()
    mortal.start()
    assert log.head() == store.head() == 1
    assert list(store.append([batch(A, 2)], START)) == [2]
    assert keys(log.read(0, 9, ALL)) == [(1, A, 1), (2, A, 2)]
    log.close()


@pytest.mark.parametrize("end", ENDS)
def test_a_restart_that_nobody_called_during_is_not_noticed(
    mortal: Server, store: PostgresEventStore, end: Callable[[Server], None]
) -> None:
    """Idle connections that died are seen to be dead before anything is sent on them."""
    store.append([batch(A, 1)], START)
    end(mortal)
    mortal.start()
    assert list(store.append([batch(A, 2)], START)) == [2]
    assert len(store.read(0, 9, ALL)) == 2


def test_a_server_that_lost_what_was_committed_is_not_appended_to(
    mortal: Server, store: PostgresEventStore
) -> None:
    """A standby that was behind takes over while nobody calls. The next batch of the journal would
    leave a hole behind what is gone: whoever appends must look again where everything stands."""
    store.append([batch(A, 1)], START)
    end_fast(mortal)
    behind = mortal.folder / "behind"
    subprocess.run(["cp", "-a", mortal.data, behind], check=True)
    mortal.start()
    store.append([batch(A, 2)], START)
    end_fast(mortal)
    shutil.rmtree(mortal.data)
    behind.rename(mortal.data)
    mortal.start()
    for _ in range(2):
        with pytest.raises(FatalError, match="ends at position 1, and 2 was committed"):
            store.append([batch(A, 3)], START)
    assert keys(store.read(0, 9, ALL)) == [(1, A, 1)]


class Appending:
    """A thread that appends the next batch of its journal whatever happens, as ingest does."""

    def __init__(self, store: PostgresEventStore) -> None:
        self._store = store
        self._done = threading.Event()
        self.acknowledged: list[int] = []
        self.outages = 0
        self.wrong: list[str] = []
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def reached(self, number: int, wait: float = PATIENCE) -> None:
        until = time.monotonic() + wait
        while not self.acknowledged or self.acknowledged[-1] < number:
            assert time.monotonic() < until, f"no further than {self.acknowledged[-1:]}"
            time.sleep(0.001)

    def end(self) -> list[int]:
        self._done.set()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()
        assert self.wrong == []
        return self.acknowledged

    def _run(self) -> None:
        number = 1
        while not self._done.is_set():
            try:
                self._store.append([batch(A, number, 5_000)], START)
            except Unavailable:
                self.outages += 1
                time.sleep(0.005)
                continue
            except Conflict:
                # Only after an answer that was lost: then it is there, and as it was sent.
                if not self.outages or self._store.get(A, number) != batch(A, number, 5_000):
                    self.wrong.append(f"a conflict at {number}")
                    return
            self.acknowledged.append(number)
            number += 1


def whole(log: PostgresLog, appended: list[int]) -> None:
    found = keys(log.read(0, 100_000, ALL))
    assert [position for position, _, _ in found] == list(range(1, len(found) + 1))
    assert [number for _, _, number in found] == appended
    assert log.received_at(len(found)) == START
    assert log.received_at(len(found) + 1) is None


@pytest.mark.parametrize("end", ENDS)
def test_in_the_midst_of_appends_nothing_acknowledged_is_lost(
    mortal: Server, place: Database, store: PostgresEventStore, end: Callable[[Server], None]
) -> None:
    appending = Appending(store)
    for turn in range(1, 3):
        appending.reached(40 * turn)
        before = appending.outages
        end(mortal)
        _until(lambda: appending.outages > before)  # noqa: B023 - called at once
        mortal.start()
        appending.reached(len(appending.acknowledged) + 2)
    acknowledged = appending.end()
    assert appending.outages > 0
    log = PostgresLog(place)
    whole(log, acknowledged)
    assert store.head() == log.head()
    log.close()


def test_one_backend_killed_takes_all_down_for_a_moment(
    mortal: Server, place: Database, store: PostgresEventStore
) -> None:
    """The postmaster ends every session and recovers."""
    appending = Appending(store)
    appending.reached(40)
    os.kill(mortal.backends()[0], signal.SIGKILL)
    _until(lambda: appending.outages > 0)
    appending.reached(len(appending.acknowledged) + 20)
    whole_after = appending.end()
    assert appending.outages > 0
    log = PostgresLog(place)
    whole(log, whole_after)
    log.close()


def test_a_session_that_is_ended_by_an_administrator_is_followed_by_another(
    mortal: Server, place: Database, store: PostgresEventStore
) -> None:
    appending = Appending(store)
    for turn in range(1, 4):
        appending.reached(30 * turn)
        with place.connect(Role.OWNER) as owner:
            owner.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'menwei ingest'"
            )
    appending.reached(120)
    acknowledged = appending.end()
    log = PostgresLog(place)
    whole(log, acknowledged)
    log.close()


def test_an_answer_that_is_lost_after_the_commit(mortal: Server, place: Database) -> None:
    with Proxy(mortal.port) as proxy:
        through = parse(f"postgresql://postgres@127.0.0.1:{proxy.port}/menwei")
        store = PostgresEventStore(through)
        store.append([batch(A, 1)], START)
        proxy.swallow_the_next_answer()
        with pytest.raises(Unavailable):
            store.append(run(A, 2, 4), START)
        assert proxy.swallowed.is_set()
        assert store.head() == 4
        assert store.get(A, 4) == batch(A, 4)
        with pytest.raises(Conflict):
            store.append(run(A, 2, 4), START)
        assert list(store.append([batch(A, 5)], START)) == [5]
        store.close()


def the_head(store: PostgresEventStore) -> bool:
    return store.head() == 2


def the_batch(store: PostgresEventStore) -> bool:
    return store.get(A, 2) is not None


def the_journal(store: PostgresEventStore) -> bool:
    return store.journals()[0].originator_version == 2


@pytest.mark.parametrize("there", [the_head, the_batch, the_journal])
def test_what_an_earlier_connection_sent_is_settled_before_anything_is_told(
    mortal: Server, place: Database, there: Callable[[PostgresEventStore], bool]
) -> None:
    """The line is cut while the server still works at the append: whoever asks afterwards waits
    until that is over, so the answer does not change behind his back."""
    with Proxy(mortal.port) as proxy:
        store = PostgresEventStore(parse(f"postgresql://postgres@127.0.0.1:{proxy.port}/menwei"))
        store.append([batch(A, 1)], START)
        blocking = place.connect(Role.OWNER, autocommit=False)
        blocking.execute("LOCK TABLE log.turn IN ACCESS SHARE MODE")
        blocking.execute("LOCK TABLE log.turn IN SHARE MODE")  # the append waits for it
        failed = threading.Event()

        def append() -> None:
            with pytest.raises(Unavailable):
                store.append([batch(A, 2)], START)
            failed.set()

        appending = threading.Thread(target=append)
        appending.start()
        _until(lambda: _waiting(place) == 1)
        proxy.hang_up()
        assert failed.wait(PATIENCE)
        appending.join()
        told: list[bool] = []
        asking = threading.Thread(target=lambda: told.append(there(store)))
        asking.start()
        _until(lambda: _waiting(place) == 2)  # the new session waits for the old one's end
        assert told == []
        blocking.commit()
        blocking.close()
        asking.join(PATIENCE)
        assert told == [len(store.read(0, 9, ALL)) == 2]
        store.close()


def _waiting(place: Database) -> int:
    with place.connect(Role.OWNER) as asking:
        row = asking.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()
    assert row is not None
    return int(row[0])


def _until(holds: Callable[[], bool], wait: float = PATIENCE) -> None:
    until = time.monotonic() + wait
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.005)


def test_a_server_that_was_demoted_is_waited_for(
    mortal: Server, place: Database, store: PostgresEventStore
) -> None:
    store.append([batch(A, 1)], START)
    _writable(place, "off")
    for _ in range(2):
        with pytest.raises(Unavailable):
            store.append([batch(A, 2)], START)
    assert keys(store.read(0, 9, ALL)) == [(1, A, 1)]
    _writable(place, "on")
    assert list(store.append([batch(A, 2)], START)) == [2]


def _writable(place: Database, value: str) -> None:
    wanted = "off" if value == "on" else "on"
    with place.connect(Role.OWNER, settings={"default_transaction_read_only": "off"}) as owner:
        owner.execute(f"ALTER SYSTEM SET default_transaction_read_only = {wanted}".encode())
        owner.execute("SELECT pg_reload_conf()")
    _until(lambda: _read_only(place) == wanted)


def _read_only(place: Database) -> str:
    with place.connect(Role.READ) as asking:
        row = asking.execute("SHOW default_transaction_read_only").fetchone()
    assert row is not None
    return str(row[0])


def test_a_port_where_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(Unavailable, match="refused"):
            PostgresEventStore(parse(f"postgresql://u@127.0.0.1:{taken.getsockname()[1]}/x"))


@pytest.mark.timeout(60)
def test_a_host_that_says_nothing_is_given_up_in_seconds() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://u@127.0.0.1:{silent.getsockname()[1]}/x?connect_timeout=2"
        with pytest.raises(Unavailable):
            parse(url).connect(Role.INGEST)


def test_a_host_that_vanishes_is_noticed_by_the_socket_itself(store: PostgresEventStore) -> None:
    with store._writer.connection() as connection:
        end = socket.socket(fileno=os.dup(connection.fileno()))
    with end:
        assert end.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 10_000
        assert end.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert end.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 5
        assert end.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL) == 2
        assert end.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT) == 3


def _connected(place: Database) -> psycopg.Connection | None:
    """None while one that has hung up still has its place."""
    try:
        return place.connect(Role.OWNER)
    except Unavailable:
        return None


def test_a_server_without_a_free_connection_is_waited_for() -> None:
    with Server({"max_connections": "5", "superuser_reserved_connections": "0",
                 "reserved_connections": "0"}) as server:  # fmt: skip
        place = parse(server.url())
        held = [eventually(lambda: _connected(place)) for _ in range(5)]
        with pytest.raises(Unavailable, match="too many clients"):
            place.connect(Role.OWNER)
        for one in held:
            assert one is not None
            one.close()
