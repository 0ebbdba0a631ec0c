"""DATA/devices.toml: devices that were told of while the agent ran. They stand over those of
edge.toml, which is the installer's and never written here.

The file is whole at any moment, the old one or the new one; it is ours alone.
"""

import json
import re
from collections.abc import Mapping
from datetime import tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from core import durable
from core.config import load
from core.errors import MenweiError
from devices import registry
from devices.adapter import Known, Site
from devices.fields import reveals, slug

NAME = "devices.toml"
MOST = 20_000  # devices told of at one gateway
_SUBJECT = re.compile(r"[a-z][a-z-]{0,31}/(.+)")
_ROLE = re.compile(r"[a-z][a-z0-9-]{0,31}")
_READER = re.compile(r"[A-Za-z0-9_-]{1,16}")
_READERS = 32  # and as many options
_OPTION = 128  # characters


class Told(Known, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`kind`: which adapter it is expected to speak by; `by` and `at`: who told, and when."""

    kind: str = ""
    by: str = ""
    at: str = ""


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    devices: dict[str, Told] = {}


class Unfit(MenweiError):
    """What was told of a device cannot be so; one sentence for each field."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {why}" for name, why in faults.items()))
        self.faults = dict(faults)


class Book:
    """Owns devices.toml and what it says. `site`: all that is known of devices now, replaced whole;
    that may be read by any thread, the rest is one thread's."""

    def __init__(self, folder: Path, configured: Site) -> None:
        """ConfigError for a file that is not as it was written."""
        self._path, self._configured = folder / NAME, configured
        self.told: dict[str, Told] = {}
        if self._path.exists():
            self.told = load(self._path, _File).devices
        self.site = self._merged()

    def _merged(self) -> Site:
        base = self._configured
        zones: dict[str, tzinfo] = {**base.zones}
        for key, one in self.told.items():
            zones.pop(key, None)
            if one.zone:
                zones[key] = ZoneInfo(one.zone)
        return msgspec.structs.replace(base, devices={**base.devices, **self.told}, zones=zones)

    def configured(self, key: str) -> bool:
        """Whether edge.toml tells of it."""
        return key in self._configured.devices

    def put(self, key: str, one: Told) -> None:
        """Durable when it returns; OSError when it could not be, and nothing has changed."""
        self._write({**self.told, key: one})

    def drop(self, key: str) -> None:
        """As `put`. What edge.toml says of it holds again."""
        self._write({name: one for name, one in self.told.items() if name != key})

    def _write(self, told: dict[str, Told]) -> None:
        durable.put(self._path, text(told), 0o600)
        self.told = told
        self.site = self._merged()


def checked(key: str, one: Told) -> Told:
    """Unfit, naming each field that cannot be so."""
    faults: dict[str, str] = {}
    if not _fits(key):
        faults["device"] = "letters, digits, `_`, `.` and `-`, 64 at most: as it stands on the wire"
    elif reveals(key):
        faults["device"] = "looks like a plate or a telephone number: choose a name of its own"
    if one.kind and one.kind not in {adapter.name for adapter in registry.ADAPTERS}:
        faults["kind"] = "no such kind; `kinds` lists them"
    if one.name and (not _fits(one.name) or reveals(one.name)):
        faults["name"] = "letters, digits, `_`, `.` and `-`, 64 at most, and nobody's number"
    subject = _SUBJECT.fullmatch(one.subject)
    if one.subject and (subject is None or not _fits(subject[1]) or reveals(subject[1])):
        faults["subject"] = "a kind and a name, such as bin/A03-2"
    if one.role and not _ROLE.fullmatch(one.role):
        faults["role"] = "one word, such as door, bin or camera"
    if one.zone and not _zone(one.zone):
        faults["zone"] = "no such time zone; use an IANA name such as Asia/Shanghai"
    if len(one.readers) > _READERS or not all(_READER.fullmatch(name) for name in one.readers):
        faults["readers"] = f"at most {_READERS} reader numbers, each with `in` or `out`"
    if len(one.options) > _READERS or not all(
        _READER.fullmatch(name) and len(value) <= _OPTION and value.isprintable()
        for name, value in one.options.items()
    ):
        faults["options"] = f"at most {_READERS} of its kind's, as its README says"
    if faults:
        raise Unfit(faults)
    return one


def _fits(name: str) -> bool:
    """As adapters make names of what stands on the wire."""
    return bool(name) and slug(name) == name


def text(told: Mapping[str, Told]) -> str:
    """As TOML, whose quotes and backslashes are JSON's; it takes no delete character."""
    lines = ["# Written by the agent whenever somebody tells it of a device; edge.toml is yours."]
    for key, one in sorted(told.items()):
        lines += ["", f"[devices.{_quoted(key)}]"]
        for name, value in sorted(msgspec.to_builtins(one).items()):
            if isinstance(value, dict) and value:
                pairs = (f"{_quoted(k)} = {_quoted(v)}" for k, v in sorted(value.items()))
                lines.append(f"{name} = {{ {', '.join(pairs)} }}")
            elif value:
                lines.append(f"{name} = {_quoted(value)}")
    return "\n".join(lines) + "\n"


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # "Asia" is a directory
        return False
    return True
