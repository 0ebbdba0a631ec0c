"""A fold that failed, as it is told to people: which view, at which event, and how."""

import traceback
from pathlib import PurePath

import msgspec

from core.errors import MenweiError
from projections.follower import FoldFailed


class Failure(msgspec.Struct, frozen=True):
    """`index` is -1 and `event` empty where only the batch is known."""

    view: str
    position: int
    index: int
    event: str
    type: str
    error: str


def failure(name: str, position: int, error: Exception) -> Failure:
    """`position`: of the batch that cannot be taken."""
    if isinstance(error, FoldFailed):
        item = error.item
        cause = error.__cause__ or error
        return Failure(
            name, item.position, item.index, item.event.id, item.event.type, worded(cause)
        )
    return Failure(name, position, -1, "", "", worded(error))


def worded(error: BaseException) -> str:
    """What it is and where it was raised. Its own words only where they are ours: others may
    quote what the event says of a person."""
    if isinstance(error, MenweiError):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return type(error).__name__
    last = frames[-1]
    place = "/".join(PurePath(last.filename).parts[-2:])
    return f"{type(error).__name__} in {last.name} ({place}, line {last.lineno})"
