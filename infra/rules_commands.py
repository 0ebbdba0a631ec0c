"""`menwei rules …`: what of it can be told."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Alarm rules as data: check, adopt, and try them on the past.")

_File = Annotated[Path, typer.Argument(help="The rules, TOML.")]
_Data = Annotated[Path, typer.Option("--data", help="The data folder.")]
_Config = Annotated[
    Path | None, typer.Option("--config", help="hub.toml; default: that of the data folder.")
]
_DATA = Path("data")


@app.command("check")
def check(
    file: _File,
    cases: Annotated[
        Path | None, typer.Option(help="Its cases; default: FILE's name with .cases.toml.")
    ] = None,
) -> None:
    """Is every rule fit for use, and do its cases hold? Exit 1 if a case fails."""
    from infra.rules_check import check as run_check

    raise typer.Exit(run_check(file, cases))


@app.command("adopt")
def adopt(file: _File, data: _Data = _DATA, config: _Config = None) -> None:
    """Put it where the hub takes it at its next start."""
    from infra.rules import adopt as run_adopt

    raise typer.Exit(run_adopt(file, data, config))


@app.command("backtest")
def backtest(
    file: _File,
    since: Annotated[str, typer.Option("--from", help="RFC 3339, with its offset.")],
    until: Annotated[str, typer.Option("--to", help="RFC 3339, with its offset.")],
    compound: Annotated[str, typer.Option(help="One compound; default: all.")] = "",
    data: _Data = _DATA,
    config: _Config = None,
    json: Annotated[bool, typer.Option("--json", help="As JSON, all of it.")] = False,
) -> None:
    """Which alarms would appear, disappear or change, had these rules been in force then."""
    from infra.rules import Wish, compare

    wish = Wish(
        file=file,
        since=since,
        until=until,
        compound=compound,
        data=data,
        config=config,
        json=json,
    )
    raise typer.Exit(compare(wish))
