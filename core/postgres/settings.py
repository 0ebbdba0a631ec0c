"""What a server must be set to before the log is entrusted to it."""

import logging
from typing import Any

import msgspec
from psycopg import Connection

from core.errors import EnvironmentFault
from core.postgres.faults import told

log = logging.getLogger("postgres")

OLDEST, NEWEST = 16, 18
_QUERY = """
SELECT name, setting FROM pg_settings WHERE name IN (
    'fsync', 'full_page_writes', 'synchronous_commit', 'synchronous_standby_names',
    'data_sync_retry', 'zero_damaged_pages', 'ignore_checksum_failure', 'server_version_num',
    'server_encoding', 'default_transaction_read_only')
UNION ALL SELECT 'in recovery', CASE WHEN pg_is_in_recovery() THEN 'on' ELSE 'off' END
"""
_FLUSHED = ("on", "remote_apply")
# Setting → the value it must have, and what happens otherwise.
_DEMANDED = {
    "fsync": ("on", "a power cut would take back what was receipted"),
    "full_page_writes": ("on", "a power cut could leave torn pages"),
    "data_sync_retry": ("off", "what a failed sync lost would be taken for written"),
    "zero_damaged_pages": ("off", "damage would be answered with less"),
    "ignore_checksum_failure": ("off", "damage would be answered as if it were whole"),
    "server_encoding": ("UTF8", "texts could not be kept byte for byte"),
}


class Settings(msgspec.Struct, frozen=True):
    """As this session found them. `in_recovery`: a standby, or a server that is being restored."""

    values: dict[str, str]

    @property
    def in_recovery(self) -> bool:
        return self.values.get("in recovery") == "on"

    @property
    def read_only(self) -> bool:
        return self.values.get("default_transaction_read_only") == "on"

    @property
    def synchronous_commit(self) -> str:
        return self.values.get("synchronous_commit", "")


def read(connection: Connection[Any]) -> Settings:
    with told("reading the server's settings"), connection.cursor() as cursor:
        rows = cursor.execute(_QUERY).fetchall()
    return Settings(
        {
            str(row["name"] if isinstance(row, dict) else row[0]): str(
                row["setting"] if isinstance(row, dict) else row[1]
            )
            for row in rows
        }
    )


def demand_primary(found: Settings, where: str) -> None:
    """EnvironmentFault unless it is a server we know, and one that may be written to."""
    major = int(found.values.get("server_version_num", "0")) // 10_000
    if major < OLDEST:
        raise EnvironmentFault(f"{where}: PostgreSQL {major} is too old. Use {OLDEST} to {NEWEST}.")
    if major > NEWEST:
        log.warning(
            "%s: PostgreSQL %s has not been tried; %s is the newest that was", where, major, NEWEST
        )
    if found.in_recovery:
        raise EnvironmentFault(
            f"{where}: the server is a standby or being restored. Name the primary, "
            "or promote this one (SELECT pg_promote())."
        )
    if found.read_only:
        raise _wrong(where, "default_transaction_read_only", "on", "off", "nothing can be stored")


def demand(found: Settings, where: str) -> None:
    """EnvironmentFault, with setting, value and remedy, unless the log may be entrusted to it."""
    demand_primary(found, where)
    for name, (value, why) in _DEMANDED.items():
        if (is_now := found.values.get(name, value)) != value:
            raise _wrong(where, name, is_now, value, why)
    _demand_commit(found, where)


def _demand_commit(found: Settings, where: str) -> None:
    level = found.synchronous_commit
    standbys = bool(found.values.get("synchronous_standby_names"))
    if level == "off":
        raise _wrong(
            where, "synchronous_commit", level, "on", "a crash would take back what was receipted"
        )
    if standbys and level not in _FLUSHED:
        raise _wrong(
            where,
            "synchronous_commit",
            level,
            "on",
            "synchronous_standby_names is set, and a failover would take back what was receipted",
        )


def _wrong(where: str, name: str, value: str, wanted: str, why: str) -> EnvironmentFault:
    if name == "server_encoding":
        remedy = "Create the database anew with ENCODING 'UTF8'."
    else:
        remedy = (
            f"ALTER SYSTEM SET {name} = {wanted}; SELECT pg_reload_conf(); and look for it "
            "in ALTER ROLE, ALTER DATABASE and the URL's options."
        )
    return EnvironmentFault(f"{where}: {name} is {value}, must be {wanted}: {why}. {remedy}")
