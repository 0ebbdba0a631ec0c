"""DATA/devices.toml: devices that were told of while the agent ran. They stand over those of
edge.toml, which is the installer's and never written here.

The file is whole at any moment, the old one or the new one; it is ours alone. Passwords and secrets
are files of their own, which it names.
"""

import json
import logging
import re
from collections.abc import Iterator, Mapping
from datetime import tzinfo
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from core import durable
from core.config import load, secret
from core.errors import ConfigError, MenweiError
from devices import registry
from devices.adapter import Known, Site
from devices.fields import reveals, slug
from edge.lines import config as lines
from edge.lines.config import Follower, Source
from edge.provisioning.secretfiles import SecretFiles

log = logging.getLogger("edge.admin")

NAME = "devices.toml"
MOST = 20_000  # devices told of at one gateway
_SUBJECT = re.compile(r"[a-z][a-z-]{0,31}/(.+)")
_ROLE = re.compile(r"[a-z][a-z0-9-]{0,31}")
_READER = re.compile(r"[A-Za-z0-9_-]{1,16}")
_READERS = 32  # and as many options
_WAYS = ("in", "out")
_OPTION = 128  # characters


class Told(Known, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`kind`: which adapter it is expected to speak by; `by` and `at`: who told, and when.
    `source`: how it is asked; `secret_file`: by what it proves itself. Files are relative to the
    data folder."""

    kind: str = ""
    by: str = ""
    at: str = ""
    source: Source | None = None
    secret_file: str = ""


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
        self.folder, self._secrets = folder, SecretFiles(folder)
        self.told: dict[str, Told] = {}
        if self._path.exists():
            self.told = load(self._path, _File).devices
            self._whole()
        self._sweep()
        self.site = self._merged()

    def _whole(self) -> None:
        """ConfigError for a time zone that somebody wrote into it and is none."""
        for key, one in self.told.items():
            if one.zone and not _zone(one.zone):
                raise ConfigError(
                    f"{self._path}: key `devices.{key}.zone`: no such time zone. Use an IANA name "
                    "such as Asia/Shanghai, or remove it."
                )

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

    def put(self, key: str, one: Told, password: str = "", secret: str = "") -> None:
        """Durable when it returns; OSError when it could not be, and nothing has changed.
        `password` of its source and `secret`: new ones, empty where nothing is new."""
        if password and one.source is not None:
            file = self._secrets.keep(key, "password", password)
            source = msgspec.structs.replace(one.source, password_file=file)
            one = msgspec.structs.replace(one, source=source)
        if secret:
            file = self._secrets.keep(key, "secret", secret)
            one = msgspec.structs.replace(one, secret_file=file)
        self._write({**self.told, key: one})

    def drop(self, key: str) -> None:
        """As `put`. What edge.toml says of it holds again."""
        self._write({name: one for name, one in self.told.items() if name != key})

    def _write(self, told: dict[str, Told]) -> None:
        durable.put(self._path, text(told), 0o600)
        self.told = told
        self.site = self._merged()
        self._sweep()

    # -- what stands in files of its own -------------------------------------------------------

    def followers(self) -> tuple[list[Follower], dict[str, str]]:
        """Who is to be asked, and, by device, why it cannot be: its files are not as they were."""
        found: list[Follower] = []
        broken: dict[str, str] = {}
        for key, one in self.told.items():
            if one.source is None:
                continue
            try:
                found.append(lines.follower(self._path, key, one.source))
            except ConfigError as error:
                log.error("%s is not asked: %s", key, error)
                broken[key] = str(error)
        return found, broken

    def secrets(self) -> dict[str, str]:
        """By device; without those whose file is not there."""
        found: dict[str, str] = {}
        for key, one in self.told.items():
            if one.secret_file:
                try:
                    found[key] = secret(self.folder / one.secret_file, "secret_file")
                except ConfigError as error:
                    log.error("%s cannot prove itself: %s", key, error)
        return found

    def _sweep(self) -> None:
        named = {one.secret_file for one in self.told.values()}
        named |= {one.source.password_file for one in self.told.values() if one.source is not None}
        try:
            self._secrets.sweep(named)
        except OSError as error:
            log.warning("an old secret is not removed: %s", error)


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
    if len(one.readers) > _READERS or not all(
        _READER.fullmatch(name) and way in _WAYS for name, way in one.readers.items()
    ):
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
    made = ["# Written by the agent whenever somebody tells it of a device; edge.toml is yours."]
    for key, one in sorted(told.items()):
        told_of = msgspec.to_builtins(one)
        source = told_of.pop("source")
        made += ["", f"[devices.{_quoted(key)}]", *_keys(told_of)]
        if source is not None:
            made += [f"[devices.{_quoted(key)}.source]", *_keys(source)]
    return "\n".join(made) + "\n"


def _keys(table: Mapping[str, Any]) -> Iterator[str]:
    for name, value in sorted(table.items()):
        if isinstance(value, dict) and value:
            pairs = (f"{_quoted(k)} = {_quoted(v)}" for k, v in sorted(value.items()))
            yield f"{name} = {{ {', '.join(pairs)} }}"
        elif value is True:
            yield f"{name} = true"
        elif value:
            yield f"{name} = {_quoted(value)}"


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # "Asia" is a directory
        return False
    return True
