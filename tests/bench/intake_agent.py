"""The gateway agent as an installer starts it, on a folder of its own.

Its hub is not there: the uplink tries to connect now and then and everything stays in the
journal, as on a day without the line. Limits of single devices are lifted, since a handful of
connections stands for a whole compound; everything else is at its defaults.
"""

import os
import sys
import time
from pathlib import Path

from infra.ports import free_port
from tests.bench.intake_process import Watched

_ROOT = Path(__file__).resolve().parents[2]
_LISTENING = "listening to devices"
_PATIENCE = 30.0
_UNLIMITED = 1_000_000


class Agent:
    """`menwei edge` with its own endpoint, or behind the broker at `broker`."""

    def __init__(self, folder: Path, broker: int | None = None) -> None:
        folder.mkdir(parents=True)
        self.folder = folder / "data"
        self.port = free_port()
        config = folder / "edge.toml"
        config.write_text(configuration(self.port, broker, free_port()), encoding="utf-8")
        self.process = Watched(
            [sys.executable, "-m", "infra.cli", "edge", "--config", str(config)],
            folder / "edge.log",
            _ROOT,
            dict(os.environ),
        )

    def wait_ready(self) -> None:
        until = time.monotonic() + _PATIENCE
        while _LISTENING not in self.process.said():
            if not self.process.alive() or time.monotonic() > until:
                raise RuntimeError(f"the agent does not start: {self.process.said()[-2000:]}")
            time.sleep(0.05)

    def stop(self) -> None:
        self.process.stop()


def configuration(port: int, broker: int | None, nowhere: int) -> str:
    """edge.toml; `nowhere` is a port nobody listens on."""
    lines = [
        'compound = "c01"', 'gateway = "gw01"', 'data = "data"',
        "[uplink]", f'hub_key = "{"0" * 64}"', "[uplink.broker]", f"port = {nowhere}",
        "[limits]", f"device_rate = {_UNLIMITED}", f"device_burst = {_UNLIMITED}",
    ]  # fmt: skip
    if broker is None:
        lines += [
            "[endpoint]", f"port = {port}", "anonymous = true",
            f"rate = {_UNLIMITED}", f"burst = {_UNLIMITED}",
        ]  # fmt: skip
    else:
        lines += ["[intake.broker]", f"port = {broker}"]
    return "\n".join(lines) + "\n"
