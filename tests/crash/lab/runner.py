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
    with Progress(*columns, console=console) as progress:
        for one in campaigns:
            units = list(one.units(scale, record.seed))
            bar = progress.add_task(one.name, total=sum(unit.trials for unit in units))
            # Workers of its own: a dead process's connections are abandoned, never closed, and
            # their descriptors would pile up until select() cannot name the next one.
            with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn")) as pool:
                waiting: dict[Future[Tally], Unit] = {}
                for unit in units:
                    if record.has(unit):
                        progress.advance(bar, unit.trials)
                    else:
                        waiting[pool.submit(work, unit)] = unit
                for future in as_completed(waiting):
                    unit = waiting[future]
                    record.add(unit, future.result())
                    progress.advance(bar, unit.trials)
