"""edge.toml: everything the agent is told. A bad file fails before any socket opens."""

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
PublicKey = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class Broker(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where to connect. Passwords stand in files of their own, never in here."""

    host: str = "127.0.0.1"
    port: Port = 1883
    username: str = ""
    password_file: str = ""
    ca_file: str = ""  # set: TLS, and the server must prove itself against it


class Intake(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    broker: Broker = Broker()
    subscribe: tuple[str, ...] = ("#",)
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
    data: str
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


def read(path: Path) -> Settings:
    """ConfigError names the file, the key and what to do."""
    config = load(path, Config)
    base = path.absolute().parent
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
    )


def _zone(path: Path, key: str, name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ConfigError(
            f"{path}: key `{key}`: no time zone {name!r}. Use an IANA name such as Asia/Shanghai."
        ) from error


def _password(base: Path, broker: Broker, key: str) -> str:
    return secret(base / broker.password_file, key) if broker.password_file else ""
