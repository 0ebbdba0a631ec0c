"""What was found beside what is so: precision, recall and F1 of every kind, and the mistakes."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from core.errors import ConfigError
from core.sources import ILLEGIBLE
from infra.simulate.district.truth import KINDS

_lines = msgspec.json.Decoder().decode_lines
Cases = Mapping[str, frozenset[str]]  # kind → keys


class Score(msgspec.Struct, frozen=True, kw_only=True):
    kind: str
    right: int
    wrong: tuple[str, ...]  # keys that were found and are not so
    overlooked: tuple[str, ...]  # keys that are so and were not found

    @property
    def true(self) -> int:
        return self.right + len(self.overlooked)

    @property
    def found(self) -> int:
        return self.right + len(self.wrong)

    @property
    def precision(self) -> float:
        """Who says nothing says nothing wrong."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        both = self.true + self.found
        return 2 * self.right / both if both else 1.0

    def reaches(self, floor: float) -> bool:
        return self.precision >= floor and self.recall >= floor


def scores(truth: Cases, found: Cases, kinds: Sequence[str] = KINDS) -> tuple[Score, ...]:
    none: frozenset[str] = frozenset()
    return tuple(
        Score(
            kind=kind,
            right=len(so & said),
            wrong=tuple(sorted(said - so)),
            overlooked=tuple(sorted(so - said)),
        )
        for kind in kinds
        for so, said in ((truth.get(kind, none), found.get(kind, none)),)
    )


def cases(items: Iterable[Any]) -> Cases:
    """Of objects with `kind` and `key`; what else they say is not looked at."""
    keys: dict[str, set[str]] = {}
    for item in items:
        if not isinstance(item, dict) or not {"kind", "key"} <= item.keys():
            raise ConfigError(f"no finding: {str(item)[:80]}. Each has a kind and a key.")
        keys.setdefault(str(item["kind"]), set()).add(str(item["key"]))
    return {kind: frozenset(found) for kind, found in keys.items()}


def days(items: Iterable[Any]) -> tuple[str, str]:
    """First and last day of what is so."""
    found = sorted(str(item["day"]) for item in items if isinstance(item, dict) and "day" in item)
    if not found:
        raise ConfigError("no day in the truth: is that the file of `menwei district generate`?")
    return found[0], found[-1]


def read(path: Path) -> list[Any]:
    """JSON lines, a list, or an object that holds one under `findings`."""
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    try:
        told = msgspec.json.decode(text)
    except ILLEGIBLE:
        try:
            return list(_lines(text))
        except ILLEGIBLE as error:
            raise ConfigError(f"{path} is neither JSON nor JSON lines: {error}") from error
    if isinstance(told, dict):
        told = told.get("findings", [told])
    return told if isinstance(told, list) else [told]
