"""`menwei audit export`: asks the running hub for a pack, watches it being made, takes it."""

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from core.errors import ConfigError, EnvironmentFault

_LOOK = 0.5  # seconds
_PATIENCE = 12 * 3600.0


def export(
    reason: Annotated[str, typer.Option(help="Why. The log keeps it.")],
    since: Annotated[str, typer.Option("--from", help="Position or RFC 3339 time.")] = "",
    until: Annotated[str, typer.Option("--to", help="Position or RFC 3339 time.")] = "",
    compound: Annotated[str, typer.Option(help="One compound; empty: all.")] = "",
    types: Annotated[
        list[str] | None, typer.Option("--type", help="Beginning of a type name; repeatable.")
    ] = None,
    unit: Annotated[str, typer.Option(help="Who it is for.")] = "",
    out: Annotated[
        Path | None, typer.Option(help="The file; default: POSITION.menwei-audit.zip here.")
    ] = None,
    data: Annotated[Path, typer.Option("--data", help="The data folder of the hub.")] = Path(
        "data"
    ),
) -> None:
    """One file that proves a stretch of the log offline. The export is itself in the log."""
    from infra.hub_api import LONG, HubApi

    if out is not None and out.exists():
        raise ConfigError(f"{out} is there already. Name another with --out.")
    hub = HubApi(data, LONG)
    wish = {"from": since, "to": until, "compound": compound, "types": types or []}
    state = hub.json("auditor", "POST", "audit/exports", body={**wish, "reason": reason,
                                                               "unit": unit})  # fmt: skip
    file = out or Path(f"{state['position']}.menwei-audit.zip")
    with _watched() as shown:
        end = time.monotonic() + _PATIENCE
        while state["stage"] not in ("done", "failed") and time.monotonic() < end:
            time.sleep(_LOOK)
            state = hub.json("auditor", "GET", f"audit/exports/{state['id']}")
            shown(state)
    if state["stage"] != "done":
        raise EnvironmentFault(state["error"] or "the export takes longer than half a day")
    beside = file.with_name(f"{file.name}.new")
    try:
        with beside.open("xb") as content:
            hub.save("auditor", f"audit/exports/{state['id']}/file", content)
        with beside.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        if digest != state["sha256"]:
            raise EnvironmentFault(f"{file}: did not arrive whole. Ask again.")
        beside.replace(file)
    except OSError as error:
        raise EnvironmentFault(
            f"{file}: cannot be written ({error.strerror}). Name another with --out."
        ) from error
    finally:
        beside.unlink(missing_ok=True)
    print(f"{file}: {state['batches']} batches, {state['events']} events, {state['bytes']} bytes")
    print(f"SHA-256 {digest}; on record at position {state['position']}")


@contextmanager
def _watched() -> Iterator[Any]:
    """Calls with a state; shows on a terminal how far it is."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(_STAGES["waiting"], total=None)

        def shown(state: dict[str, Any]) -> None:
            progress.update(
                task,
                description=_STAGES.get(state["stage"], ""),
                completed=state["done"],
                total=state["whole"] or None,
            )

        yield shown


_STAGES = {
    "waiting": "等待检查点 / waiting for a checkpoint",
    "frames": "签名批次 / signed batches",
    "events": "可读副本 / copy to read",
    "done": "完成 / done",
}
