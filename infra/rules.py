"""`menwei rules`: put a rule file in force, and see what it would have made of the past."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from core import durable
from core.catalog import CATALOG
from core.errors import ConfigError, EnvironmentFault
from infra.hub import config as hub_config
from infra.hub.rules import check_size
from infra.hub.views import VIEWS
from infra.reading import moment, reading, scopes
from projections import backtest
from projections.alarms.files import load, text_at
from projections.alarms.validation import read
from projections.backtest import Comparison, Difference, Range
from projections.replay.told import brief
from projections.rulebook import put_in_force

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
    since, until = moment("--from", wish.since), moment("--to", wish.until)
    if until <= since:
        raise ConfigError("--to: not after --from. Turn them round.")
    console = Console(stderr=wish.json, markup=False)
    with reading(wish.data, wish.config) as hub:
        log = hub.log
        within = Range(log.position_at(since), log.position_at(until), until)
        courses = scopes(VIEWS, hub.compounds(wish.compound), wish.compound)
        with _progress(console, within, len(courses)) as told:
            made = [
                backtest.compare(
                    log, view, scope, within, CATALOG, partial(put_in_force, book=book),
                    hub.nearest(view), told(),
                )
                for view, scope in courses
            ]  # fmt: skip
    if wish.json:
        print(msgspec.json.encode(body(made, wish.since, wish.until)).decode())
    else:
        show(console, made, wish.since, wish.until)
    return 0


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


def body(made: Sequence[Comparison], since: str, until: str) -> dict[str, Any]:
    """All of it, as JSON tells it."""
    return {
        "from": since,
        "to": until,
        "was": sum(one.was for one in made),
        "would": sum(one.would for one in made),
        "differences": [one for each in made for one in each.differences],
    }


def show(console: Console, made: Sequence[Comparison], since: str, until: str) -> None:
    told = body(made, since, until)
    differences = told["differences"]
    counts = {what: sum(one.what == what for one in differences) for what in _WORDS}
    if differences:
        table = Table("", "alarm", "is", "would be", title=f"{since} … {until}")
        for one in differences[:_SHOWN]:
            table.add_row(_WORDS[one.what], f"{one.compound} {one.alarm}", *_columns(one))
        console.print(table)
        if len(differences) > _SHOWN:
            console.print(f"and {len(differences) - _SHOWN} more; --json tells all of them")
    console.print(
        f"{told['was']} alarms as it was, {told['would']} as it would be: {counts['appears']} "
        f"appear, {counts['disappears']} disappear, {counts['changes']} change"
    )


_WORDS = {"appears": "+", "disappears": "-", "changes": "~"}


def _columns(one: Difference) -> tuple[str, str]:
    """What differs; of an alarm that only one set has, its urgency and its time."""
    if one.what == "changes":
        return tuple(  # type: ignore[return-value]
            "\n".join(f"{name} {brief(value)}" for name, value in side.items())
            for side in (one.was, one.would)
        )
    side = one.was or one.would
    text = f"priority {side['priority']}, raised {side['raised']}"
    return ("", text) if one.what == "appears" else (text, "")
