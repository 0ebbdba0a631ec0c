"""How a file is to be read, as far as it does not say so itself."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from eventsourcing.persistence import Notification

from core.config import load
from core.errors import ConfigError
from infra.importing.columns import COLUMNS, Mapped
from infra.importing.messages import Setting

MESSAGES, PAYLOADS = "messages", "payloads"


class How(msgspec.Struct, frozen=True, kw_only=True):
    """`kind`: of rows, or `messages`; `fields`: what a district calls its columns besides those
    that are known, which `known` stands for: read by others, a file may give more."""

    kind: str = ""
    fields: Mapping[str, tuple[str, ...]] = {}
    compound: str = ""
    unit: str = ""
    zone: str = ""
    known: str = hashlib.sha256(msgspec.json.encode(COLUMNS)).hexdigest()

    def in_zone(self) -> ZoneInfo | None:
        return ZoneInfo(self.zone) if self.zone else None

    def setting(self, reference_key: bytes, now: datetime, ends: Iterable[Notification]) -> Setting:
        """`ends`: of the log's journals."""
        journals = frozenset(UUID(str(one.originator_id)).hex for one in ends)
        return Setting(reference_key, now, self.in_zone(), self.compound, journals)


def how(*, kind: str, compound: str, unit: str, zone: str) -> How:
    """ConfigError names the option. `kind`: one of those known, or a file that maps columns."""
    fields: Mapping[str, tuple[str, ...]] = {}
    if kind and kind != MESSAGES and COLUMNS.kind(kind) is None:
        path = Path(kind)
        if not path.is_file():
            known = ", ".join((MESSAGES, *(one.name for one in COLUMNS.kinds)))
            raise ConfigError(f"--as {kind}: one of {known}, or a file that maps columns.")
        mapped = load(path, Mapped)
        if COLUMNS.kind(mapped.kind) is None or set(mapped.fields) - set(COLUMNS.fields):
            fields_known = ", ".join(COLUMNS.fields)
            raise ConfigError(f"{path}: a kind or field is not known. Fields are: {fields_known}.")
        kind, fields = mapped.kind, mapped.fields
    made = How(kind=kind, fields=fields, compound=compound, unit=unit, zone=zone)
    try:
        made.in_zone()
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # "Asia" is a directory
        raise ConfigError(f"--zone {zone}: no such IANA time zone.") from error
    return made
