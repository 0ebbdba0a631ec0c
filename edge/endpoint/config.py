"""The `endpoint` table of edge.toml and what it names, looked at before any socket opens."""

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec

from core.config import secret
from core.errors import ConfigError
from edge.endpoint.password import Password
from edge.endpoint.topics import is_filter

# 0 asks the system for a free one.
Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]
Count = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]
Bytes = Annotated[int, msgspec.Meta(ge=1024, le=268_435_455)]
Seconds = Annotated[float, msgspec.Meta(gt=0, le=3600)]


class Client(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One user name, or one common name of a client certificate."""

    password_file: str = ""  # the password itself, alone in a file
    password_hash: str = ""  # or what `edge.endpoint.password.hashed` makes of it
    publish: tuple[str, ...] | None = None  # unset: as the endpoint says
    subscribe: tuple[str, ...] | None = None
    rate: Count | None = None
    burst: Count | None = None


class Endpoint(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    host: str = "127.0.0.1"
    plain: bool = True  # listen without TLS, on `port`
    port: Port = 1883
    tls_port: Port = 8883  # open when there is a certificate
    cert_file: str = ""
    key_file: str = ""
    client_ca_file: str = ""  # set: who comes by TLS must show a certificate of this authority
    anonymous: bool = False
    clients: Mapping[str, Client] = {}
    # Topic filters; `!` in front forbids. {user} is the user name, or the client id of who has
    # none; {client} is the client id.
    # `$sys/…` is how bins of the OneNET thing model publish; `#` matches no `$` topic.
    publish: tuple[str, ...] = ("#", "$sys/#", "!cmd/#", "!menwei/#")
    subscribe: tuple[str, ...] = ("cmd/{user}/#",)
    rate: Count = 10_000  # messages a second granted to one client
    burst: Count = 20_000
    max_packet: Bytes = 1_100_000
    max_topic: Annotated[int, msgspec.Meta(ge=16, le=65_535)] = 1024
    max_connections: Count = 1000
    max_waiting: Count = 256  # connections that have not signed in yet
    max_subscriptions: Count = 100  # of one client
    receive_maximum: Annotated[int, msgspec.Meta(ge=1, le=65_535)] = 256
    topic_alias_max: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 32
    unsettled_bytes: Bytes = 4_000_000  # of all clients, on their way to disk
    unfinished_bytes: Bytes = 8_000_000  # of all clients' packets that are not whole yet
    keepalive_max_s: Annotated[int, msgspec.Meta(ge=1, le=65_535)] = 60
    session_expiry_max_s: Annotated[int, msgspec.Meta(ge=0, le=4_294_967_294)] = 604_800
    connect_timeout_s: Seconds = 10.0
    write_timeout_s: Seconds = 20.0  # a client that reads nothing for so long is let go
    queue_messages: Count = 1000  # waiting for one client
    queue_bytes: Bytes = 1_000_000
    queues_bytes: Bytes = 16_000_000  # waiting for all clients
    retained_messages: Count = 1000
    retained_bytes: Bytes = 4_000_000


class Resolved(msgspec.Struct, frozen=True, kw_only=True):
    """The table with its files read."""

    endpoint: Endpoint
    passwords: Mapping[str, Password] = {}
    tls: ssl.SSLContext | None = None


def resolve(path: Path, key: str, endpoint: Endpoint) -> Resolved:
    """Read what table `key` of the file at `path` names. ConfigError says what to do."""
    check_filters(path, key, publish=endpoint.publish, subscribe=endpoint.subscribe)
    for name, client in endpoint.clients.items():
        check_filters(
            path,
            f"{key}.clients.{name}",
            publish=client.publish or (),
            subscribe=client.subscribe or (),
        )
    passwords = {
        name: made
        for name, client in endpoint.clients.items()
        if (made := _password(path, f"{key}.clients.{name}", client, endpoint)) is not None
    }
    tls = _tls(path, key, endpoint)
    if not endpoint.plain and tls is None:
        raise ConfigError(
            f"{path}: key `{key}.plain` is false and there is no `{key}.cert_file`: nothing would "
            "listen. Give a certificate or allow plain connections."
        )
    if not endpoint.anonymous and not passwords and not endpoint.client_ca_file:
        raise ConfigError(
            f"{path}: table `{key}`: nobody could connect. Add a table `{key}.clients.NAME`, "
            f"a `{key}.client_ca_file`, or set `{key}.anonymous`."
        )
    return Resolved(endpoint=endpoint, passwords=passwords, tls=tls)


def check_filters(path: Path, key: str, **named: tuple[str, ...]) -> None:
    """ConfigError for what is no topic filter, with or without `!` in front."""
    for name, filters in named.items():
        for one in filters:
            if not is_filter(one.removeprefix("!")):
                raise ConfigError(
                    f"{path}: key `{key}.{name}`: {one!r} is no MQTT topic filter. "
                    "`+` is a whole level, `#` stands alone at the end, `!` in front forbids."
                )


def _password(path: Path, key: str, client: Client, endpoint: Endpoint) -> Password | None:
    if client.password_file and client.password_hash:
        raise ConfigError(
            f"{path}: table `{key}`: both `password_file` and `password_hash`. Keep one."
        )
    if client.password_hash:
        try:
            return Password.from_hash(client.password_hash)
        except ValueError as error:
            raise ConfigError(
                f"{path}: key `{key}.password_hash`: {error}. It reads scrypt$N$r$p$salt$hash, "
                "the last two in base64."
            ) from error
    if client.password_file:
        found = secret(path.absolute().parent / client.password_file, f"{key}.password_file")
        if not found:
            raise ConfigError(f"{path}: key `{key}.password_file`: the file is empty. Fill it.")
        return Password.from_text(found)
    if not endpoint.client_ca_file:
        raise ConfigError(
            f"{path}: table `{key}`: no password. Add `password_file` or `password_hash`."
        )
    return None


def _tls(path: Path, key: str, endpoint: Endpoint) -> ssl.SSLContext | None:
    base = path.absolute().parent
    if not endpoint.cert_file:
        if endpoint.key_file or endpoint.client_ca_file:
            raise ConfigError(f"{path}: key `{key}.cert_file` is missing: TLS needs it. Add it.")
        return None
    context = certified(path, key, endpoint.cert_file, endpoint.key_file)
    if endpoint.client_ca_file:
        authority = base / endpoint.client_ca_file
        try:
            context.load_verify_locations(cafile=authority)
        except (OSError, ValueError) as error:
            raise ConfigError(
                f"`{key}.client_ca_file` = {authority}: cannot be used ({error}). "
                "Give the PEM file of the authority that signs client certificates."
            ) from error
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def certified(path: Path, key: str, cert_file: str, key_file: str) -> ssl.SSLContext:
    """For who listens with this certificate; ConfigError when it can not be used."""
    base = path.absolute().parent
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    cert = base / cert_file
    try:
        context.load_cert_chain(cert, base / key_file if key_file else None)
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"`{key}.cert_file` = {cert}: cannot be used ({error}). "
            f"Give the PEM file of the certificate, and of its key in `{key}.key_file`."
        ) from error
    return context
