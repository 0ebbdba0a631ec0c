"""Lines on several processes become what they become on one, in the same order."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from infra.importing import pool as pools
from infra.importing.messages import Setting
from infra.importing.objects import Objects, rows
from infra.importing.pool import Pool, Read
from infra.importing.reading import How
from infra.importing.sniff import Sniffed, sniff
from tests.fix_importing import NOW, lift, lines

SETTING = Setting(b"k" * 32, NOW)


def _reads(path: Path, sniffed: Sniffed) -> Iterator[Read]:
    every = rows(path, sniffed)
    assert every is not None
    return Objects(How(), b"k" * 32, None).reads(every)


def test_processes_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "lifts.jsonl"
    told = [lift(number % 600, f"v{number % 9:03}", plate="粤B12345") for number in range(8_000)]
    path.write_bytes(lines(told) + b"{}\n")
    sniffed = sniff(path)

    def every(workers: int) -> list[tuple[int, list[object], list[object]]]:
        with closing(Pool(SETTING, workers)) as pool:
            return [
                (read.block.first, [*map(repr, batch.made)], [*map(repr, batch.aside)])
                for read, batch in pool.decoded(_reads(path, sniffed), sniffed.size)
            ]

    alone = every(1)
    monkeypatch.setattr(pools, "_FEW", 0)
    assert len(alone) > 2
    assert every(2) == alone
