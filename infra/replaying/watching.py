"""How far a replay is, for somebody who watches: place, time of the event, speed, time left."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from projections.replay.pace import Pace

_EVERY = 0.1  # seconds: more often nobody sees, and at full speed it would cost more than folding
Watch = Callable[[int, str], None]  # batches done, recorded time of the event


@contextlib.contextmanager
def watching(batches: int, pace: Pace) -> Iterator[Watch]:
    """On standard error, so that lines and JSON can be piped; nothing where nobody watches."""
    console = Console(stderr=True)
    columns = (
        TextColumn("replaying"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[at]}"),
        TextColumn("{task.fields[speed]}"),
        TimeRemainingColumn(),
    )
    with Progress(
        *columns,
        console=console,
        transient=True,
        disable=not console.is_terminal,
        redirect_stdout=sys.stdout.isatty(),
    ) as bar:
        task = bar.add_task("replay", total=batches, at="", speed="")
        told = 0.0

        def watch(done: int, at: str) -> None:
            nonlocal told
            now = time.monotonic()
            if now - told >= _EVERY:
                told = now
                speed = f"{pace.reached():,.0f}×"
                bar.update(task, completed=done, at=at, speed=speed)

        yield watch
