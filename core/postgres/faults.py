"""What an error of PostgreSQL means to us: wait, make room, correct the set-up, or stop."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from core.errors import DiskFull, EnvironmentFault, FatalError, MenweiError, Unavailable

_DISK_FULL = "53100"
# SQLSTATEs and classes of them: the connection, a server that goes, stands by, or is short of
# something, a turn that was lost to another transaction.
_UNAVAILABLE = ("08", "53", "57", "40", "55P03", "55006", "25006", "25P03", "25P04", "58000")
# Not of the moment: password, database, role, privilege, a schema that is not there.
_SETUP = ("28", "3D000", "42501", "42P01", "42883", "42704", "3F000", "0P000", "0A000")
# Connecting has no SQLSTATE, only words. A server that speaks another language is waited for.
_REFUSED = (
    "password authentication failed",
    "no password supplied",
    "authentication failed",
    "no pg_hba.conf entry",
    "permission denied to set role",
    "permission denied for database",
    "is not permitted to log in",
    "invalid value for parameter",
    "certificate verify failed",
    "does not support SSL",
)


def of(error: psycopg.Error, what: str) -> MenweiError:
    """`what` was being done when it happened: a word or two for the message."""
    state = error.sqlstate or ""
    said = _first_line(error)
    if state == _DISK_FULL:
        return DiskFull(f"{what}: {said}")
    if state.startswith(_UNAVAILABLE):
        return Unavailable(f"{what}: {said}")
    if state.startswith(_SETUP):
        return EnvironmentFault(
            f"{what}: {said} ({state}). Let the owner run the migrations (they are run when the "
            "hub starts with the owner's login), or grant what is missing."
        )
    if not state and isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return Unavailable(f"{what}: {said}")
    return FatalError(f"{what}: {said} ({state or type(error).__name__})")


def on_connect(error: psycopg.Error, where: str, password: str = "") -> MenweiError:
    said = _first_line(error)
    if password:
        said = said.replace(password, "***")
    absent = "does not exist" in said and "FATAL" in said
    asked = isinstance(error, psycopg.OperationalError) and _needs_password(error)
    if absent or asked or any(words in said for words in _REFUSED):
        return EnvironmentFault(
            f"{where}: {said}. Correct user, password, database or role in the URL, "
            "or what the server allows."
        )
    return Unavailable(f"{where}: {said}")


@contextmanager
def told(what: str) -> Iterator[None]:
    """psycopg's errors as ours."""
    try:
        yield
    except psycopg.Error as error:
        raise of(error, what) from error


def _needs_password(error: psycopg.OperationalError) -> bool:
    return error.pgconn is not None and bool(error.pgconn.needs_password)


def _first_line(error: psycopg.Error) -> str:
    """Not what stands below it: DETAIL may quote a row."""
    return (error.diag.message_primary or str(error)).partition("\n")[0].strip()
