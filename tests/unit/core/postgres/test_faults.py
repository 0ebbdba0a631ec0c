"""What each error of PostgreSQL means to us."""

import psycopg
import pytest
from psycopg import errors

from core.errors import DiskFull, EnvironmentFault, FatalError, MenweiError, Unavailable
from core.postgres import faults

_MEANT: dict[str, type[MenweiError]] = {
    "53100": DiskFull,
    "57P01": Unavailable,  # the administrator shuts down
    "57P02": Unavailable,  # another backend crashed
    "57P03": Unavailable,  # starting up
    "57014": Unavailable,  # a timeout
    "08006": Unavailable,
    "53300": Unavailable,  # too many connections
    "53200": Unavailable,  # out of memory
    "40001": Unavailable,
    "40P01": Unavailable,  # deadlock
    "55P03": Unavailable,  # a lock was not had in time
    "25006": Unavailable,  # read-only: demoted
    "25P03": Unavailable,
    "28P01": EnvironmentFault,  # password
    "3D000": EnvironmentFault,  # no such database
    "42501": EnvironmentFault,  # no privilege
    "42P01": EnvironmentFault,  # no such table
    "XX001": FatalError,  # damaged data
    "XX002": FatalError,  # damaged index
    "58030": FatalError,  # a disk that cannot be read
    "23502": FatalError,
    "22012": FatalError,
}


@pytest.mark.parametrize("state", _MEANT)
def test_by_its_code(state: str) -> None:
    found = faults.of(errors.lookup(state)("what it says"), "event store")
    assert type(found) is _MEANT[state]
    assert str(found).startswith("event store: what it says")


@pytest.mark.parametrize("kind", [psycopg.OperationalError, psycopg.InterfaceError])
def test_a_connection_that_broke_has_no_code(kind: type[psycopg.Error]) -> None:
    found = faults.of(kind("server closed the connection unexpectedly\nThis probably"), "x")
    assert type(found) is Unavailable
    assert "\n" not in str(found)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("connection refused", Unavailable),
        ("FATAL:  the database system is starting up", Unavailable),
        ("FATAL:  sorry, too many clients already", Unavailable),
        ("致命错误: 用户认证失败", Unavailable),
        ('FATAL:  password authentication failed for user "u"', EnvironmentFault),
        ('FATAL:  database "x" does not exist', EnvironmentFault),
        ('FATAL:  role "menwei_read" does not exist', EnvironmentFault),
        ('FATAL:  permission denied to set role "menwei_read"', EnvironmentFault),
        ("fe_sendauth: no password supplied", EnvironmentFault),
    ],
)
def test_connecting_has_only_words(said: str, meant: type[MenweiError]) -> None:
    found = faults.on_connect(psycopg.OperationalError(said), "postgresql://h/db")
    assert type(found) is meant
    assert str(found).startswith("postgresql://h/db: ")


def test_a_password_that_the_server_repeats_is_struck_out() -> None:
    found = faults.on_connect(psycopg.OperationalError("bad option hush in it"), "h", "hush")
    assert "hush" not in str(found)
