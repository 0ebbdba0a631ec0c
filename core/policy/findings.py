"""What is wrong with a policy file: every mistake with its key and what to do, all at once."""

import re
from collections.abc import Mapping
from typing import Any, Literal, TypeVar

import msgspec

from core.errors import ConfigError

_T = TypeVar("_T")
_PLACE = re.compile(r"^(?P<what>.*?)(?: - at `\$\.?(?P<key>.*)`)?$", re.DOTALL)
_FIELD = re.compile(r"(?P<how>unknown|missing required) field `(?P<field>[^`]+)`")


class Found(msgspec.Struct, frozen=True):
    """`word`: of a warning, one of a small set a console can explain. Never a number, a plate or a
    name: those stand in the file at `key`."""

    key: str
    what: str
    remedy: str
    severity: Literal["error", "warning"] = "error"
    word: str = ""

    def line(self, file: str) -> str:
        return f"{file}: key `{self.key}`: {self.what}. {self.remedy}"


class PolicyMistakes(ConfigError):
    """The file is no policy; one line for each mistake."""

    def __init__(self, file: str, found: tuple[Found, ...]) -> None:
        super().__init__("\n".join(one.line(file) for one in found))
        self.found = found


class Findings:
    """Collects while a file is read."""

    def __init__(self) -> None:
        self.errors: list[Found] = []
        self.warnings: list[Found] = []

    def error(self, key: str, what: str, remedy: str) -> None:
        self.errors.append(Found(key, what, remedy))

    def warn(self, word: str, key: str, what: str, remedy: str) -> None:
        self.warnings.append(Found(key, what, remedy, "warning", word))

    def convert(self, value: Any, into: type[_T], key: str) -> _T | None:
        """`value` as `into`, or nothing and an error at its key."""
        try:
            return msgspec.convert(value, into)
        except msgspec.ValidationError as error:
            match = _PLACE.match(str(error))
            assert match is not None
            what, inner = match["what"], match["key"]
            whole = ".".join(part for part in (key, inner) if part)
            if field := _FIELD.search(what):
                whole = f"{whole}.{field['field']}" if whole else field["field"]
                if field["how"] == "unknown":
                    self.error(whole, "is not known", "Remove it or correct its spelling.")
                else:
                    self.error(whole, "is missing", "Add it.")
            elif what == "Expected `str`, got `int`":
                self.error(whole, "is a bare number", "Write it in quotes.")
            else:
                self.error(whole, what, "Correct the value.")
            return None

    def entries(self, table: Any, into: type[_T], key: str) -> dict[str, _T]:
        """A table of tables, each converted by itself, so that a mistake has its own key."""
        found: dict[str, _T] = {}
        for name, value in self.table(table, key).items():
            if (one := self.convert(value, into, f"{key}.{name}")) is not None:
                found[name] = one
        return found

    def rows(self, array: Any, into: type[_T], key: str) -> list[tuple[str, _T]]:
        """An array of tables, each with its key."""
        if not isinstance(array, list | tuple):
            self.error(key, "is no array of tables", f"Write [[{key}]] above each.")
            return []
        found = []
        for at, value in enumerate(array):
            if (one := self.convert(value, into, f"{key}[{at}]")) is not None:
                found.append((f"{key}[{at}]", one))
        return found

    def table(self, value: Any, key: str) -> Mapping[str, Any]:
        if isinstance(value, dict):
            return value
        self.error(key, "is no table", f"Write [{key}] and its keys below.")
        return {}

    def known(self, names: tuple[str, ...], of: Mapping[str, object], key: str, what: str) -> None:
        for name in names:
            if name not in of:
                self.error(key, f"{name!r} is no {what} of this file", f"Describe the {what} "
                           "or correct the name.")  # fmt: skip
