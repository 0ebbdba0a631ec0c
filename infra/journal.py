"""`menwei journal`: look at a gateway's journal files, and the one decision they may ask for.

Nothing here changes or deletes a journal file; `renew` writes an order that the agent obeys
when it starts next (docs/recovery.md).
"""

import sqlite3
import time
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from core.batch import Head, Journal, Lane
from core.errors import BadFrame, ConfigError, EnvironmentFault, FatalError
from core.folder import claim
from core.keys import Signer
from core.receipt import open_receipt
from core.store.recorder import open_reader
from edge import formerkeys, journals, lanes
from edge.config import Settings
from edge.survey import Survey, survey


class Found(msgspec.Struct, frozen=True):
    """One journal (a lane of one epoch) in one file."""

    file: str
    epoch: int
    lane: Lane
    survey: Survey
    receipted: int


def verify(settings: Settings) -> int:
    """Reads every batch of every file; 1 when one is not what was committed."""
    paths = journals.files(settings.folder)
    if not paths:
        raise EnvironmentFault(f"{settings.folder}: no journal here. Check `data` in edge.toml.")
    signer = _key(settings)
    table = Table("file", "epoch", "lane", "batches", "to", "receipted", "finding")
    damaged = False
    with Progress(transient=True) as progress:
        task = progress.add_task("reading journals", total=len(paths))
        for path in paths:
            for found in _read(path, signer, settings):
                damaged |= bool(found.survey.holes)
                _rows(table, found)
            progress.advance(task)
    Console().print(table)
    return 1 if damaged else 0


def renew(settings: Settings, reason: str) -> None:
    """The next start of the agent begins a new epoch. ConfigError without a reason,
    EnvironmentFault while the agent runs."""
    if not reason.strip():
        raise ConfigError("--reason: say why; it stands in the log for ever.")
    if not journals.files(settings.folder):
        raise EnvironmentFault(f"{settings.folder}: no journal here. Check `data` in edge.toml.")
    claim(settings.folder).close()  # says so if the agent runs
    journals.order_renewal(settings.folder, f"{time.strftime('%F %T')} {reason.strip()}")
    Console().print(
        "The next start of the agent begins a new epoch. The files there are stay; what the hub "
        "has not got of them is delivered or written again."
    )


def _key(settings: Settings) -> Signer:
    path = settings.folder / "gateway.key"
    if not path.exists():
        raise EnvironmentFault(f"{path}: missing. Restore it from backup; it names the journals.")
    return Signer.load_or_create(path)


def _read(path: Path, signer: Signer, settings: Settings) -> list[Found]:
    hub_key = bytes.fromhex(settings.config.uplink.hub_key)
    epoch = journals.epoch_of(path)
    marks = journals.marks(path)
    try:
        reader = open_reader(path)
        with reader.reading() as c:
            found = []
            key = formerkeys.owner(c, epoch, formerkeys.read(path.parent).every(signer))
            for lane in Lane:
                journal = Journal(key, epoch, lane)
                told = lanes.read(c, journal)
                survey_of = survey(c, journal, Head(number=told.pruned), marks.get(lane, Head()))
                if survey_of.oldest or survey_of.holes:
                    receipted = _receipted(told.receipt, hub_key)
                    found.append(Found(path.name, epoch, lane, survey_of, receipted))
        reader.datastore.close()
    except (FatalError, sqlite3.Error) as error:
        raise EnvironmentFault(
            f"{path}: cannot be read at all ({error}). Keep the file; start the agent, which will "
            "write a new one beside it and say what is missing."
        ) from error
    return found


def _receipted(payload: bytes, hub_key: bytes) -> int:
    try:
        return open_receipt(payload, hub_key).committed if payload else 0
    except BadFrame:
        return 0


def _rows(table: Table, found: Found) -> None:
    seen = found.survey
    common = (found.file, str(found.epoch), found.lane.name.lower())
    table.add_row(
        *common, str(seen.oldest), str(seen.head.number), str(found.receipted),
        "[red]damaged" if seen.holes else "[green]whole",
    )  # fmt: skip
    for hole in seen.holes:
        table.add_row(*common, str(hole.first), str(hole.last), "", f"[red]{hole.detail}")
