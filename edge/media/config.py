"""The `media` table of edge.toml: where pictures go, and how many may wait."""

import ipaddress
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import msgspec

from core.errors import ConfigError

FOLDER = "media"  # in the gateway's data folder


class Media(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`hub`: as a browser would open it. `ca_file`: who signed its certificate, where that is
    nobody the machine knows."""

    hub: str
    ca_file: str = ""
    budget_mb: Annotated[int, msgspec.Meta(ge=1)] = 512
    kbyte_s: Annotated[float, msgspec.Meta(ge=0)] = 0  # most that goes up, in kB/s; 0: no cap


class Hub(msgspec.Struct, frozen=True, kw_only=True):
    """Where it is, resolved."""

    host: str
    port: int
    tls: bool
    ca_file: Path | None


def resolve(path: Path, media: Media) -> Hub:
    """ConfigError names the key. Pictures of people do not go over a line that others can read."""
    key = f"{path}: key `media.hub`"
    try:
        parts = urlsplit(media.hub)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ConfigError(f"{key}: {error}. Write https://host or https://host:port.") from error
    if parts.scheme not in ("http", "https") or not host or parts.path.strip("/") or parts.query:
        raise ConfigError(f"{key}: {media.hub!r} is no address. Write https://host[:port].")
    tls = parts.scheme == "https"
    if not tls and not _loopback(host):
        raise ConfigError(f"{key}: http:// only reaches this machine. Use https://.")
    ca_file = path.absolute().parent / media.ca_file if media.ca_file else None
    if ca_file is not None and not ca_file.is_file():
        raise ConfigError(f"{path}: key `media.ca_file`: there is no {ca_file}. Correct it.")
    return Hub(host=host, port=port or (443 if tls else 80), tls=tls, ca_file=ca_file)


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
