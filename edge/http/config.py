"""The `http` table of edge.toml and what it names, looked at before any socket opens."""

import ipaddress
import re
import ssl
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from core.config import secret
from core.errors import ConfigError
from edge.endpoint.config import Bytes, Count, Port, Seconds, certified, check_filters
from edge.endpoint.password import Password

Algorithm = Literal["MD5", "SHA-256"]
_HA1: Mapping[int, Algorithm] = {32: "MD5", 64: "SHA-256"}
_HEX = re.compile(r"[0-9a-f]+")


class Device(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One `[http.devices.NAME]`: NAME is its user name."""

    password_file: str = ""  # the password itself, alone in a file; every scheme works
    password_hash: str = ""  # what `edge.endpoint.password.hashed` makes of it; Basic only
    ha1: str = ""  # hex of MD5 or SHA-256 of NAME:realm:password; Digest, and Basic too
    publish: tuple[str, ...] | None = None  # unset: as the table `http` says
    serials: tuple[str, ...] = ()  # what it may call itself; empty: anything
    rate: Count | None = None
    burst: Count | None = None


class Http(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    host: str = "127.0.0.1"
    plain: bool = True  # listen without TLS, on `port`
    port: Port = 7080
    tls_port: Port = 7443  # open when there is a certificate
    cert_file: str = ""
    key_file: str = ""
    devices: Mapping[str, Device] = {}
    allow: tuple[str, ...] = ()  # networks of devices that can prove nothing
    serials: tuple[str, ...] = ()  # what those may call themselves; empty: anything
    realm: str = "menwei"
    # What Digest is offered with, in this order. Many devices take what is named first.
    digest: Annotated[tuple[Algorithm, ...], msgspec.Meta(min_length=1)] = ("MD5", "SHA-256")
    # Topic filters; `!` in front forbids. {user} is the device's name in this table.
    publish: tuple[str, ...] = ("#", "!cmd/#", "!menwei/#")
    rate: Count = 200  # requests and messages a second granted to one device, or one address
    burst: Count = 2000
    pictures: bool = False  # keep those that come along for the hub; needs a table `media`
    max_body: Bytes = 8_000_000  # of one request, or of one part of a stream without an end
    max_head: Annotated[int, msgspec.Meta(ge=1024, le=65_536)] = 16_384
    max_topic: Annotated[int, msgspec.Meta(ge=16, le=65_535)] = 1024
    max_connections: Count = 200
    max_per_address: Count = 50
    unsettled_bytes: Bytes = 8_000_000  # of all, on their way to disk
    unfinished_bytes: Bytes = 16_000_000  # of all bodies that are not whole yet
    head_timeout_s: Seconds = 10.0
    body_timeout_s: Seconds = 60.0  # from a body's first byte to its last; of a stream, per part
    idle_timeout_s: Seconds = 120.0  # between requests
    stream_idle_s: Seconds = 300.0  # without a byte of a stream
    answer_timeout_s: Seconds = 60.0  # waiting for the commit; then closed without an answer


class Resolved(msgspec.Struct, frozen=True, kw_only=True):
    """The table with its files read."""

    http: Http
    passwords: Mapping[str, Password] = {}
    secrets: Mapping[str, str] = {}  # device → password, where it stands in a file
    ha1: Mapping[tuple[str, Algorithm], str] = {}
    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    tls: ssl.SSLContext | None = None

    def __repr__(self) -> str:
        return f"Resolved(devices={sorted(self.http.devices)})"  # and not their passwords


def resolve(path: Path, key: str, http: Http, *, media: bool, told: bool = False) -> Resolved:
    """Read what table `key` of the file at `path` names. ConfigError says what to do. `media`:
    whether pictures are kept at all; `told`: whether devices may be told of while it runs."""
    check_filters(path, key, publish=http.publish)
    passwords: dict[str, Password] = {}
    secrets: dict[str, str] = {}
    ha1: dict[tuple[str, Algorithm], str] = {}
    for name, device in http.devices.items():
        table = f"{key}.devices.{name}"
        check_filters(path, table, publish=device.publish or ())
        if not name or ":" in name or not name.isprintable():
            raise ConfigError(
                f"{path}: table `{table}`: no name a device could sign in with. It has no `:`, "
                "which ends a user name in HTTP, and only characters that can be seen."
            )
        _one_of(path, table, device)
        if device.password_file:
            secrets[name] = _secret(path, table, device)
            passwords[name] = Password.from_text(secrets[name])
        elif device.password_hash:
            passwords[name] = _hashed(path, table, device)
        else:
            ha1[name, _algorithm(path, table, device)] = device.ha1
    if not http.realm or not http.realm.isascii() or not http.realm.isprintable():
        raise ConfigError(f"{path}: key `{key}.realm`: not plain ASCII text. Use a short word.")
    if set('"\\') & set(http.realm):
        raise ConfigError(f"{path}: key `{key}.realm`: no quotes or backslashes. Remove them.")
    if not http.devices and not http.allow and not told:
        raise ConfigError(
            f"{path}: table `{key}`: no device could send anything. Add a table "
            f"`{key}.devices.NAME` or the devices' network to `{key}.allow`."
        )
    if http.pictures and not media:
        raise ConfigError(
            f"{path}: key `{key}.pictures`: there is no table `media`, so pictures have nowhere "
            "to go. Add one, or set it to false: their hashes stand in the events all the same."
        )
    tls = None
    if http.cert_file:
        tls = certified(path, key, http.cert_file, http.key_file)
    elif http.key_file or not http.plain:
        raise ConfigError(
            f"{path}: key `{key}.cert_file` is missing: TLS needs it. Add it, or allow plain "
            "connections."
        )
    networks = tuple(_network(path, key, one) for one in http.allow)
    return Resolved(
        http=http, passwords=passwords, secrets=secrets, ha1=ha1, networks=networks, tls=tls
    )


def _one_of(path: Path, table: str, device: Device) -> None:
    given = [device.password_file, device.password_hash, device.ha1]
    if sum(map(bool, given)) != 1:
        raise ConfigError(
            f"{path}: table `{table}`: one of `password_file`, `password_hash` and `ha1` is "
            f"needed, there are {sum(map(bool, given))}. Keep one."
        )


def _secret(path: Path, table: str, device: Device) -> str:
    found = secret(path.absolute().parent / device.password_file, f"{table}.password_file")
    if not found:
        raise ConfigError(f"{path}: key `{table}.password_file`: the file is empty. Fill it.")
    return found


def _hashed(path: Path, table: str, device: Device) -> Password:
    try:
        return Password.from_hash(device.password_hash)
    except ValueError as error:
        raise ConfigError(
            f"{path}: key `{table}.password_hash`: {error}. It reads scrypt$N$r$p$salt$hash, "
            "the last two in base64."
        ) from error


def _algorithm(path: Path, table: str, device: Device) -> Algorithm:
    found = _HA1.get(len(device.ha1))
    if found is None or not _HEX.fullmatch(device.ha1):
        raise ConfigError(
            f"{path}: key `{table}.ha1`: not 32 (MD5) or 64 (SHA-256) hex digits in lower case. "
            "It is the hash of NAME:realm:password."
        )
    return found


def _network(path: Path, key: str, one: str) -> IPv4Network | IPv6Network:
    try:
        return ipaddress.ip_network(one, strict=False)
    except ValueError as error:
        raise ConfigError(
            f"{path}: key `{key}.allow`: {one!r} is no network. Write it as 192.168.1.0/24."
        ) from error
