"""`menwei policy`: what a policy file says, and whom it lets in."""

from pathlib import Path
from typing import Annotated, Literal

import typer

app = typer.Typer(help="Who may pass: the policy file.", no_args_is_help=True)

FileArgument = Annotated[Path, typer.Argument(help="The policy file (TOML).")]
Kind = Literal["card", "pin", "face", "fingerprint", "plate", "ble", "idcard", "remote"]


@app.command()
def check(file: FileArgument) -> None:
    """What the file says. Exit 1 with findings, 2 when it is no policy."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from core.clock import SystemClock
    from infra.policy import compiled, contents

    now = SystemClock().now()
    made = compiled(file, now)
    console = Console()
    table = Table(title=str(file), show_header=False)
    for what, how_many in contents(made.policy, now):
        table.add_row(what, how_many)
    console.print(table)
    if made.warnings:
        findings = Table(title="Findings")
        for column in ("finding", "key", "what", "remedy"):
            findings.add_column(column, overflow="fold")
        for one in made.warnings:
            findings.add_row(*map(Text, (one.word, one.key, one.what, one.remedy)))
        console.print(findings)
    raise typer.Exit(1 if made.warnings else 0)


@app.command()
def decide(
    file: FileArgument,
    door: Annotated[str, typer.Option(help="Key of the door, south-gate.")],
    card: Annotated[str, typer.Option(help="Number of the card.")] = "",
    plate: Annotated[str, typer.Option(help="Plate of a car, instead of a card.")] = "",
    kind: Annotated[Kind, typer.Option(help="Kind of --number.")] = "card",
    number: Annotated[str, typer.Option(help="Any other credential.")] = "",
    pin: Annotated[str, typer.Option(help="Code that is typed with it.")] = "",
    at: Annotated[str, typer.Option(help="When, local or RFC 3339; none: now.")] = "",
    direction: Annotated[Literal["in", "out", "unknown"], typer.Option()] = "in",
) -> None:
    """Granted or denied, and why, where nothing has happened before. Exit 1 when denied."""
    from core.clock import SystemClock
    from infra.policy import ask, compiled, moment

    shown: list[tuple[Kind, str]] = [("card", card), ("plate", plate), (kind, number)]
    given = [one for one in shown if one[1]]
    if len(given) != 1:
        raise typer.BadParameter("give one of --card, --plate, --number")
    now = SystemClock().now()
    policy = compiled(file, now).policy
    decision = ask(
        policy,
        door=door,
        kind=given[0][0],
        number=given[0][1],
        pin=pin,
        at=moment(at, policy.zone) if at else now,
        direction=direction,
    )
    print("granted" if decision.granted else f"denied: {decision.reason}")
    told = {
        "class": decision.subject_class,
        "by group": decision.group,
        "let through all the same": decision.violation,
        "watch list": decision.watched.reason if decision.watched is not None else "",
        "duress": "calls for help" if decision.duress else "",
        "plate list": decision.list,
    }
    for what, value in told.items():
        if value:
            print(f"  {what}: {value}")
    raise typer.Exit(0 if decision.granted else 1)
