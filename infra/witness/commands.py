"""`menwei witness …`, and of `menwei audit …` what is about witnesses: what of it can be told."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from core.errors import EnvironmentFault

app = typer.Typer(help="A witness of transparency logs, and its keys.")

_OPTION = typer.Option("--config", help="witness.toml")


def mount(audit: typer.Typer) -> None:
    """Puts what an auditor does with witnesses where an auditor's commands are."""
    audit.command()(policy)
    audit.command()(compare)


@app.callback(invoke_without_command=True)
def witness(
    context: typer.Context,
    config: Annotated[Path | None, _OPTION] = None,
    check: Annotated[bool, typer.Option("--check", help="Only check the configuration.")] = False,
) -> None:
    """Cosign what hubs publish, as long as they only ever add to it."""
    if context.invoked_subcommand is not None:
        return
    if config is None:
        raise typer.BadParameter("name the configuration with --config")
    from core.clock import SystemClock
    from infra.witness import config as witness_config
    from infra.witness import server

    settings = witness_config.read(config)
    if not check:
        asyncio.run(server.run(settings, SystemClock()))


@app.command()
def key(config: Annotated[Path, _OPTION]) -> None:
    """Print the keys that hubs and auditors pin; they are made if there are none."""
    from infra.witness import config as witness_config
    from infra.witness import keys

    settings = witness_config.read(config)
    for one in keys.load_or_create(settings.name, settings.folder).keys:
        print(one.encode())


def policy(
    file: Annotated[Path, typer.Argument(help="A C2SP tlog-policy file.")],
) -> None:
    """What a trust policy demands, in words. Exit 1 when it demands less than it seems to."""
    from rich.console import Console

    from infra.witness.policy import findings, read, words

    found = read(file)
    console = Console(highlight=False, markup=False, soft_wrap=True)
    for line in words(found):
        console.print(line)
    weak = list(findings(found))
    for line in weak:
        console.print(line, style="yellow")
    raise typer.Exit(1 if weak else 0)


def compare(
    file: Annotated[Path, typer.Argument(help="A C2SP tlog-policy file, with addresses.")],
    keep: Annotated[Path | None, typer.Option(help="Put the answers there, as they came.")] = None,
) -> None:
    """What every witness holds of the policy's logs. Exit 1 when two of them contradict."""
    from infra.witness import compare as comparing
    from infra.witness.policy import read

    said = []
    for one in comparing.told(read(file), comparing.over_http):
        said.append(one)
        print(one.line(), flush=True)
    if keep is not None:
        comparing.keep(said, keep)
    for origin, found in comparing.sizes(said).items():
        if len(found) > 1:
            print(f"{origin}: of different sizes, so not all could be compared; ask again")
    two = list(comparing.contradictions(said))
    for line in two:
        print(line)
    if not any(one.found or one.wrong for one in said):
        raise EnvironmentFault(
            f"{file}: no witness has anything to compare; the lines above say why. Ask again once "
            "they answer and have cosigned."
        )
    raise typer.Exit(1 if two or any(one.wrong for one in said) else 0)
