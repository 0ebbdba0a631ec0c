"""`menwei camera`: the worker that looks at pictures, as a process of its own."""

import threading
from pathlib import Path
from typing import Annotated

import typer

from core.errors import EnvironmentFault


def mount(app: typer.Typer) -> None:
    app.command("camera")(camera)


def camera(
    config: Annotated[Path, typer.Option("--config", help="camera.toml")],
    check: Annotated[bool, typer.Option("--check", help="Only check the configuration.")] = False,
) -> None:
    """Looks at cameras' pictures and tells the gateway what happens in them."""
    raise typer.Exit(run(config, check=check))


def run(config: Path, *, check: bool = False) -> int:
    """Until a signal, or until all cameras are files that are through."""
    from core.clock import SystemClock
    from edge.camera import config as camera_config
    from infra.stopping import stopped_by_signals

    settings = camera_config.read(config)
    if check:
        return 0
    try:
        from edge.camera import worker
        from edge.camera.kit import kit_of
    except ImportError as error:
        raise EnvironmentFault(
            f"{error.name} is not installed. Install Menwei with its `camera` extra."
        ) from error
    stop, clock = threading.Event(), SystemClock()
    kit = kit_of(settings.data, settings.config.media_mb << 20, clock)
    with stopped_by_signals(stop.set):
        return worker.run(settings, kit, clock, stop)
