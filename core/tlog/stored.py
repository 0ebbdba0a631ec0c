"""A log's folder as who does not own it reads it, while a hub runs on it or not."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from core.tlog import checkpoints, tiles
from core.tlog.levels import Levels
from core.tlog.lives import Life
from core.tlog.published import Published


@contextmanager
def reading(life: Life) -> Iterator[Published | None]:
    """What was published last; None before anything was. Nothing of it is verified."""
    newest = checkpoints.last(life.checkpoints)
    if newest is None:
        yield None
        return
    found = newest.checkpoint
    with closing(Levels(life.folder, writes=False)) as levels:
        yield Published(found, tiles.reader(tiles.cached(levels.read), found.head.size))
