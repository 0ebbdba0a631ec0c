"""Files of lines, written whole."""

from collections.abc import Iterable
from pathlib import Path

from core.errors import EnvironmentFault


def put(path: Path, lines: Iterable[bytes]) -> None:
    """Each line brings its own end."""
    try:
        with path.open("wb") as file:
            file.writelines(lines)
    except OSError as error:
        raise EnvironmentFault(
            f"{path}: cannot be written ({error.strerror}). Make room, or choose another --out."
        ) from error
