"""Data that is part of the program: a TOML file beside the module that reads it."""

import tomllib
from pkgutil import get_data
from typing import TypeVar

import msgspec

_T = TypeVar("_T")


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    """Of such a file; a key that nobody reads is a slip of the pen."""


def shipped(package: str, name: str, of: type[_T]) -> _T:
    """The file `name` of a package, as `of`. msgspec.ValidationError where it is none."""
    data = get_data(package, name)
    assert data is not None, f"{name} is part of {package}"
    return decoded(data.decode(), of)


def decoded(text: str, of: type[_T]) -> _T:
    return msgspec.convert(tomllib.loads(text), of)
