"""The state file: one JSON line a finished unit, so that a long run can be taken up again."""

from pathlib import Path

import msgspec

from tests.crash.lab.tally import Tally, Unit


class Begun(msgspec.Struct, frozen=True, tag="begun"):
    """First line: what the run was asked for."""

    seed: int
    scale: float


class Done(msgspec.Struct, frozen=True, tag="done"):
    unit: Unit
    tally: Tally


class Record:
    """Owns the state file. ValueError when it belongs to another run."""

    def __init__(self, path: Path, begun: Begun) -> None:
        self.path, self.seed = path, begun.seed
        self.done: list[Done] = []
        if path.exists() and path.stat().st_size:
            self._read(begun)
        else:
            path.write_bytes(msgspec.json.encode(begun) + b"\n")

    def _read(self, begun: Begun) -> None:
        first, *lines = self.path.read_bytes().split(b"\n")
        found = msgspec.json.decode(first, type=Begun)
        if found != begun:
            raise ValueError(f"{self.path}: is of seed {found.seed}, scale {found.scale}")
        # The last line may be torn: that unit is done again.
        self.done = [msgspec.json.decode(line, type=Done) for line in lines[:-1]]

    def add(self, unit: Unit, tally: Tally) -> None:
        done = Done(unit, tally)
        self.done.append(done)
        with self.path.open("ab") as file:
            file.write(msgspec.json.encode(done) + b"\n")

    def has(self, unit: Unit) -> bool:
        return any(one.unit == unit for one in self.done)

    def tallies(self) -> dict[str, Tally]:
        """By campaign."""
        found: dict[str, Tally] = {}
        for one in self.done:
            found.setdefault(one.unit.campaign, Tally()).merge(one.tally)
        return found
