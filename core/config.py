"""TOML into frozen structs, whole, before anything is opened. Errors name file, key and remedy."""

import re
import tomllib
from pathlib import Path
from typing import TypeVar

import msgspec

from core.errors import ConfigError

ConfigT = TypeVar("ConfigT", bound=msgspec.Struct)

_PLACE = re.compile(r"^(?P<what>.*?)(?: - at `\$\.?(?P<key>.*)`)?$", re.DOTALL)
_UNKNOWN = re.compile(r"unknown field `(?P<field>[^`]+)`")
_MISSING = re.compile(r"missing required field `(?P<field>[^`]+)`")
SLUG = r"^[A-Za-z0-9_-]{1,64}$"  # what may stand in topics and sources unescaped


def load(path: Path, into: type[ConfigT]) -> ConfigT:
    """The configuration at `path`. ConfigError for anything that is not exactly right."""
    try:
        with path.open("rb") as handle:
            found = tomllib.load(handle)
    except OSError as error:
        raise ConfigError(
            f"{path}: cannot be read ({error.strerror}). Check the path and its permissions."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not TOML: {error}. Correct the line named.") from error
    try:
        return msgspec.convert(found, into)
    except msgspec.ValidationError as error:
        raise ConfigError(_explain(path, str(error))) from error


def _explain(path: Path, text: str) -> str:
    match = _PLACE.match(text)
    assert match is not None
    what, key = match["what"], match["key"] or ""
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
    except OSError as error:
        raise ConfigError(
            f"`{key}` = {path}: cannot be read ({error.strerror}). "
            "Create the file with the password in it, mode 0600."
        ) from error
