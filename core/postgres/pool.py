"""Connections that are open and idle, for several threads. A dead one is noticed before use."""

import select
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import Connection
from psycopg.pq import TransactionStatus

from core.errors import ConfigError, EnvironmentFault, Unavailable

_WAIT = 30.0  # seconds for a connection that others use


class Pool:
    """At most `size` at once. Reconnects when it is asked, not behind one's back: who asks again
    after an outage is served as soon as the server is. What a server refuses that was used before
    (a password was changed, it came back with settings that lose data) is an outage like others:
    it ends when somebody mends it."""

    def __init__(self, connect: Callable[[], Connection[Any]], size: int) -> None:
        self._connect = connect
        self._idle: list[Connection[Any]] = []
        self._lock = threading.Lock()
        self._room = threading.BoundedSemaphore(size)
        self._closed = False
        self._reached = False

    @contextmanager
    def connection(self) -> Iterator[Connection[Any]]:
        """Outside a transaction. Whatever was broken with it is not given to the next."""
        if not self._room.acquire(timeout=_WAIT):
            raise Unavailable("all connections are in use")
        try:
            connection = self._take()
            try:
                yield connection
            except Unavailable:
                connection.close()  # of several servers, another may be the primary now
                raise
            finally:
                self._give_back(connection)
        finally:
            self._room.release()

    def close(self) -> None:
        """What is in use is closed when it comes back."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _take(self) -> Connection[Any]:
        while True:
            with self._lock:
                if self._closed:
                    raise Unavailable("the store is closed")
                connection = self._idle.pop() if self._idle else None
            if connection is None:
                return self._connected()
            if _quiet(connection):
                return connection
            connection.close()

    def _connected(self) -> Connection[Any]:
        try:
            connection = self._connect()
        except (EnvironmentFault, ConfigError) as refused:
            if self._reached:
                raise Unavailable(str(refused)) from refused
            raise
        self._reached = True
        return connection

    def _give_back(self, connection: Connection[Any]) -> None:
        # A closed connection's status is UNKNOWN.
        whole = connection.info.transaction_status is TransactionStatus.IDLE
        with self._lock:
            keep = whole and not self._closed
            if keep:
                self._idle.append(connection)
        if not keep:
            connection.close()


def _quiet(connection: Connection[Any]) -> bool:
    """Whether nothing came while it was idle: a server that goes says so, or hangs up."""
    if connection.closed:
        return False
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN | select.POLLPRI)
    return not waiting.poll(0)
