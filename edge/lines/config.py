"""The `sources` and `lines` tables of edge.toml: devices that are asked, and ports where devices
converse."""

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec

from core.config import secret
from core.errors import ConfigError
from devices import registry
from devices.wire import Converse, Follow
from devices.wire import Source as Asked

Seconds = Annotated[float, msgspec.Meta(gt=0, le=86_400)]
Count = Annotated[int, msgspec.Meta(ge=1, le=100_000)]


class Source(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One `[sources.<device>]` table: a device that wants to be asked."""

    kind: str
    url: str  # http(s)://host[:port]
    user: str = ""
    password_file: str = ""
    ca_file: str = ""  # who signed its certificate, or that certificate itself
    basic: bool = False  # it knows no digest: its password may go over a plain line
    pictures: bool = False  # keep those that come along; else only their hashes are noted
    options: Mapping[str, str] = {}


class User(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    password_file: str


class Port(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One `[lines.<name>]` table: a port on which devices of a kind converse."""

    kind: str
    transport: Literal["", "tcp", "udp"] = ""  # default: the kind's usual one
    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=-1, le=65_535)] = -1  # -1: the kind's usual one; 0: free
    users: Mapping[str, User] = {}
    max_peers: Count = 500
    idle_s: Seconds = 600.0


class Follower(msgspec.Struct, frozen=True, kw_only=True):
    """A source, resolved."""

    asked: Asked
    follow: Follow
    password: str
    tls: ssl.SSLContext | None
    basic: bool
    pictures: bool

    def __repr__(self) -> str:
        return f"Follower({self.asked.device})"  # and not its password


class Listening(msgspec.Struct, frozen=True, kw_only=True):
    """A port, resolved."""

    name: str
    kind: str
    converse: Converse
    transport: Literal["tcp", "udp"]
    host: str
    port: int
    secrets: Mapping[str, str]
    max_peers: int
    idle_s: float


def followers(path: Path, sources: Mapping[str, Source]) -> tuple[Follower, ...]:
    return tuple(follower(path, name, source) for name, source in sources.items())


def listening(path: Path, lines: Mapping[str, Port]) -> tuple[Listening, ...]:
    return tuple(_listening(path, name, line) for name, line in lines.items())


def follower(path: Path, name: str, source: Source, password: str = "") -> Follower:
    """As table `sources.<name>` of the file at `path` has it; ConfigError names the key.
    `password`: where it is in no file yet."""
    key = f"sources.{name}"
    kinds = {one.name: one.follow for one in registry.ADAPTERS if one.follow is not None}
    follow = kinds.get(source.kind)
    if follow is None:
        raise _kind(path, key, source.kind, kinds)
    base = path.absolute().parent
    try:
        parts = urlsplit(source.url)
        host = parts.hostname
        _ = parts.port
    except ValueError as error:
        raise ConfigError(f"{path}: key `{key}.url`: {error}. Write http://host:port.") from error
    if parts.scheme not in ("http", "https") or not host or parts.username is not None:
        raise ConfigError(
            f"{path}: key `{key}.url`: {parts.scheme}://{host or ''} is no address to ask. Write "
            "http://host or https://host:port; user and password have keys of their own."
        )
    if source.user and not source.password_file and not password:
        raise ConfigError(f"{path}: key `{key}.password_file` is missing. Add it, or drop `user`.")
    return Follower(
        asked=Asked(
            device=name,
            kind=source.kind,
            url=source.url.rstrip("/"),
            user=source.user,
            options=source.options,
        ),
        follow=follow,
        password=secret(base / source.password_file, f"{key}.password_file")
        if source.password_file and not password
        else password,
        tls=_trust(base / source.ca_file, f"{path}: key `{key}.ca_file`")
        if source.ca_file
        else None,
        basic=source.basic or parts.scheme == "https",
        pictures=source.pictures,
    )


def noted(asked: Asked) -> str:
    """What the keys of its notes begin with."""
    return f"{asked.kind}:{asked.device}:"


def _listening(path: Path, name: str, line: Port) -> Listening:
    key = f"lines.{name}"
    kinds = {one.name: one.converse for one in registry.ADAPTERS if one.converse is not None}
    converse = kinds.get(line.kind)
    if converse is None:
        raise _kind(path, key, line.kind, kinds)
    transport = line.transport or converse.transports[0]
    if transport not in converse.transports:
        raise ConfigError(
            f"{path}: key `{key}.transport`: {line.kind} does not talk by {transport}. "
            f"Choose {' or '.join(converse.transports)}."
        )
    base = path.absolute().parent
    return Listening(
        name=name,
        kind=line.kind,
        converse=converse,
        transport=transport,
        host=line.host,
        port=converse.port if line.port < 0 else line.port,
        secrets={
            user: secret(base / one.password_file, f"{key}.users.{user}.password_file")
            for user, one in line.users.items()
        },
        max_peers=line.max_peers,
        idle_s=line.idle_s,
    )


def _kind(path: Path, key: str, kind: str, kinds: Mapping[str, object]) -> ConfigError:
    there = ", ".join(sorted(kinds)) or "none"
    return ConfigError(f"{path}: key `{key}.kind`: {kind!r} is none of: {there}. Correct it.")


def _trust(file: Path, key: str) -> ssl.SSLContext:
    """Devices sign their own certificates and know no name of their own: the certificate given
    is believed, whatever name it was made out to."""
    try:
        context = ssl.create_default_context(cafile=file)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{key} = {file}: cannot be used ({error}). Give a PEM file.") from error
    context.check_hostname = False
    return context
