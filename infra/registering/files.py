"""A register's file as raw entries: TOML for people, JSON lines for machines."""

import re
import tomllib
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import msgspec

from core import strictjson
from core.clock import rfc3339
from core.errors import ConfigError, Undecodable
from core.policy.findings import Findings
from infra.importing.aside import Unusable
from infra.importing.packed import content
from infra.importing.sniff import sniff
from projections.waste_district.entering.crosscheck import Said
from projections.waste_district.register.entry import KINDS, read

_ENDS = re.compile(r"\r\n|\r|\n")  # inside a string JSON has none
_LONGEST = 64_000_000  # bytes of a file, unpacked: twenty districts fit
_MOST = 50_000  # bytes of an entry; its bins' keys may still grow by their compounds
_DEFAULTS = ("validFrom", "reason")  # that may stand once, above all entries of a TOML file


class File:
    """Mistakes and doubts are among its findings."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.findings = Findings()

    def mistakes(self) -> list[str]:
        return [one.line(str(self.path)) for one in self.findings.errors]

    def doubts(self) -> list[str]:
        return [one.line(str(self.path)) for one in self.findings.warnings]

    def read(self) -> Iterator[Said]:
        text = self._text()
        raw = self._toml(text) if self.path.suffix.lower() == ".toml" else self._json_lines(text)
        for key, one in raw:
            entry = read(one, key, self.findings)
            if entry is None:
                continue
            if len(msgspec.json.encode(entry.line())) > _MOST:
                what = f"has more than {_MOST:,} bytes, and a page must take it whole"
                self.findings.error(key, what, "Shorten its lists.")
                continue
            yield Said(self.findings, key, entry, str(self.path))

    def _text(self) -> str:
        """ConfigError when it can not be read at all."""
        try:
            sniffed = sniff(self.path, self._bounded)
            plain = b"".join(content(self.path))[sniffed.mark :].decode(sniffed.encoding)
        except Unusable as error:
            raise ConfigError(f"{self.path}: is {error.reason}. Name a text file.") from error
        except UnicodeDecodeError as error:
            raise ConfigError(
                f"{self.path}: neither UTF-8 nor GB18030 at byte {error.start}. Save it as UTF-8."
            ) from error
        return plain

    def _bounded(self, read: int) -> None:
        if read > _LONGEST:
            raise ConfigError(
                f"{self.path}: has more than {_LONGEST:,} bytes, and is read whole. Cut it into "
                "several files and name all of them: they are checked together."
            )

    def _toml(self, text: str) -> Iterator[tuple[str, object]]:
        try:
            found = tomllib.loads(text)
        except (
            ValueError,
            RecursionError,
        ) as error:  # a number of 5,000 digits is no TOMLDecodeError
            raise ConfigError(f"{self.path}: not TOML: {error}. Correct the line named.") from error
        defaults = {name: _written(found.pop(name)) for name in _DEFAULTS if name in found}
        for kind, table in found.items():
            if kind not in KINDS:
                remedy = f"Write [[kind]] above each entry, of {', '.join(KINDS)}."
                self.findings.error(kind, "is no kind of entry", remedy)
            elif not isinstance(table, list):
                self.findings.error(kind, "is no array of tables", f"Write [[{kind}]] above each.")
            else:
                for at, one in enumerate(table):
                    whole: object = one
                    if isinstance(one, dict):
                        told = {name: _written(value) for name, value in one.items()}
                        whole = {**defaults, **told, "kind": kind}
                    yield f"{kind}[{at}]", whole

    def _json_lines(self, text: str) -> Iterator[tuple[str, object]]:
        for number, line in enumerate(_ENDS.split(text), start=1):
            if not line.strip():
                continue
            key = f"line {number}"
            try:
                yield key, strictjson.parse(line.encode())
            except Undecodable as error:
                why = error.detail.partition(": line")[0] or error.reason  # of one line only
                what = f"is no JSON ({why})"
                self.findings.error(key, what, "Write one object a line.")


def _written(value: Any) -> Any:
    """TOML's own times as text: with their offset, or without one as they stand."""
    if isinstance(value, datetime):
        return rfc3339(value) if value.tzinfo else value.isoformat()
    return value.isoformat() if isinstance(value, date | time) else value
