"""`menwei rebuild`: fold views again from the log, on every core, and hold them against the live
ones, byte for byte."""

import contextlib
import hashlib
import os
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

import msgspec
from rich.console import Console

from core.catalog import CATALOG
from core.errors import ConfigError, EnvironmentFault
from core.folder import claim
from core.store.open import Where, open_log, open_store
from core.store.port import Log
from core.trust import Gateway
from infra.hub import config as hub_config
from infra.hub.stores import beside
from infra.hub.views import VIEWS
from infra.progress import counted
from projections import late
from projections.late import LATE
from projections.shards import Shard, fold_shard, joined, shards
from projections.state import StoredRow
from projections.store import Folded, ViewStore, open_views
from projections.view import View

_SPAWN = get_context("spawn")
_LOOK = 0.1  # seconds between looks at how far the workers are
_Told = list["Synchronized[int]"]  # position of each shard


class Place(msgspec.Struct, frozen=True):
    folder: Path
    where: Where
    gateways: tuple[Gateway, ...] = ()


def place(data: Path, config: Path | None) -> Place:
    """What `hub.toml` says, of the data folder if it is not named; else a SQLite log in there."""
    folder = data / "hub" if (data / "hub").is_dir() else data
    written = config or folder / "hub.toml"
    if config is not None or written.exists():
        settings = hub_config.read(written)
        return Place(settings.folder, settings.store, settings.config.gateways)
    return Place(folder, folder / "log.db")


def rebuild(data: Path, name: str, config: Path | None = None, workers: int = 0) -> int:
    """0: the new rows equal the live ones (or there were none); 1: they differ, or the log ends
    before the position they claim; the new ones are in place and both digests are printed.
    The hub must not be running."""
    views = [view for view in (*VIEWS, LATE) if not name or view.name == name]
    if not views:
        known = ", ".join(view.name for view in (*VIEWS, LATE))
        raise ConfigError(f"--view {name}: one of {known}.")
    found = place(data, config)
    if isinstance(found.where, Path) and not found.where.exists():
        raise EnvironmentFault(f"{data}: no log.db here. Name the data folder with --data.")
    console = Console()
    with contextlib.ExitStack() as opened:
        opened.enter_context(claim(found.folder))
        # As its one writer: no hub runs on it now, wherever it has its folder.
        log = opened.enter_context(contextlib.closing(open_store(found.where)))
        live = opened.enter_context(
            contextlib.closing(open_views(beside(found.where, found.folder, "views.db")))
        )
        same = True
        for position, group in _by_position(live, views):
            made = _made(found.where, log, group, position or log.head(), workers, console)
            for view in group:
                same = _put(live, view, made[view.name], position, console) and same
    return 0 if same else 1


def _made(
    where: Where,
    log: Log,
    views: Sequence[View],
    upto: int,
    workers: int,
    console: Console,
) -> dict[str, Folded]:
    folds = [view for view in views if view is not LATE]
    made = fold(where, log, folds, upto, workers, console) if folds else {}
    if len(folds) < len(views):
        with counted("folding", upto, console) as told:
            made[LATE.name] = late.folded(log, CATALOG, upto, told)
    return made


def fold(
    where: Where,
    log: Log,
    views: Sequence[View],
    upto: int,
    workers: int = 0,
    console: Console | None = None,
) -> dict[str, Folded]:
    """View → all of it up to that position, from the log alone. `workers` 0: one a core."""
    parts = shards(log, views, workers or os.cpu_count() or 1)
    if len(parts) == 1:
        with counted("folding", upto, console) as told:
            return joined([fold_shard(log, views, parts[0], upto, CATALOG, told)])
    try:
        return _spread(where, parts, upto, console)
    except BrokenProcessPool as error:
        raise EnvironmentFault(
            "A process of the rebuild was killed, for want of memory perhaps. Nothing has changed: "
            "run it again, with fewer --workers."
        ) from error


def _spread(
    where: Where, parts: Sequence[Shard], upto: int, console: Console | None
) -> dict[str, Folded]:
    told_by: _Told = [_SPAWN.Value("q", 0) for _ in parts]
    with (
        ProcessPoolExecutor(
            len(parts), mp_context=_SPAWN, initializer=_begin, initargs=(told_by,)
        ) as pool,
        counted("folding", upto, console) as told,
    ):
        working = [pool.submit(_fold, where, part, at, upto) for at, part in enumerate(parts)]
        while not all(one.done() for one in working):
            told(min(one.value for one in told_by))
            _until_done(working)
        return joined([one.result() for one in working])


def _until_done(working: Sequence[Future[dict[str, Folded]]]) -> None:
    for one in working:
        if one.done():
            one.result()  # what a worker failed with, at once
    time.sleep(_LOOK)


_told: _Told = []  # of a worker process, given to it when it starts


def _begin(told_by: _Told) -> None:
    _told[:] = told_by


def _fold(where: Where, part: Shard, at: int, upto: int) -> dict[str, Folded]:
    def told(position: int) -> None:
        _told[at].value = position

    with contextlib.closing(open_log(where)) as log:
        return fold_shard(log, VIEWS, part, upto, CATALOG, told)


def _by_position(live: ViewStore, views: Sequence[View]) -> list[tuple[int, list[View]]]:
    groups: dict[int, list[View]] = {}
    for view in views:
        groups.setdefault(live.position(view), []).append(view)
    return sorted(groups.items())


def _put(live: ViewStore, view: View, made: Folded, position: int, console: Console) -> bool:
    """Whether it is what was there; then it is there."""
    same = True
    if position:
        was, now = _digest(live.dump(view)), _digest(made.rows)
        same = was == now and made.position == position
        verdict = "identical" if same else f"DIFFERENT, was {was}"
        told = f"{view.name}: position {made.position}, rows {now} {verdict}"
        console.print(told, soft_wrap=True)
    live.replace(view, made)
    return same


def _digest(rows: Iterable[StoredRow]) -> str:
    """SHA-256 over every stored row in key order."""
    digest = hashlib.sha256()
    for compound, kind, key, value, position in rows:
        for part in (compound.encode(), kind.encode(), key.encode(), value, str(position).encode()):
            digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()
