"""What every part of the benchmark is given."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from tests.bench.database import BenchServer
from tests.bench.parts import Load, Place


class Context(msgspec.Struct):
    """`size` scales how much each repeat does: 1 in the full table, less with --quick."""

    folder: Path
    server: BenchServer
    repeats: int
    size: float
    seed: int
    soak: float  # minutes of the memory row

    def events(self, full: int, least: int = 1000) -> int:
        """Of a repeat, in whole batches."""
        return max(least, int(full * self.size) // 100 * 100)

    def load(
        self,
        events: int,
        compounds: int = 20,
        gateways: int = 1,
        devices: int = 0,
        *,
        tracks: int = 1,
        batch: int = 100,
    ) -> Load:
        """A city's first events. Template and frames are made here, before any clock starts,
        and once in a run."""
        kept = self.folder / "city"
        kept.mkdir(exist_ok=True)
        made = Load(
            str(kept), self.seed, compounds, gateways, devices,
            6 if self.size >= 1 else 3, tracks, events, batch,
        )  # fmt: skip
        made.city().prepare(events)
        return made

    @contextmanager
    def place(self, database: str) -> Iterator[Place]:
        """Where a hub finds nothing yet: "postgres" or "sqlite"."""
        with self.room() as folder:
            if database == "sqlite":
                yield Place(str(folder))
                return
            with self.server.database() as url:
                yield Place(str(folder), url)

    def name_of(self, database: str) -> str:
        return "SQLite" if database == "sqlite" else self.server.name

    @contextmanager
    def room(self) -> Iterator[Path]:
        """An empty folder, gone afterwards: a repeat leaves nothing to the next."""
        with TemporaryDirectory(dir=self.folder) as made:
            yield Path(made)

    def command(self, part: str) -> str:
        quick = "" if self.size >= 1 else " --quick"
        return f'make bench ARGS="--only {part} --seed {self.seed}{quick}"'

    def part(self, name: str) -> Path:
        """A folder of one part's own."""
        made = self.folder / name
        made.mkdir()
        return made
