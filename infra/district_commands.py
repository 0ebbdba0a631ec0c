"""`menwei district`: a made-up district whose faults are known, and how many of them were found."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import ConfigError

if TYPE_CHECKING:  # nobody waits for these who asks for something else
    from collections.abc import Sequence
    from datetime import date

    from infra.simulate.district.month import Made
    from infra.simulate.district.score import Score

_MOST = 10_000  # findings of one answer
_STAND = {
    "compound": "compounds 小区", "bin": "bins as it begins 月初在用桶",
    "vehicle": "vehicles 车辆", "facility": "facilities 处理设施",
}  # fmt: skip

app = typer.Typer(help="A simulated district with known faults.", no_args_is_help=True)


@app.command()
def generate(
    out: Annotated[Path, typer.Option(help="Folder for register, messages and truth.")],
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.")] = 1,
    compounds: Annotated[int, typer.Option(min=1, max=152)] = 152,
    days: Annotated[int, typer.Option(min=1, max=366)] = 30,
    start: Annotated[str, typer.Option(help="First day, YYYY-MM-DD.")] = "2026-10-01",
    quick: Annotated[bool, typer.Option("--quick", help="6 compounds and 7 days.")] = False,
) -> None:
    """The month of a district as its devices told it, with what was wrong in truth.jsonl."""
    from rich.console import Console
    from rich.progress import Progress

    from infra.simulate.district.month import Wish
    from infra.simulate.district.month import generate as run_generate

    if quick:
        compounds, days = 6, 7
    wish = Wish(out=out, seed=seed, compounds=compounds, days=days, start=_day(start))
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("generating", total=days)
        made = run_generate(wish, lambda: progress.advance(task))
    _show_made(made, out)


@app.command()
def score(
    truth: Annotated[Path, typer.Option(help="truth.jsonl of `menwei district generate`.")],
    findings: Annotated[
        Path | None, typer.Option(help="JSON or JSON lines; none: ask the running hub.")
    ] = None,
    data: Annotated[Path, typer.Option("--data", help="The data folder of the hub.")] = Path(
        "data"
    ),
    floor: Annotated[
        float, typer.Option(min=0, max=1, help="Precision and recall that are wanted.")
    ] = 0.0,
    kinds: Annotated[str, typer.Option(help="Of which kinds, with commas; none: of all.")] = "",
    examples: Annotated[int, typer.Option(min=0, help="Keys to show of what went wrong.")] = 0,
) -> None:
    """Precision, recall and F1 of the findings. Exit 1 when a kind does not reach the floor."""
    from infra.simulate.district import score as scoring
    from infra.simulate.district.truth import KINDS

    wanted = tuple(filter(None, (one.strip() for one in kinds.split(",")))) or KINDS
    if unknown := sorted(set(wanted) - set(KINDS)):
        raise ConfigError(f"--kinds {','.join(unknown)}: there are {', '.join(KINDS)}")
    so = scoring.read(truth)
    found = (
        scoring.read(findings) if findings is not None else _asked(data, wanted, *scoring.days(so))
    )
    made = scoring.scores(scoring.cases(so), scoring.cases(found), wanted)
    _show_scores(made, examples)
    raise typer.Exit(0 if all(one.reaches(floor) for one in made) else 1)


def _asked(data: Path, kinds: "Sequence[str]", since: str, until: str) -> list[object]:
    """Kind by kind: the hub lists no more than so many at once."""
    from infra.hub_api import LONG, HubApi

    hub = HubApi(data, LONG)  # it may still be busy with the month that it was just given
    found: list[object] = []
    for kind in kinds:
        query = {"from": since, "to": until, "kind": kind, "limit": str(_MOST)}
        told = hub.json("viewer", "GET", "waste/findings", query=query)
        if not told["complete"]:
            raise ConfigError(f"more than {_MOST} findings of {kind}: give them by --findings")
        found += told["findings"]
    return found


def _day(text: str) -> "date":
    from datetime import date

    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"--start {text!r}: no day. Write it like 2026-10-01.") from error
    if not 2000 <= day.year < 2100:
        raise ConfigError(f"--start {text}: of another age. Take a day from 2000 to 2099.")
    return day


def _show_made(made: "Made", out: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=str(out))
    table.add_column("what 内容")
    table.add_column("count 数量", justify="right")
    for name, count in made.stand.items():
        table.add_row(_STAND[name], f"{count:,}")
    table.add_row("register entries 登记", f"{made.register:,}", end_section=True)
    for name, count in made.messages.items():
        table.add_row(name, f"{count:,}")
    table.add_row("messages 消息", f"{sum(made.messages.values()):,}", end_section=True)
    for kind, count in made.truth.items():
        table.add_row(kind, f"{count:,}")
    Console().print(table)


def _show_scores(scores: "tuple[Score, ...]", examples: int) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table()
    for name in (
        "kind 类别", "true 真实", "found 发现", "right 正确",
        "precision 精确率", "recall 召回率", "F1",
    ):  # fmt: skip
        first = name.startswith("kind")
        table.add_column(name, justify="left" if first else "right", no_wrap=first)
    for one in scores:
        figures = (f"{value:.3f}" for value in (one.precision, one.recall, one.f1))
        table.add_row(one.kind, f"{one.true:,}", f"{one.found:,}", f"{one.right:,}", *figures)
    console = Console(highlight=False)
    console.print(table)
    for one in scores:
        for what, keys in (("wrong 误报", one.wrong), ("overlooked 漏报", one.overlooked)):
            for key in keys[:examples]:
                console.print(f"{one.kind} {what}: {key}", markup=False)
