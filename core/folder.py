"""A data folder: made, writable, of a version we know, and ours alone while we run."""

import fcntl
import os
from pathlib import Path
from typing import IO

from core import durable
from core.errors import EnvironmentFault

FORMAT = 1  # rises only with a change that older programs must not touch
_NAME = "FORMAT"


class Claimed(EnvironmentFault):
    """Somebody else runs on the folder."""


def claim(folder: Path) -> IO[str]:
    """Keep the returned handle open: closing it (or dying) gives the folder back.

    EnvironmentFault says what is wrong and what to do; nothing is changed then.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise EnvironmentFault(
            f"{folder}: the data folder cannot be made ({error.strerror}). Choose another one."
        ) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise EnvironmentFault(
            f"{folder}: no permission to write. Give it to this user or choose another folder."
        )
    try:
        handle = (folder / "lock").open("a+", encoding="utf-8")
    except OSError as error:
        raise EnvironmentFault(
            f"{folder}: no permission to write ({error.strerror}). Give it to this user."
        ) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        handle.close()
        raise Claimed(
            f"{folder}: another menwei is running on this data folder. Stop it first."
        ) from error
    except OSError as error:
        handle.close()
        raise EnvironmentFault(
            f"{folder}: cannot be locked ({error.strerror}). Choose a folder on a local disk."
        ) from error
    try:
        _check_format(folder)
    except EnvironmentFault:
        handle.close()
        raise
    return handle


def _check_format(folder: Path) -> None:
    path = folder / _NAME
    try:
        if not path.exists():
            durable.put(path, f"{FORMAT}\n")
            return
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise EnvironmentFault(f"{path}: cannot be read or made ({error}). Restore it.") from error
    if not (text.isascii() and text.isdecimal()):
        raise EnvironmentFault(f"{path}: not a version number: {text[:20]!r}. Restore the file.")
    if int(text) > FORMAT:
        raise EnvironmentFault(
            f"{folder}: written by a newer menwei (format {text}, this one knows {FORMAT}). "
            "Install that version or choose another data folder."
        )
