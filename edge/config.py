"""edge.toml: everything the agent is told. A bad file fails before any socket opens."""

import re
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from core.config import SLUG, load, secret
from core.errors import ConfigError
from devices.adapter import Known, Site

Slug = Annotated[str, msgspec.Meta(pattern=SLUG)]
Port = Annotated[int, msgspec.Meta(ge=1, le=65535)]
PublicKey = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
# A name or an address. What no resolver can be asked for would end the network thread.
_HOST = re.compile(r"(?:[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\.?|[0-9A-Fa-f:]+(?:%\w+)?)")
# MQTT 3.1.1 §4.7: `+` stands for a whole level, `#` for all that is left.
_FILTER = re.compile(r"(?:(?:\+|[^+#\0/]*)/)*(?:\+|#|[^+#\0/]*)")


class Broker(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where to connect. Passwords stand in files of their own, never in here."""

    host: str = "127.0.0.1"
    port: Port = 1883
    username: str = ""
    password_file: str = ""
    ca_file: str = ""  # set: TLS, and the server must prove itself against it


class Intake(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    broker: Broker = Broker()
    subscribe: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)] = ("#",)
    linger_ms: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 5  # how long a batch waits for more
    group: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 256  # messages in one commit


class Uplink(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    hub_key: PublicKey  # receipts are believed from this key only
    broker: Broker = Broker()
    resend_s: Annotated[float, msgspec.Meta(gt=0, le=3600)] = 5.0  # no receipt for so long: again


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    quarantine_mb: Annotated[int, msgspec.Meta(ge=1)] = 256  # raw bytes kept of what was set aside
    remembered_ids: Annotated[int, msgspec.Meta(ge=1000)] = 2_000_000  # for telling duplicates


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    compound: Slug
    gateway: Slug
    data: Annotated[str, msgspec.Meta(pattern=r"^[^\0]+\Z")]
    uplink: Uplink
    zone: str = "Asia/Shanghai"
    intake: Intake = Intake()
    limits: Limits = Limits()
    health_s: Annotated[float, msgspec.Meta(gt=0, le=3600)] = 30.0
    devices: Mapping[str, Known] = {}


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The configuration with everything it names resolved: paths, zones, passwords."""

    config: Config
    folder: Path
    site: Site
    intake_password: str
    uplink_password: str
    intake_tls: ssl.SSLContext | None = None
    uplink_tls: ssl.SSLContext | None = None


def read(path: Path) -> Settings:
    """ConfigError names the file, the key and what to do."""
    config = load(path, Config)
    base = path.absolute().parent
    _check(path, config)
    zones = {
        key: _zone(path, f"devices.{key}.zone", known.zone)
        for key, known in config.devices.items()
        if known.zone
    }
    site = Site(zone=_zone(path, "zone", config.zone), devices=config.devices, zones=zones)
    return Settings(
        config=config,
        folder=base / config.data,
        site=site,
        intake_password=_password(base, config.intake.broker, "intake.broker.password_file"),
        uplink_password=_password(base, config.uplink.broker, "uplink.broker.password_file"),
        intake_tls=_tls(base, config.intake.broker, "intake.broker.ca_file"),
        uplink_tls=_tls(base, config.uplink.broker, "uplink.broker.ca_file"),
    )


def _check(path: Path, config: Config) -> None:
    """What would only be refused later, by a resolver or by the MQTT client's own thread."""
    for key, broker in (("intake", config.intake.broker), ("uplink", config.uplink.broker)):
        if not _HOST.fullmatch(broker.host):
            raise ConfigError(
                f"{path}: key `{key}.broker.host`: {broker.host!r} is no host name or address. "
                "Correct it."
            )
    for one in config.intake.subscribe:
        if not one or not _FILTER.fullmatch(one):
            raise ConfigError(
                f"{path}: key `intake.subscribe`: {one!r} is no MQTT topic filter. "
                "`+` is a whole level, `#` stands alone at the end."
            )


def _zone(path: Path, key: str, name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # "Asia" is a directory
        raise ConfigError(
            f"{path}: key `{key}`: no time zone {name!r}. Use an IANA name such as Asia/Shanghai."
        ) from error


def _password(base: Path, broker: Broker, key: str) -> str:
    return secret(base / broker.password_file, key) if broker.password_file else ""


def _tls(base: Path, broker: Broker, key: str) -> ssl.SSLContext | None:
    if not broker.ca_file:
        return None
    path = base / broker.ca_file
    try:
        return ssl.create_default_context(cafile=path)
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"`{key}` = {path}: cannot be used ({error}). "
            "Give the PEM file of the broker's authority."
        ) from error
