"""`[admin."compound/gateway"]` of hub.toml: where gateways are told of devices, and with what."""

import ipaddress
import json
import ssl
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from core.config import secret
from core.errors import ConfigError


class AdminPort(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`[admin."compound/gateway"]` of hub.toml. `url`: https://… , or http:// on this machine;
    `ca_file`: who signed its certificate."""

    url: str
    token_file: str
    ca_file: str = ""


class Reached(msgspec.Struct, frozen=True, kw_only=True):
    """Where it is, resolved."""

    url: str
    token: str
    tls: ssl.SSLContext | None


def resolve(path: Path, ports: Mapping[str, AdminPort]) -> dict[str, Reached]:
    """ConfigError names the key."""
    return {name: _resolved(path, name, port) for name, port in ports.items()}


def _resolved(path: Path, name: str, port: AdminPort) -> Reached:
    key, base = f"admin.{json.dumps(name)}", path.absolute().parent
    if len(name.split("/")) != 2 or not all(name.split("/")):
        raise ConfigError(f"{path}: table `{key}`: name it compound/gateway, such as c01/gw01.")
    try:
        parts = urlsplit(port.url)
        host = parts.hostname
    except ValueError as error:
        raise ConfigError(f"{path}: key `{key}.url`: {error}. Correct it.") from error
    if parts.scheme not in ("http", "https") or not host or parts.path.strip("/") or parts.query:
        raise ConfigError(f"{path}: key `{key}.url`: no address. Write https://host[:port].")
    if parts.scheme == "http" and not _loopback(host):
        raise ConfigError(f"{path}: key `{key}.url`: http:// only reaches this machine.")
    tls = None
    if parts.scheme == "https":
        authority = str(base / port.ca_file) if port.ca_file else None
        try:
            tls = ssl.create_default_context(cafile=authority)
        except (OSError, ValueError) as error:
            raise ConfigError(
                f"{path}: key `{key}.ca_file`: cannot be used ({error}). Give the PEM file."
            ) from error
    return Reached(
        url=port.url.rstrip("/"), token=secret(base / port.token_file, f"{key}.token_file"), tls=tls
    )


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
