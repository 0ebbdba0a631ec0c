"""Up to where of the log a target has been answered, in a file of its own."""

import re
from pathlib import Path

from core.durable import keep
from core.errors import FatalError

_FORM = re.compile(r"[0-9]{1,18}")


class Mark:
    """Owns `handoff/<name>.position`. Never newer than what is on record; where it is older, the
    records behind it say what was answered."""

    def __init__(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / f"{name}.position"

    def read(self) -> int | None:
        """None: never kept. FatalError for a file that says no position: starting from another
        place would send twice or never."""
        try:
            told = self._path.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise FatalError(f"{self._path}: cannot be read ({error})") from error
        if not _FORM.fullmatch(told):
            raise FatalError(
                f"{self._path}: holds no position. Write the position to go on from into it: the "
                "`toPosition` of the target's newest handoff.delivered, or 0 for the beginning."
            )
        return int(told)

    def keep(self, position: int) -> None:
        keep(self._path, f"{position}\n")
