"""`menwei media`: pictures and clips of a running hub, and bringing one to it as a gateway."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from core.errors import ConfigError, EnvironmentFault

if TYPE_CHECKING:  # nobody waits for an HTTP client who asks for something else
    from infra.hub_api import HubApi

app = typer.Typer(help="Pictures and clips: bring, show, hold, check.", no_args_is_help=True)

_DATA = Path("data")
_LOOK = 0.5  # seconds between looks at a check that is under way
_QUIET = 600  # looks without progress, after which it is not waited for
Data = Annotated[Path, typer.Option("--data", help="The data folder of the running hub.")]
Name = Annotated[str, typer.Argument(help="SHA-256, as the event names it.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it stays on record.")]
Case = Annotated[str, typer.Option("--case", help="Number of the case.")]
Role = Literal["guard", "auditor", "admin"]


@app.command()
def put(
    files: Annotated[list[Path], typer.Argument(help="Pictures or clips.")],
    config: Annotated[Path, typer.Option("--config", help="edge.toml of the gateway.")],
    device: Annotated[str, typer.Option(help="Which device took them.")] = "",
) -> None:
    """Keep files with a gateway, which brings them to its hub; prints what an event says of them.
    The running agent does the rest, also after a power cut."""
    from core.clock import SystemClock
    from edge import config as edge_config
    from edge.media.config import FOLDER
    from edge.media.spool import NoRoom, Spool

    settings = edge_config.read(config)
    if settings.config.media is None:
        raise ConfigError(f'{config}: table `media` is missing. Add it with `hub = "https://…"`.')
    budget = settings.config.media.budget_mb * 1_000_000
    spool = Spool(settings.folder / FOLDER, budget, SystemClock())
    for file in files:
        try:
            made = spool.keep(file.read_bytes(), device)
        except OSError as error:
            raise ConfigError(f"{file}: cannot be read ({error.strerror}).") from error
        except ValueError as error:
            raise ConfigError(f"--device {device!r}: {error}.") from error
        except NoRoom as full:
            raise EnvironmentFault(
                f"{file}: {full.detail}. Wait, or raise media.budget_mb."
            ) from full
        print(f"{made.sha256}  {made.bytes} bytes  {file}")


@app.command()
def show(
    name: Name,
    data: Data = _DATA,
    out: Annotated[
        Path | None, typer.Option("--out", help="Export it to this file; on record.")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why it is exported.")] = "",
    unit: Annotated[str, typer.Option(help="Unit of who asked for it.")] = "",
    requester: Annotated[str, typer.Option("--for", help="internal, police, relative …")] = (
        "internal"
    ),
    purpose: Annotated[str, typer.Option(help="What it is for; no names.")] = "",
) -> None:
    """What is known of a picture, without looking at it; with --out, the file itself."""
    hub = _hub(data)
    if out is None:
        _told(hub.json("auditor", "GET", f"media/{name}/about"))
        return
    if not reason or not unit:
        raise ConfigError(
            "--out: give --reason and --unit; the log keeps who exported what, and why."
        )
    wish = {"reason": reason, "unit": unit, "for": requester, "purpose": purpose, "export": True}
    content = hub.raw("auditor", "POST", f"media/{name}/look", body=wish)
    _checked(content, name)
    try:
        out.write_bytes(content)
    except OSError as error:
        raise EnvironmentFault(f"{out}: cannot be written ({error.strerror}).") from error
    print(f"{out}  {len(content)} bytes, SHA-256 {name} (checked)")


@app.command()
def hold(
    name: Name,
    case: Case,
    reason: Reason,
    data: Data = _DATA,
    until: Annotated[str, typer.Option(help="RFC 3339; none: until it is released.")] = "",
) -> None:
    """Legal hold: it stays, whatever its ceiling."""
    wish = {"case": case, "reason": reason, "until": until}
    made = _hub(data).json("auditor", "POST", f"media/{name}/hold", body=wish)
    print(f"held for case {case}, position {made['position']}")


@app.command()
def release(name: Name, case: Case, reason: Reason, data: Data = _DATA) -> None:
    """That case needs it no longer."""
    wish = {"case": case, "reason": reason}
    made = _hub(data).json("admin", "POST", f"media/{name}/release", body=wish)
    print(f"released from case {case}, position {made['position']}")


@app.command()
def fixity(
    data: Data = _DATA,
    now: Annotated[bool, typer.Option("--now", help="Without pauses, and wait for it.")] = False,
) -> None:
    """How the check stands in which every picture is read again. Exit 1 if one is not what it
    was."""
    hub = _hub(data)
    found = _hurried(hub) if now else hub.json("auditor", "GET", "media/fixity")
    if not found["since"]:
        print("no check has begun yet")
        return
    bad = 0
    for compound, one in sorted(found["counts"].items()):
        bad += one["damaged"] + one["missing"]
        print(
            f"{compound}: {one['files']} files, {one['bytes']} bytes read; "
            f"{one['damaged']} damaged, {one['missing']} missing"
        )
    state = (
        f"ended {found['until']}" if found["until"] else f"{found['files']} of {found['total'][0]}"
    )
    print(f"check of {found['since']}: {state}")
    raise typer.Exit(1 if bad else 0)


def _hurried(hub: "HubApi") -> Any:
    """The turn that is under way, or a new one, at its end."""
    import time

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    found = hub.json("admin", "POST", "media/fixity")
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task("reading", total=None)
        quiet = 0
        while found["hurried"] and quiet < _QUIET:
            time.sleep(_LOOK)
            before, found = found["files"], hub.json("auditor", "GET", "media/fixity")
            quiet = quiet + 1 if found["files"] == before else 0
            bar.update(task, completed=found["files"], total=found["total"][0])
    if found["hurried"]:
        raise EnvironmentFault("the check does not get on; the hub's log says why.")
    return found


def _told(found: dict[str, Any]) -> None:
    lines = {
        "state": found["state"], "content": found["content"], "bytes": found["bytes"],
        "stored": found["stored"], "removed": found["removed"], "by": found["removed_by"],
        "why": found["removed_why"],
        "group": f"{found['group']} ({found['profile']}), "
        f"{found['floor_days']} to {found['ceiling_days']} days",
        "viewed": found["viewed"], "exported": found["exported"],
    }  # fmt: skip
    for what, value in lines.items():
        if value not in ("", 0):
            print(f"{what}: {value}")
    for one in found["owners"]:
        print(f"from: {one['compound']}/{one['gateway']} {one['device']}")
    for one in found["holds"]:
        end = f" until {one['until']}" if one["until"] else ""
        print(f"held: case {one['case']} since {one['since']}{end}")
    for one in found["named"]:
        print(f"event: {one['event']} {one['type']} {one['subject']} at {one['at']}")


def _checked(content: bytes, name: str) -> None:
    import hashlib

    found = hashlib.sha256(content).hexdigest()
    if found != name:
        print(
            f"menwei: what came hashes to {found}, not to {name}; nothing was written",
            file=sys.stderr,
        )
        raise typer.Exit(1)


def _hub(data: Path) -> "HubApi":
    from infra.hub_api import HubApi

    return HubApi(data)
