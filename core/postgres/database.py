"""Where a PostgreSQL database is, who logs in there, and with which role each connection runs."""

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec
import psycopg
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import tuple_row

from core.config import secret
from core.errors import ConfigError
from core.postgres.faults import on_connect

Options = tuple[tuple[str, str], ...]

# A host that vanished without a word is noticed within some ten seconds, at both ends.
_ALIVE = {
    "connect_timeout": "5",
    "keepalives": "1",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "10000",
}
_SESSION = {
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
    "timezone": "UTC",
    "jit": "off",  # short statements: compiling one takes longer than it runs
}


class Role(StrEnum):
    """Least privilege: docs/postgresql.md says who may do what. OWNER is the login itself."""

    INGEST = "menwei_ingest"
    PROJECT = "menwei_project"
    READ = "menwei_read"
    OWNER = ""


class Login(msgspec.Struct, frozen=True):
    """One URL's parts. The password is in none of what it says of itself."""

    options: Options  # libpq's connection parameters but for the password
    password: str = ""
    password_file: Path | None = None

    def __repr__(self) -> str:
        found = dict(self.options)
        user, host = found.get("user", ""), found.get("host") or found.get("hostaddr", "")
        port = f":{found['port']}" if "port" in found else ""
        return f"postgresql://{user}{'@' if user else ''}{host}{port}/{found.get('dbname', '')}"

    __str__ = __repr__

    def __rich_repr__(self) -> list[tuple[str, Any]]:  # msgspec's own would show every field
        return [("at", repr(self))]

    def secret(self) -> str:
        """Read at every connection, so that a password may be changed while we run."""
        if self.password_file is not None:
            return secret(self.password_file, "password_file")
        return self.password


class Database(msgspec.Struct, frozen=True):
    """A login for all, which takes on the role it needs; or logins of their own for some."""

    login: Login
    logins: Mapping[Role, Login] = {}

    def __repr__(self) -> str:
        return repr(self.login)

    __str__ = __repr__

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("at", repr(self))]

    def connect(
        self,
        role: Role,
        *,
        autocommit: bool = True,
        settings: Mapping[str, str] | None = None,
        row_factory: Any = tuple_row,
        cursor_factory: Any = None,
    ) -> Connection[Any]:
        """An open connection in that role. Unavailable when the server does not answer or does
        not want to; EnvironmentFault when it will not, however long one waits.

        `settings`: server parameters for this session, such as synchronous_commit.
        """
        login = self.logins.get(role, self.login)
        conninfo = self._conninfo(login, role, settings or {})
        password = login.secret()
        try:
            return psycopg.connect(
                conninfo,
                autocommit=autocommit,
                row_factory=row_factory,
                cursor_factory=cursor_factory,
                password=password or None,
            )
        except psycopg.Error as error:
            raise on_connect(error, str(login), password) from None

    @staticmethod
    def _conninfo(login: Login, role: Role, settings: Mapping[str, str]) -> str:
        found = {"application_name": f"menwei {role.name.lower()}", **_ALIVE, **dict(login.options)}
        if "," in found.get("host", "") and role is not Role.READ:
            found.setdefault("target_session_attrs", "read-write")  # of several, the primary
        session = {**_SESSION, **({"role": role.value} if role else {}), **settings}
        ours = " ".join(f"-c {name}={_escaped(value)}" for name, value in session.items())
        found["options"] = f"{found.get('options', '')} {ours}".strip()
        return make_conninfo(**found)


def parse(
    url: str, password_file: Path | None = None, logins: Mapping[Role, Login] | None = None
) -> Database:
    """ConfigError when it is no PostgreSQL URL; the message does not repeat it, because a password
    may be anywhere in it."""
    return Database(login(url, password_file), logins or {})


def login(url: str, password_file: Path | None = None) -> Login:
    if not is_url(url):
        raise ConfigError(
            "The database's URL does not begin with postgresql://. "
            "Write postgresql://user@host:port/database."
        )
    try:
        found = {name: str(value) for name, value in conninfo_to_dict(url).items()}
        for port in found.get("port", "").split(","):
            int(port or 0)
    except (psycopg.Error, ValueError):
        raise ConfigError(
            "The database's URL cannot be read. Write postgresql://user@host:port/database; "
            "characters such as @ / : % # ? in a user or password as %40 %2F %3A %25 %23 %3F; "
            "or keep the password in a file of its own (password_file)."
        ) from None
    password = found.pop("password", "")
    if password and password_file is not None:
        raise ConfigError("Give the password in the URL or in password_file, not in both.")
    return Login(tuple(found.items()), password, password_file)


def is_url(text: str) -> bool:
    return text.startswith(("postgresql://", "postgres://"))


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace(" ", "\\ ")
