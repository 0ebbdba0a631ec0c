"""TOML into frozen structs, whole, before anything is opened. Errors name file, key and remedy."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from core.errors import ConfigError

ConfigT = TypeVar("ConfigT", bound=msgspec.Struct)

_PLACE = re.compile(r"^(?P<what>.*?)(?: - at `\$\.?(?P<key>.*)`)?$", re.DOTALL)
_ENTRY = re.compile(r" - at `\$\.(?P<table>[\w.]+)\[\.\.\.\]")
_UNKNOWN = re.compile(r"unknown field `(?P<field>[^`]+)`")
_MISSING = re.compile(r"missing required field `(?P<field>[^`]+)`")
# Among the gateways of a compound these are the hub's own name, and that of what was imported.
GATEWAY_SLUG = r"^(?!(?:hub|import)\Z)[A-Za-z0-9_-]{1,64}\Z"
SLUG = r"^[A-Za-z0-9_-]{1,64}\Z"  # what may stand in topics and sources unescaped


def load(path: Path, into: type[ConfigT]) -> ConfigT:
    """The configuration at `path`. ConfigError for anything that is not exactly right."""
    try:
        with path.open("rb") as handle:
            found = tomllib.load(handle)
    except OSError as error:
        raise ConfigError(
            f"{path}: cannot be read ({error.strerror}). Check the path and its permissions."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ConfigError(f"{path}: not TOML: {error}. Correct the line named.") from error
    try:
        return msgspec.convert(found, into)
    except msgspec.ValidationError as error:
        text, entry = str(error), ""
        for name, alone in _entries(found, text):
            try:
                msgspec.convert(alone, into)
            except msgspec.ValidationError as one:
                text, entry = str(one), name
                break
        raise ConfigError(_explain(path, text, entry)) from error


def _entries(found: Mapping[str, Any], text: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The configuration with one entry at a time of the table in which msgspec found a mistake:
    it does not say in which entry."""
    match = _ENTRY.search(text)
    if match is None:
        return
    *above, last = match["table"].split(".")
    alone = {**found}
    inner = alone
    for part in above:
        inner[part] = {**inner[part]}
        inner = inner[part]
    table = inner[last]
    if isinstance(table, dict):
        for name, value in table.items():
            inner[last] = {name: value}
            yield name, alone


def _explain(path: Path, text: str, entry: str = "") -> str:
    match = _PLACE.match(text)
    assert match is not None
    what, key = match["what"], match["key"] or ""
    if entry:
        key = key.replace("[...]", f".{entry}", 1)
    if unknown := _UNKNOWN.search(what):
        full = ".".join(part for part in (key, unknown["field"]) if part)
        return f"{path}: key `{full}` is not known. Remove it or correct its spelling."
    if missing := _MISSING.search(what):
        full = ".".join(part for part in (key, missing["field"]) if part)
        return f"{path}: key `{full}` is missing. Add it."
    return f"{path}: key `{key}`: {what}. Correct the value."


def secret(path: Path, key: str) -> str:
    """A password from a file of its own; ConfigError when it cannot be read."""
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise ConfigError(
            f"`{key}` = {path}: cannot be read ({why}). "
            "Create the file with the password in it, mode 0600."
        ) from error
