"""A witness in a forked process, and one that answers too early."""

import asyncio
from pathlib import Path
from threading import Timer
from unittest.mock import patch

from core import durable
from core.clock import SystemClock
from infra.witness import config, server

CONFIG = "witness.toml"
_LATE = 0.02  # seconds


def run(folder: Path) -> None:
    """`menwei witness`, from the first import on."""
    asyncio.run(server.run(config.read(folder / CONFIG), SystemClock()))


def hasty(folder: Path) -> None:
    """The control: what it cosigned is written some time after the answer."""
    real = durable.put

    def put(path: Path, content: str | bytes, mode: int = 0o666) -> None:
        if path.suffix == ".checkpoint":
            Timer(_LATE, real, (path, content)).start()
        else:
            real(path, content, mode)

    with patch.object(durable, "put", put):
        run(folder)
