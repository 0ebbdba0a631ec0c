"""`menwei rebuild`: fold views again from the log and hold them against the live ones."""

import hashlib
import tempfile
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from core.catalog import CATALOG
from core.errors import ConfigError, EnvironmentFault
from core.folder import claim
from core.store.sqlite import SQLiteEventStore
from infra.hub.views import VIEWS
from projections.runner import Runner
from projections.store import ViewStore
from projections.view import View


def rebuild(data: Path, name: str) -> int:
    """0: the new rows equal the live ones (or there were none); 1: they differ, or the log ends
    before the position they claim; the new ones are in place and both digests are printed.
    The hub must not be running."""
    views = [view for view in VIEWS if not name or view.name == name]
    if not views:
        raise ConfigError(f"--view {name}: one of {', '.join(view.name for view in VIEWS)}.")
    folder = data / "hub" if (data / "hub" / "log.db").exists() else data
    if not (folder / "log.db").exists():
        raise EnvironmentFault(f"{data}: no log.db here. Name the data folder with --data.")
    lock = claim(folder)
    log = SQLiteEventStore(folder / "log.db")
    console = Console()
    code = 0
    try:
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            live = ViewStore(folder / "views.db")
            fresh = ViewStore(Path(scratch) / "views.db")
            for view in views:
                position = live.position(view)
                runner = Runner(log, (view,), fresh, CATALOG)
                _fold(runner, view, position or log.head(), console)
                if position:
                    was, now = _digest(live, view), _digest(fresh, view)
                    same = was == now and fresh.position(view) == position
                    code = code or (0 if same else 1)
                    verdict = "identical" if same else f"DIFFERENT, was {was}"
                    told = f"{view.name}: position {position}, rows {now} {verdict}"
                    console.print(told, soft_wrap=True)
                live.replace(view, fresh)
            fresh.close()
            live.close()
    finally:
        log.close()
        lock.close()
    return code


def _fold(runner: Runner, view: View, upto: int, console: Console) -> None:
    columns = (
        TextColumn(f"folding {view.name}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    quiet = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=quiet) as bar:
        task = bar.add_task("fold", total=upto)
        while runner.position() < upto and runner.step(upto):
            bar.update(task, completed=runner.position())


def _digest(store: ViewStore, view: View) -> str:
    """SHA-256 over every stored row in key order."""
    digest = hashlib.sha256()
    for compound, kind, key, value, position in store.dump(view):
        for part in (compound.encode(), kind.encode(), key.encode(), value, str(position).encode()):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()
