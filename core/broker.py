"""The `broker` table of edge.toml and hub.toml, and what it names, looked at before connecting."""

import re
import ssl
from pathlib import Path
from typing import Annotated

import msgspec

from core.config import secret
from core.errors import ConfigError

Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]
# A name or an address. What no resolver can be asked for would end the network thread.
_HOST = re.compile(r"(?:[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\.?|[0-9A-Fa-f:]+(?:%\w+)?)")


class Broker(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where to connect. Passwords stand in files of their own, never in here."""

    host: str = "127.0.0.1"
    port: Port = 1883
    username: str = ""
    password_file: str = ""
    ca_file: str = ""  # set: TLS, and the server must prove itself against it


class Credentials(msgspec.Struct, frozen=True):
    password: str = ""
    tls: ssl.SSLContext | None = None


def resolve(path: Path, key: str, broker: Broker) -> Credentials:
    """Read what table `key` of the file at `path` names. ConfigError says what to do."""
    base = path.absolute().parent
    if not _HOST.fullmatch(broker.host):
        raise ConfigError(
            f"{path}: key `{key}.host`: {broker.host!r} is no host name or address. Correct it."
        )
    return Credentials(
        password=secret(base / broker.password_file, f"{key}.password_file")
        if broker.password_file
        else "",
        tls=_tls(base / broker.ca_file, f"{key}.ca_file") if broker.ca_file else None,
    )


def _tls(path: Path, key: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=path)
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"`{key}` = {path}: cannot be used ({error}). "
            "Give the PEM file of the broker's authority."
        ) from error
