"""`menwei replay …`: what of it can be told."""

from pathlib import Path
from typing import Annotated

import typer


def mount(app: typer.Typer) -> None:
    app.command("replay")(replay)


def replay(
    data: Annotated[Path, typer.Option("--data", help="The data folder.")] = Path("data"),
    config: Annotated[
        Path | None, typer.Option("--config", help="hub.toml; default: that of the data folder.")
    ] = None,
    since: Annotated[
        str, typer.Option("--from", help="A position, or RFC 3339 with its offset.")
    ] = "",
    until: Annotated[str, typer.Option("--to", help="As --from; default: the log's end.")] = "",
    alarm: Annotated[
        str, typer.Option(help="In place of --from and --to: an alarm's id, from cause to end.")
    ] = "",
    around: Annotated[
        float, typer.Option(min=0, max=86400, help="Seconds before and after the alarm.")
    ] = 60.0,
    compound: Annotated[str, typer.Option(help="One compound; default: all.")] = "",
    types: Annotated[
        list[str] | None,
        typer.Option("--type", help="Only show or publish types that begin so; repeatable."),
    ] = None,
    speed: Annotated[str, typer.Option(help="Times as fast as recorded, such as 60; max.")] = "max",
    longest_wait: Annotated[
        float, typer.Option(help="Seconds that no gap between two events takes longer than.")
    ] = 5.0,
    step: Annotated[bool, typer.Option("--step", help="An event each time you press Enter.")] = (
        False
    ),
    view: Annotated[str, typer.Option(help="One view; default: all.")] = "",
    into: Annotated[
        str, typer.Option(help="memory, or a new SQLite file for the rows at the end.")
    ] = "memory",
    rules: Annotated[
        Path | None, typer.Option(help="Alarm rules to try on the range in the same pass.")
    ] = None,
    mqtt: Annotated[str, typer.Option(help="Publish to this broker instead, host:port.")] = "",
    prefix: Annotated[str, typer.Option(help="Topics go below it, such as replay/monday.")] = "",
    username: Annotated[str, typer.Option(help="At the broker.")] = "",
    password_file: Annotated[Path | None, typer.Option(help="File with the password.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Only how it ended.")] = False,
    json: Annotated[bool, typer.Option("--json", help="As JSON lines.")] = False,
) -> None:
    """What happened once more: into scratch views beside the live ones, or to a broker, marked as
    a replay. Nothing is written to the log, nobody is called, nothing is switched."""
    from infra.replaying.command import replay as run_replay
    from infra.replaying.wish import Wish

    wish = Wish(
        data=data,
        config=config,
        since=since,
        until=until,
        alarm=alarm,
        around=around,
        compound=compound,
        types=tuple(types or ()),
        speed=speed,
        longest_wait=longest_wait,
        step=step,
        quiet=quiet,
        json=json,
        view=view,
        into=into,
        rules=rules,
        mqtt=mqtt,
        prefix=prefix,
        username=username,
        password_file=password_file,
    )
    raise typer.Exit(run_replay(wish))
