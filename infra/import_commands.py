"""`menwei import`: history from files."""

from pathlib import Path
from typing import Annotated, Literal

import typer

DATA = Path("data")


def mount(app: typer.Typer) -> None:
    """Puts the command where the others are; `import` is no name for a function."""
    app.command("import")(import_)


def import_(
    files: Annotated[
        list[Path], typer.Argument(help="CSV tables; JSON lines or arrays; also packed (.gz).")
    ],
    data: Annotated[Path, typer.Option("--data", help="The data folder.")] = DATA,
    config: Annotated[
        Path | None, typer.Option(help="hub.toml; default: that of the data folder.")
    ] = None,
    compound: Annotated[
        str, typer.Option(help="Of a table or payload that does not name it.")
    ] = "",
    kind: Annotated[
        str, typer.Option("--as", help="What the rows are, or a file that maps their columns.")
    ] = "",
    unit: Annotated[
        Literal["kg", "g", "t", "jin", ""],
        typer.Option(help="Of weights whose header names none; jin: 斤, 500 g."),
    ] = "",
    zone: Annotated[str, typer.Option(help="Of times that name none, Asia/Shanghai.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be.")] = False,
    report: Annotated[Path | None, typer.Option(help="Write the report as JSON lines.")] = None,
    aside: Annotated[
        Path | None, typer.Option(help="Folder for the rows set aside, to be corrected.")
    ] = None,
    workers: Annotated[int, typer.Option(min=0, help="Processes; 0: one a core.")] = 0,
) -> None:
    """Take in the history of a district, each file whole or not at all. Exit 1 when rows were set
    aside, or a file was refused."""
    from core.clock import SystemClock
    from infra.importing.command import Order, run
    from infra.importing.reading import how
    from infra.rebuild import place

    order = Order(
        files=tuple(files),
        how=how(kind=kind, compound=compound, unit=unit, zone=zone),
        workers=workers,
        report=report,
        aside=aside,
        dry_run=dry_run,
    )
    raise typer.Exit(run(order, place(data, config), SystemClock()))
