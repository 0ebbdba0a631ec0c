"""The file a property office writes, compiled into a policy: numbers hashed, persons referenced,
includes laid flat. Every mistake in it is told at once, with file, key and remedy.

    compound = "c01"
    holidays = ["2026-10-01..2026-10-07"]
    [areas.compound]
    [doors.south-gate]
    credentials = ["card", "face", "qr"]
    [schedules.office]
    mon-fri = ["08:00-18:00"]
    [groups.staff]
    grants = [{ areas = ["compound"], schedule = "office" }]
    [[persons]]
    id = "e-7"
    groups = ["staff"]
    credentials = [{ kind = "card", number = "E9F35959", pin = "2580" }]
    [[listed]]
    person = "e-7"
    reason = "…"
    basis = "…"
    until = 2026-12-31
    [[plates]]
    plate = "粤B12345"
    list = "white"
"""

import re
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from core.clock import rfc3339
from core.config import SLUG
from core.errors import ConfigError
from core.policy.document import Policy
from core.policy.findings import Findings, Found, PolicyMistakes
from core.policy.source_groups import groups
from core.policy.source_people import People, Reference
from core.policy.source_site import schedules, site

_PASS = re.compile(r"[0-9a-f]{16}", re.ASCII)
_DEFAULT_ZONE = "Asia/Shanghai"


class Compiled(msgspec.Struct, frozen=True):
    """`warnings` are shown to people and stop nothing."""

    policy: Policy
    warnings: tuple[Found, ...]


class _Top(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    compound: Annotated[str, msgspec.Meta(pattern=SLUG)]
    zone: str = _DEFAULT_ZONE
    unknown_plates: Literal["allow", "deny"] = "deny"
    revoked: tuple[str, ...] = ()
    holidays: Any = ()
    workdays: Any = {}
    areas: Any = {}
    doors: Any = {}
    cameras: Any = {}
    screening: Any = {}
    parking: Any = {}
    expect_s: Any = {}
    schedules: Any = {}
    groups: Any = {}
    persons: Any = ()
    listed: Any = ()
    plates: Any = ()


def read(path: Path) -> Mapping[str, Any]:
    """ConfigError when there is no TOML there."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"{path}: cannot be read ({error.strerror}). Check the path and its permissions."
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8. Save it as UTF-8.") from error
    return parse(str(path), text)


def parse(file: str, text: str) -> Mapping[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{file}: not TOML: {error}. Correct the line named.") from error


def compile_policy(
    file: str,
    raw: Mapping[str, Any],
    *,
    version: int,
    issued: datetime,
    salt: str,
    reference: Reference,
    since: str = "",
    revoked: tuple[str, ...] = (),
) -> Compiled:
    """PolicyMistakes names everything that is wrong. `reference` makes the hub's references of
    (kind, identifier); `revoked` comes on top of what the file revokes."""
    found = Findings()
    top = found.convert(dict(raw), _Top, "")
    if top is None:
        raise PolicyMistakes(file, tuple(found.errors))
    zone = _zone(found, top.zone)
    place = site(found, raw)
    hours = schedules(found, raw, zone)
    found_groups = groups(found, top.groups, place, hours, zone)
    people = People(found, found_groups, zone, salt, reference, issued)
    for at, one in enumerate(top.revoked):
        if not _PASS.fullmatch(one):
            found.error(f"revoked[{at}]", "is no pass", "Write its 16 hexadecimal digits.")
    policy = Policy(
        compound=top.compound,
        version=version,
        issued=rfc3339(issued.astimezone(UTC)),
        salt=salt,
        site=place,
        zone=top.zone,
        schedules=hours,
        groups=found_groups,
        persons=people.persons(top.persons),
        listed=people.listed(top.listed),
        plates=people.plates(top.plates),
        unknown_plates=top.unknown_plates,
        revoked=tuple(dict.fromkeys((*top.revoked, *revoked))),
        since=since,
    )
    if found.errors:
        raise PolicyMistakes(file, tuple(found.errors))
    return Compiled(policy, tuple(found.warnings))


def _zone(found: Findings, name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # "Asia" is a directory
        found.error("zone", f"no time zone {name!r}", "Use an IANA name such as Asia/Shanghai.")
        return ZoneInfo(_DEFAULT_ZONE)
