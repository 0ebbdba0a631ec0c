"""Which life of the log a hub is in, and under which name.

hub/tlog/<n>/ is one life: its `origin` is remembered, so that no later change of key or
configuration renames a log that others have pinned. A new life (`menwei audit renew`) is a new
folder and the origin's name with its number; those before stay as they are.
"""

from pathlib import Path

import msgspec

from core import durable
from core.errors import ConfigError
from core.tlog import note

FOLDER = "tlog"
_ORIGIN = "origin"


class Life(msgspec.Struct, frozen=True):
    number: int
    folder: Path
    origin: str

    @property
    def checkpoints(self) -> Path:
        return self.folder / "checkpoints.db"

    @property
    def first(self) -> str:
        """The name that the log had in its first life."""
        return self.origin if self.number == 1 else self.origin.removesuffix(f"/{self.number}")


def current(data: Path) -> Life | None:
    """The newest that was begun; None before the first. `data` is the hub's folder."""
    names = [one.parent.name for one in (data / FOLDER).glob(f"*/{_ORIGIN}")]
    number = max((int(one) for one in names if one.isascii() and one.isdecimal()), default=0)
    if not number:
        return None
    folder = data / FOLDER / str(number)
    with durable.told(folder):
        return Life(number, folder, (folder / _ORIGIN).read_text(encoding="utf-8").strip())


def opened(data: Path, origin: str, default: str) -> Life:
    """The current one, or the first, of the name that was configured or else the default.
    ConfigError when the log is known under another name than the configured one."""
    life = current(data) or begun(data, 1, origin or default)
    if origin and life.origin != named(origin, life.number):
        raise ConfigError(
            f"key `log.origin`: this log is known as {life.origin}, and cannot be renamed: whoever "
            "checks it has pinned that name. Leave the key out, or put the old name there."
        )
    return life


def begun(data: Path, number: int, origin: str) -> Life:
    """A new one; it has begun once its origin is written."""
    folder = data / FOLDER / str(number)
    life = Life(number, folder, named(origin, number))
    with durable.told(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        durable.put(folder / _ORIGIN, life.origin + "\n")
        durable.sync_directory(data / FOLDER)
        durable.sync_directory(data)
    return life


def named(origin: str, number: int) -> str:
    """A life's own name, of the first one's."""
    return origin if number == 1 else f"{origin}/{number}"


def valid(origin: str) -> bool:
    return note.valid_name(origin) and len(origin.encode()) <= 200
