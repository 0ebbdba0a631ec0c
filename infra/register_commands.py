"""`menwei register`: what a district has, checked and published from files."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:  # nobody waits for these who asks for something else
    from rich.progress import Progress

    from projections.waste_district.entering.crosscheck import Said
    from projections.waste_district.register.entry import Entry

app = typer.Typer(help="The register of bins, points, routes, vehicles.", no_args_is_help=True)

_Files = Annotated[list[Path], typer.Argument(help="TOML, or JSON lines.")]
_DATA = Path("data")


@app.command()
def check(
    files: _Files,
    data: Annotated[
        Path | None, typer.Option("--data", help="What this running hub has is known too.")
    ] = None,
) -> None:
    """Every mistake and doubt with its file, key and remedy. Exit 1 if there is a mistake."""
    from infra.hub_api import HubApi
    from infra.registering.publish import known

    _checked(files, known(HubApi(data)) if data is not None else ())


@app.command()
def publish(
    files: _Files,
    data: Annotated[Path, typer.Option("--data", help="The data folder of the hub.")] = _DATA,
) -> None:
    """Check the files and send their entries to the running hub, or none if one is wrong. The same
    entries again are stored once."""
    from infra.hub_api import HubApi
    from infra.registering.publish import known
    from infra.registering.publish import publish as run_publish

    api = HubApi(data)
    had = known(api)
    entries = _checked(files, had)
    with _progress() as progress:
        task = progress.add_task("publishing", total=len(entries))
        stored, again, position = run_publish(
            api, entries, lambda sent: progress.update(task, completed=sent), had
        )
    where = f", the last at position {position}" if stored else ""
    print(f"{stored} entries stored{where}; {again} were known")


def _checked(files: list[Path], known: Sequence["Entry"]) -> "list[Entry]":
    """Exit 1 with every mistake on a line of its own, behind the doubts. `known`: what the hub
    has."""
    from infra.registering.crosscheck import counted, crossed
    from infra.registering.files import File

    read = [File(path) for path in files]
    with _progress() as progress:
        task = progress.add_task("reading", total=None)
        said: list[Said] = []
        for one in read:
            for entry in one.read():
                said.append(entry)
                progress.update(task, completed=len(said))
        entries = crossed(said, known)
    doubts = [f"warning: {line}" for one in read for line in one.doubts()]
    mistakes = [line for one in read for line in one.mistakes()]
    for line in (*doubts, *mistakes):
        print(line)
    if mistakes:
        print(f"{len(mistakes)} mistakes; nothing was published")
        raise typer.Exit(1)
    kinds = ", ".join(f"{many} {kind}" for kind, many in counted(entries).items())
    print(f"{len(entries)} entries: {kinds}" if entries else "no entries")
    return entries


def _progress() -> "Progress":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
