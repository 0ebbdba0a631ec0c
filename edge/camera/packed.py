"""Files of optional packages, found without importing the packages: they bring along what is not
wanted here, and a model is only bytes."""

from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from core.errors import EnvironmentFault


def packed(distribution: str, path: str, extra: str) -> Path:
    """EnvironmentFault: it is not installed, or has no such file."""
    try:
        listed = files(distribution) or []
    except PackageNotFoundError as missing:
        raise EnvironmentFault(
            f"{distribution} is not installed: install the extra [{extra}], or turn it off"
        ) from missing
    for one in listed:
        if str(one) == path:
            found = Path(str(one.locate()))
            if found.is_file():
                return found
    raise EnvironmentFault(f"{distribution} holds no {path}: install the version that is locked")
