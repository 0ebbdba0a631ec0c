"""edge.toml: everything the agent is told. A bad file fails before any socket opens."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from core.broker import Broker, Credentials, resolve
from core.config import GATEWAY_SLUG, SLUG, load
from core.errors import ConfigError
from core.tlog.note import valid_name
from devices.adapter import Known, Site
from edge.endpoint import config as endpoint
from edge.endpoint.config import Endpoint, Resolved
from edge.http import config as http
from edge.http.config import Http
from edge.http.config import Resolved as HttpResolved
from edge.lines import config as lines
from edge.lines.config import Follower, Listening, Port, Source
from edge.media import config as media
from edge.media.config import Hub, Media
from edge.provisioning import config as provisioning
from edge.provisioning.config import Admin
from edge.witness.judge import Pin

Slug = Annotated[str, msgspec.Meta(pattern=SLUG)]
PublicKey = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
# MQTT 3.1.1 §4.7: `+` stands for a whole level, `#` for all that is left.
_FILTER = re.compile(r"(?:(?:\+|[^+#\0/]*)/)*(?:\+|#|[^+#\0/]*)")


class Intake(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    # A broker that devices publish to; default: only if neither `endpoint` nor `http` is there.
    broker: Broker | None = None
    only_known: bool = False  # devices that have no table below go to quarantine
    subscribe: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)] = ("#",)
    linger_ms: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 4  # how long a batch waits for more
    group: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 1024  # messages in one commit


class Uplink(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    hub_key: PublicKey  # receipts are believed from this key only
    broker: Broker = Broker()
    kbyte_s: Annotated[float, msgspec.Meta(ge=0)] = 0  # most that goes up, in kB/s; 0: no cap
    resend_s: Annotated[float, msgspec.Meta(gt=0, le=3600)] = 5.0  # no receipt for so long: again
    log_origin: str = ""  # the name of the hub's log; empty: as it is first shown
    unproven_s: Annotated[float, msgspec.Meta(ge=0)] = 900  # receipted and not shown; 0: off

    @property
    def pin(self) -> Pin:
        return Pin(bytes.fromhex(self.hub_key), self.log_origin)


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    quarantine_mb: Annotated[int, msgspec.Meta(ge=1)] = 256  # raw bytes kept of what was set aside
    remembered_ids: Annotated[int, msgspec.Meta(ge=1000)] = 2_000_000  # for telling duplicates
    remembered_days: Annotated[int, msgspec.Meta(ge=1)] = 400  # ... and not for longer
    journal_mb: Annotated[int, msgspec.Meta(ge=1)] = 4096  # then receipted batches make room
    reserve_mb: Annotated[int, msgspec.Meta(ge=1)] = 64  # of that and of the disk: urgent only
    device_rate: Annotated[int, msgspec.Meta(ge=1)] = 200  # bulk events/s of one, behind a broker
    device_burst: Annotated[int, msgspec.Meta(ge=1)] = 2000


class Config(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    compound: Slug
    gateway: Annotated[str, msgspec.Meta(pattern=GATEWAY_SLUG)]
    data: Annotated[str, msgspec.Meta(pattern=r"^[^\0]+\Z")]
    uplink: Uplink
    zone: str = "Asia/Shanghai"
    intake: Intake = Intake()
    endpoint: Endpoint | None = None  # the agent's own MQTT server
    http: Http | None = None  # the agent's own HTTP server, for devices that push by it
    media: Media | None = None  # pictures are kept and brought to the hub
    admin: Admin | None = None  # where it is told of devices while it runs
    sources: Mapping[str, Source] = {}  # devices that want to be asked
    lines: Mapping[str, Port] = {}  # ports on which devices converse
    limits: Limits = Limits()
    health_s: Annotated[float, msgspec.Meta(gt=0, le=3600)] = 30.0
    devices: Mapping[str, Known] = {}


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The configuration with everything it names resolved: paths, zones, passwords."""

    config: Config
    folder: Path
    site: Site
    intake: Credentials
    uplink: Credentials
    broker: Broker | None  # of devices
    endpoint: Resolved | None
    http: HttpResolved | None = None
    media: Hub | None = None
    admin: provisioning.Resolved | None = None
    followers: tuple[Follower, ...] = ()
    listening: tuple[Listening, ...] = ()


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
    broker = config.intake.broker
    if broker is None and config.endpoint is None and config.http is None:
        broker = Broker()
    return Settings(
        config=config,
        folder=base / config.data,
        site=site,
        broker=broker,
        endpoint=endpoint.resolve(path, "endpoint", config.endpoint) if config.endpoint else None,
        http=_http(path, config),
        media=media.resolve(path, config.media) if config.media else None,
        admin=provisioning.resolve(path, config.admin) if config.admin else None,
        followers=lines.followers(path, config.sources),
        listening=lines.listening(path, config.lines),
        intake=resolve(path, "intake.broker", broker) if broker else Credentials(),
        uplink=resolve(path, "uplink.broker", config.uplink.broker),
    )


def _http(path: Path, config: Config) -> HttpResolved | None:
    if config.http is None:
        return None
    return http.resolve(
        path, "http", config.http, media=config.media is not None, told=config.admin is not None
    )


def _check(path: Path, config: Config) -> None:
    """What would only be refused later, by a broker."""
    for one in config.intake.subscribe:
        if not one or not _FILTER.fullmatch(one):
            raise ConfigError(
                f"{path}: key `intake.subscribe`: {one!r} is no MQTT topic filter. "
                "`+` is a whole level, `#` stands alone at the end."
            )
    if config.uplink.log_origin and not valid_name(config.uplink.log_origin):
        raise ConfigError(
            f"{path}: key `uplink.log_origin`: {config.uplink.log_origin!r} is no name of a log. "
            "It has no spaces and no `+`; the hub shows it at start."
        )
    if config.limits.reserve_mb >= config.limits.journal_mb:
        raise ConfigError(
            f"{path}: key `limits.reserve_mb`: {config.limits.reserve_mb} of "
            f"`limits.journal_mb` = {config.limits.journal_mb} leaves nothing for bulk events. "
            "Make the reserve smaller or the journal larger."
        )


def _zone(path: Path, key: str, name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # "Asia" is a directory
        raise ConfigError(
            f"{path}: key `{key}`: no time zone {name!r}. Use an IANA name such as Asia/Shanghai."
        ) from error
