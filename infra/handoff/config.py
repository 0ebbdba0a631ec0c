"""`[handoff.NAME]` of hub.toml: to whom what is handed on, and on what basis."""

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from core.config import SLUG, secret
from core.errors import ConfigError
from core.events import camera, vehicle
from devices.gat1400 import ids

MAPPED = (
    camera.FaceCaptured.TYPE,
    vehicle.Passed.TYPE,
    camera.LineCrossed.TYPE,
    camera.RegionEntered.TYPE,
    camera.LoiteringDetected.TYPE,
    camera.CrowdCounted.TYPE,
)


class Handoff(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`device`: our own id of 20 digits there. `basis`: the law, order or contract this rests on;
    it is in every record. `compounds`: empty means all. `devices`: of ours → their ids there; one
    that has an id of 20 digits itself keeps it, others go under `device`. `personal`: with plates
    in the clear, as far as this hub can open them. `since`: where the first start begins."""

    url: str
    device: str
    user: str
    password_file: str
    basis: Annotated[str, msgspec.Meta(min_length=4, max_length=500)]
    types: tuple[str, ...] = MAPPED[:2]
    compounds: tuple[str, ...] = ()
    devices: Mapping[str, str] = {}
    personal: bool = False
    batch: Annotated[int, msgspec.Meta(ge=1, le=500)] = 50
    keepalive_s: Annotated[int, msgspec.Meta(ge=5, le=3600)] = 60
    zone: str = "Asia/Shanghai"
    since: Literal["now", "start"] = "now"
    ca_file: str = ""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    config: Handoff
    password: str
    zone: ZoneInfo
    tls: ssl.SSLContext | None = None


def resolve(path: Path, handoffs: Mapping[str, Handoff]) -> tuple[Target, ...]:
    """Everything they name, looked at before anything is opened. ConfigError says what to do."""
    return tuple(_target(path, name, one) for name, one in handoffs.items())


def _target(path: Path, name: str, told: Handoff) -> Target:
    place, base = f"{path}: key `handoff.{name}", path.absolute().parent
    try:
        msgspec.convert(name, Annotated[str, msgspec.Meta(pattern=SLUG)])
    except msgspec.ValidationError as error:
        raise ConfigError(f"{place}`: names are letters, digits, `_` and `-`.") from error
    url = urlsplit(told.url)
    if url.scheme not in ("http", "https") or not url.hostname or url.username or url.query:
        raise ConfigError(f"{place}.url`: an address such as http://192.0.2.1:8080. Correct it.")
    for key, said in (("device", told.device), *told.devices.items()):
        if not ids.is_device(said):
            where = key if key == "device" else f"devices.{key}"
            raise ConfigError(f"{place}.{where}`: ids there have 20 digits. Correct it.")
    if unknown := sorted(set(told.types) - set(MAPPED)):
        raise ConfigError(
            f"{place}.types`: no object of GA/T 1400 for {', '.join(unknown)}. "
            f"There is one for {', '.join(MAPPED)}."
        )
    try:
        zone = ZoneInfo(told.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ConfigError(f"{place}.zone`: no such IANA time zone. Correct it.") from error
    return Target(
        name=name,
        config=told,
        password=secret(base / told.password_file, f"handoff.{name}.password_file"),
        zone=zone,
        tls=_tls(base, told.ca_file, place) if url.scheme == "https" else None,
    )


def _tls(base: Path, name: str, place: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=base / name if name else None)
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"{place}.ca_file`: cannot be used ({error}). Give a PEM file of the authority."
        ) from error
