"""The `admin` table of edge.toml: where this gateway is told of devices, and by whom."""

import ipaddress
import ssl
from pathlib import Path
from typing import Annotated

import msgspec

from core.config import secret
from core.errors import ConfigError

_SHORTEST = 16  # characters of a token: shorter ones can be tried


class Admin(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`port` 0 asks the system for a free one. Without `cert_file` it listens on this machine
    only. What devices said last is kept in memory, so much of it."""

    token_file: str
    host: str = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65535)] = 8788
    cert_file: str = ""
    key_file: str = ""
    last_devices: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 2000
    last_kb: Annotated[int, msgspec.Meta(ge=0, le=64_000)] = 4000


class Resolved(msgspec.Struct, frozen=True, kw_only=True):
    admin: Admin
    token: str
    tls: ssl.SSLContext | None = None


def resolve(path: Path, admin: Admin) -> Resolved:
    """ConfigError names the key. Raw bytes and the token do not go over a line others can read."""
    base = path.absolute().parent
    token = secret(base / admin.token_file, "admin.token_file")
    if len(token) < _SHORTEST:
        raise ConfigError(
            f"{path}: key `admin.token_file`: the token has less than {_SHORTEST} characters. "
            "Make a longer one, such as `openssl rand -hex 32` prints."
        )
    tls = _tls(path, admin)
    if tls is None and not _loopback(admin.host):
        raise ConfigError(
            f"{path}: key `admin.host`: {admin.host!r} can be reached from other machines, and "
            "there is no `admin.cert_file`. Give a certificate, or listen on 127.0.0.1."
        )
    return Resolved(admin=admin, token=token, tls=tls)


def _tls(path: Path, admin: Admin) -> ssl.SSLContext | None:
    base = path.absolute().parent
    if not admin.cert_file:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    cert = base / admin.cert_file
    try:
        context.load_cert_chain(cert, base / admin.key_file if admin.key_file else None)
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"`admin.cert_file` = {cert}: cannot be used ({error}). "
            "Give the PEM file of the certificate, and of its key in `admin.key_file`."
        ) from error
    return context


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
