"""Named SQL from `.sql` files: `-- name: x` starts a block, its statement ends with `;`."""

import re
from pathlib import Path

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


def queries(path: Path) -> dict[str, str]:
    """Name → statement. ValueError for a file without blocks or with a name twice."""
    parts = _NAME.split(path.read_text(encoding="utf-8"))
    names = parts[1::2]
    if not names or len(set(names)) != len(names):
        raise ValueError(f"{path}: no named block, or a name twice")
    return {name: body.strip() for name, body in zip(names, parts[2::2], strict=True)}
