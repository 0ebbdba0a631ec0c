"""The `store` and `history` tables of hub.toml: where log, views and history are kept."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from core.errors import ConfigError
from core.postgres import database
from core.postgres.database import Role
from core.store.open import Where
from projections.history.sink import Keep

_SQLITE = "sqlite:"
_ROLES = {"ingest": Role.INGEST, "project": Role.PROJECT, "read": Role.READ}
Days = Annotated[int, msgspec.Meta(ge=7, le=36_600)]


class Access(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A login. Passwords stand in files of their own, never in here."""

    url: str
    password_file: str = ""


class Store(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Absent: SQLite files in `data`. One login is enough: its connections take on the role they
    need; `roles` gives some of them a login of their own."""

    url: str = ""
    password_file: str = ""
    roles: Mapping[Literal["ingest", "project", "read"], Access] = {}


class History(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row an event for `keep_days`, its sums by hour and day for longer. The log keeps
    everything whatever stands here."""

    enabled: bool = True
    keep_days: Days = 400
    keep_rollup_days: Days = 3_660

    @property
    def keep(self) -> Keep:
        return Keep(rows_days=self.keep_days, rollup_days=self.keep_rollup_days)


def check(path: Path, history: History) -> None:
    """ConfigError when sums would go before what they are made of."""
    if history.keep_rollup_days < history.keep_days:
        raise ConfigError(
            f"{path}: key `history.keep_rollup_days`: less than keep_days. Give it "
            f"{history.keep_days} or more."
        )


def resolve(path: Path, store: Store, folder: Path) -> Where:
    """ConfigError names the key of the file at `path`."""
    base = path.absolute().parent
    if not database.is_url(store.url):
        return _file(path, store, folder)
    login = Access(url=store.url, password_file=store.password_file)
    logins = {
        _ROLES[name]: _login(path, f"store.roles.{name}", access, base)
        for name, access in store.roles.items()
    }
    return database.Database(_login(path, "store", login, base), logins)


def _file(path: Path, store: Store, folder: Path) -> Path:
    if store.url and not store.url.startswith(_SQLITE):
        raise ConfigError(
            f"{path}: key `store.url`: neither postgresql://… nor {_SQLITE}FILE. Correct it, "
            "or leave it out: the log is then a SQLite file in the data folder."
        )
    if store.roles or store.password_file:
        raise ConfigError(
            f"{path}: key `store`: roles and passwords are PostgreSQL's. Remove them, "
            "or name a database in `store.url`."
        )
    return folder / (store.url.removeprefix(_SQLITE) or "log.db")


def _login(path: Path, key: str, access: Access, base: Path) -> database.Login:
    try:
        return database.login(
            access.url, base / access.password_file if access.password_file else None
        )
    except ConfigError as error:
        raise ConfigError(f"{path}: key `{key}.url`: {error}") from error
