"""`menwei rules`: put a rule file in force, and see what it would have made of the past."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from core import durable
from core.catalog import CATALOG
from core.clock import parse_rfc3339
from core.errors import ConfigError, EnvironmentFault
from core.store.open import open_log
from core.store.port import Log
from infra.hub import config as hub_config
from infra.hub.rules import check_size
from infra.hub.stores import beside
from infra.hub.views import VIEWS
from infra.rebuild import Place, place
from projections import backtest
from projections.alarms.files import load, text_at
from projections.alarms.validation import read
from projections.backtest import Comparison, Difference, Range
from projections.pages import opened as batch_of
from projections.past import Nearest, no_snapshots
from projections.rulebook import put_in_force
from projections.sieve import spoken
from projections.store import ViewStore, open_views
from projections.view import View

_SHOWN = 200  # lines of a table


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be compared with what was."""

    file: Path
    since: str
    until: str
    compound: str = ""
    data: Path
    config: Path | None = None
    json: bool = False


def adopt(file: Path, data: Path, config: Path | None) -> int:
    """Into the file that the hub reads at its next start."""
    text = text_at(file)
    book = read(text, str(file))
    check_size(book)
    folder = data / "hub" if (data / "hub").is_dir() else data
    written = config or folder / "hub.toml"
    target = folder / hub_config.RULES
    if config is not None or written.exists():
        settings = hub_config.read(written)
        if settings.rules_named:
            raise ConfigError(
                f"{written}: key `rules.file`: it names {settings.rules}. Change that file."
            )
        target = settings.rules
    if not target.parent.is_dir():
        raise EnvironmentFault(f"{target.parent}: no such folder. Name yours with --data.")
    durable.put(target, text)
    print(
        f"{target}: {len(book.rules)} rules, set {book.sha256[:12]}; "
        "in force from the hub's next start"
    )
    return 0


def compare(wish: Wish) -> int:
    """0, whatever the rules would have changed. The hub may be running."""
    book = load(wish.file)
    since, until = _moment("--from", wish.since), _moment("--to", wish.until)
    if until <= since:
        raise ConfigError("--to: not after --from. Turn them round.")
    found = place(wish.data, wish.config)
    if isinstance(found.where, Path) and not found.where.exists():
        raise EnvironmentFault(f"{wish.data}: no log.db here. Name the data folder with --data.")
    console = Console(stderr=wish.json, markup=False)
    with contextlib.ExitStack() as stack:
        log = stack.enter_context(contextlib.closing(open_log(found.where)))
        snapshots = _snapshots(found, stack)
        within = Range(log.position_at(since), log.position_at(until), until)
        compounds = _compounds(log)
        if wish.compound:
            if wish.compound not in compounds:
                known = ", ".join(compounds) or "none yet"
                raise ConfigError(
                    f"--compound {wish.compound}: no such compound in the log. There are: {known}."
                )
            compounds = [wish.compound]
        made: list[Comparison] = []
        with _progress(console, within, len(compounds) * len(VIEWS)) as told:
            for compound in compounds:
                for view in VIEWS:
                    nearest = _nearest(snapshots, view)
                    made.append(
                        backtest.compare(
                            log, view, compound, within, CATALOG,
                            partial(put_in_force, book=book), nearest, told(),
                        )
                    )  # fmt: skip
    _print(console, wish, made)
    return 0


def _moment(option: str, text: str) -> datetime:
    try:
        return parse_rfc3339(text)
    except ValueError as error:
        raise ConfigError(
            f"{option} {text}: not a time with its offset, such as 2026-11-20T08:00:00+08:00."
        ) from error


def _snapshots(found: Place, stack: contextlib.ExitStack) -> ViewStore | None:
    """Those of the hub's views, so that a late range need not be folded from the beginning."""
    where = beside(found.where, found.folder, "views.db")
    if isinstance(where, Path) and not where.exists():
        return None
    return stack.enter_context(contextlib.closing(open_views(where)))


def _nearest(snapshots: ViewStore | None, view: View) -> Nearest:
    return no_snapshots if snapshots is None else partial(snapshots.nearest, view)


def _compounds(log: Log) -> list[str]:
    """All that gateways ever spoke of: the newest batch of each journal names its compound."""
    found: set[str] = set()
    for one in log.journals():
        found |= spoken(batch_of(one))
    return sorted(found)


@contextlib.contextmanager
def _progress(
    console: Console, within: Range, courses: int
) -> Iterator[Callable[[], Callable[[int], None]]]:
    columns = (TextColumn("folding"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    whole = max(1, within.upto - within.after)
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("fold", total=whole * courses)
        begun = 0

        def told() -> Callable[[int], None]:
            nonlocal begun
            base, begun = begun * whole, begun + 1
            return lambda position: bar.update(task, completed=base + position - within.after)

        yield told


def _print(console: Console, wish: Wish, made: Sequence[Comparison]) -> None:
    differences = [one for each in made for one in each.differences]
    was, would = sum(one.was for one in made), sum(one.would for one in made)
    if wish.json:
        body = {
            "from": wish.since,
            "to": wish.until,
            "was": was,
            "would": would,
            "differences": differences,
        }
        print(msgspec.json.encode(body).decode())
        return
    counts = {what: sum(one.what == what for one in differences) for what in _WORDS}
    if differences:
        table = Table("", "alarm", "is", "would be", title=f"{wish.since} … {wish.until}")
        for one in differences[:_SHOWN]:
            table.add_row(_WORDS[one.what], f"{one.compound} {one.alarm}", *_columns(one))
        console.print(table)
        if len(differences) > _SHOWN:
            console.print(f"and {len(differences) - _SHOWN} more; --json tells all of them")
    console.print(
        f"{was} alarms as it was, {would} as it would be: {counts['appears']} appear, "
        f"{counts['disappears']} disappear, {counts['changes']} change"
    )


_WORDS = {"appears": "+", "disappears": "-", "changes": "~"}


def _columns(one: Difference) -> tuple[str, str]:
    """What differs; of an alarm that only one set has, its urgency and its time."""
    if one.what == "changes":
        return tuple(  # type: ignore[return-value]
            "\n".join(f"{name} {_brief(value)}" for name, value in side.items())
            for side in (one.was, one.would)
        )
    side = one.was or one.would
    text = f"priority {side['priority']}, raised {side['raised']}"
    return ("", text) if one.what == "appears" else (text, "")


def _brief(value: object) -> str:
    if value in ("", [], ()):
        return "none"
    text = msgspec.json.encode(value).decode().strip('"')
    return text if len(text) <= 80 else f"{text[:77]}…"
