"""`menwei import`: one file after the other, with progress, then what became of each."""

import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec
from eventsourcing.persistence import Notification, PersistenceError
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from core.clock import Clock
from core.errors import ConfigError, DiskFull, EnvironmentFault
from core.store.open import open_log
from infra.importing import correcting, identity, shown, taking
from infra.importing.aside import Unusable
from infra.importing.file import File, Told, refused
from infra.importing.importer import Importer
from infra.importing.pool import Pool
from infra.importing.reading import How
from infra.importing.report import Report
from infra.importing.sniff import regular
from infra.rebuild import Place


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """`workers` 0: one a core; `report`: where it is written as JSON lines; `aside`: the folder for
    rows to be corrected."""

    files: tuple[Path, ...]
    how: How
    workers: int = 0
    report: Path | None = None
    aside: Path | None = None
    dry_run: bool = False


def run(order: Order, found: Place, clock: Clock) -> int:
    """1 when a row or a file was set aside."""
    for path in order.files:
        regular(path)
    if order.report is not None and not order.report.parent.is_dir():
        raise ConfigError(f"--report {order.report}: there is no such folder.")
    console = Console()
    reports: list[Report] = []
    written: list[Path] = []
    try:
        with _progress(console) as told:
            if order.dry_run:
                reports += (one for _, one in _tried(order, order.files, found, clock, told))
            else:
                with closing(Importer(found, clock, order.how, order.workers, told)) as importer:
                    for path in order.files:
                        reports.append(importer.file(path))
            if order.aside is not None:
                written = _set_aside(order, order.aside, reports, found, clock, told)
    finally:  # also when the disk is full at the third file
        shown.show(reports, written, console)
        if order.report is not None:
            shown.write(order.report, reports)
    return 1 if any(one.refused or one.aside for one in reports) else 0


def _set_aside(
    order: Order, folder: Path, reports: Sequence[Report], found: Place, clock: Clock, told: Told
) -> list[Path]:
    """Read once more, so that it is the same for what was imported long ago."""
    pairs = zip(order.files, reports, strict=True)
    wrong = [path for path, one in pairs if one.aside and not one.refused]
    written: list[Path] = []
    for file, _ in _tried(order, wrong, found, clock, told):
        if file is not None and (path := correcting.write(folder, file, shown.told)):
            written.append(path)
    return written


def _tried(
    order: Order, files: Sequence[Path], found: Place, clock: Clock, told: Told
) -> Iterator[tuple[File | None, Report]]:
    """What would become of each file, in a folder that is thrown away."""
    imports = found.folder / taking.FOLDER
    with tempfile.TemporaryDirectory(prefix="menwei-import-") as name:
        folder = Path(name)
        known = (found.folder / "keys.db").exists()  # else nothing can have been imported before
        reference = identity.reference_key(found.folder if known else folder, running=known)
        setting = order.how.setting(reference, clock.now(), _ends(found) if known else ())
        with closing(Pool(setting, order.workers)) as pool:
            for path in files:
                try:
                    file = File(path, order.how, told)
                    yield file, file.stage(folder, imports, None, clock, pool)
                except Unusable as why:
                    yield None, refused(path, why)
                except (OSError, sqlite3.Error, DiskFull) as error:
                    raise EnvironmentFault(
                        f"{path}: cannot be tried in {folder} beside {imports} ({error}). Check "
                        "permissions and free space."
                    ) from error


def _ends(found: Place) -> Sequence[Notification]:
    """Of the log's journals."""
    try:
        with closing(open_log(found.where)) as log:
            return log.journals()
    except (PersistenceError, sqlite3.Error) as error:
        raise EnvironmentFault(
            f"{found.folder}: its log cannot be read ({error}). Check permissions."
        ) from error


@contextmanager
def _progress(console: Console) -> Iterator[Told]:
    columns = (
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    quiet = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=quiet) as bar:
        task = bar.add_task("")

        def told(what: str, done: int, of: int) -> None:
            bar.update(task, description=what, completed=done, total=of)

        yield told
