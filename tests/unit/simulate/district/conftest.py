"""A small district, generated once for all tests of this room."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from core.clock import parse_rfc3339
from infra.simulate.district.month import Made, Wish, generate

START = date(2026, 10, 1)
COMPOUNDS = 8
DAYS = 12


class Said:
    """A line of the messages, parsed."""

    def __init__(self, line: bytes) -> None:
        told = orjson.loads(line)
        self.compound: str = told["compound"]
        self.topic: str = told["topic"]
        self.arrived: datetime = parse_rfc3339(told["time"])
        self.body: dict[str, Any] = told["payload"]
        self.data: dict[str, Any] = self.body["data"]
        self.id: str = self.body["id"]
        self.at = datetime.fromisoformat(self.body["time"])

    @property
    def what(self) -> str:
        """Its type without domain's last part and version: bin.collected."""
        return str(self.body["type"]).removeprefix("waste.").removesuffix(".v1")

    @property
    def subject(self) -> str:
        return str(self.body["subject"])

    @property
    def vehicle(self) -> str:
        return self.subject.removeprefix("vehicle/")

    @property
    def day(self) -> str:
        return f"{self.at:%Y-%m-%d}"


class District:
    """What was written, as somebody who has the files sees it."""

    def __init__(self, folder: Path, made: Made) -> None:
        self.folder = folder
        self.made = made
        self.said = [Said(line) for path in made.files for line in _lines(path)]
        self.entries: list[dict[str, Any]] = [
            orjson.loads(line) for line in _lines(folder / "register.jsonl")
        ]
        self.truth: dict[str, set[str]] = {}
        for line in _lines(folder / "truth.jsonl"):
            case = orjson.loads(line)
            self.truth.setdefault(case["kind"], set()).add(case["key"])

    def of(self, what: str) -> list[Said]:
        return [said for said in self.said if said.what == what]

    def entered(self, kind: str) -> dict[str, dict[str, Any]]:
        return {one["name"]: one for one in self.entries if one["kind"] == kind}

    def cases(self, kind: str) -> Iterator[list[str]]:
        """Keys of a kind in their parts."""
        for key in sorted(self.truth.get(kind, ())):
            yield key.split("|")


def _lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines()


@pytest.fixture(scope="session")
def district(tmp_path_factory: pytest.TempPathFactory) -> District:
    folder = tmp_path_factory.mktemp("district")
    return District(
        folder, generate(Wish(out=folder, seed=5, compounds=COMPOUNDS, days=DAYS, start=START))
    )


def last_day() -> str:
    return str(START + timedelta(days=DAYS - 1))
