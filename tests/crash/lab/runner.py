"""Runs units side by side in processes of their own, and shows how far they are."""

import logging
import multiprocessing
import time
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from tests.crash.lab.campaigns import CAMPAIGNS
from tests.crash.lab.record import Record
from tests.crash.lab.tally import Campaign, Tally, Unit

_NAMES = {one.name: one for one in CAMPAIGNS}

# A dead process's connections are abandoned, never closed: their descriptors are left to a
# worker's end, before there are so many that select() cannot name the next one.
_TASKS = 8


def work(unit: Unit) -> Tally:
    """In a worker process."""
    logging.disable(logging.CRITICAL)  # what is set aside and refused there is meant
    begun = time.monotonic()
    tally = _NAMES[unit.campaign].run(unit)
    tally.seconds = time.monotonic() - begun
    return tally


def run(
    campaigns: Sequence[Campaign], record: Record, scale: float, workers: int, console: Console
) -> None:
    columns = (
        TextColumn("{task.description:14}"), BarColumn(), MofNCompleteColumn(),
        TimeElapsedColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    units = [unit for one in campaigns for unit in one.units(scale, record.seed)]
    with (
        Progress(*columns, console=console) as progress,
        ProcessPoolExecutor(
            workers,
            multiprocessing.get_context("spawn"),
            max_tasks_per_child=_TASKS,
        ) as pool,
    ):
        bars = {
            one.name: progress.add_task(one.name, total=_trials(one.name, units))
            for one in campaigns
        }
        waiting: dict[Future[Tally], Unit] = {}
        for unit in units:
            if record.has(unit):
                progress.advance(bars[unit.campaign], unit.trials)
            else:
                waiting[pool.submit(work, unit)] = unit
        for future in as_completed(waiting):
            unit = waiting[future]
            record.add(unit, future.result())
            progress.advance(bars[unit.campaign], unit.trials)


def _trials(name: str, units: Sequence[Unit]) -> int:
    return sum(unit.trials for unit in units if unit.campaign == name)
