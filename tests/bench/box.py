"""A single box as a user starts it, on free ports, with its processes' memory in view."""

import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil

from infra.ports import free_port

_PASSWORD = re.compile(r"[0-9a-f]{4}(?:-[0-9a-f]{4}){3}")


class RunningBox:
    """`menwei run` as a child; `stop` ends it with SIGINT like Ctrl-C."""

    def __init__(self, data: Path, *arguments: str) -> None:
        self.data, self.http, self.mqtt = data, free_port(), free_port()
        self.log = data.parent / "box.log"
        self._output = self.log.open("w", encoding="utf-8")
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            [
                sys.executable, "-m", "infra.cli", "run", "--data", str(data),
                "--http", str(self.http), "--mqtt", str(self.mqtt), *arguments,
            ],
            stdout=self._output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "COLUMNS": "120"},
        )  # fmt: skip

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http}"

    def wait_ready(self, patience: float = 60.0) -> str:
        """The first password, once the console answers and the banner stands."""
        until = time.monotonic() + patience
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise RuntimeError(f"the box ended: {self.log.read_text()[-2000:]}")
            found = _PASSWORD.search(self.log.read_text(encoding="utf-8"))
            if found and self._healthy():
                return found[0]
            time.sleep(0.05)
        raise RuntimeError(f"the box is not ready: {self.log.read_text()[-2000:]}")

    def wait_listening(self, patience: float = 60.0) -> None:
        """Ready, on a folder whose password was shown before."""
        until = time.monotonic() + patience
        while not self._healthy():
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"the box is not ready: {self.log.read_text()[-2000:]}")
            time.sleep(0.05)

    def _healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=1) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def resident_mb(self) -> dict[str, float]:
        """Resident megabytes by part; children of the box are told by their command."""
        box = psutil.Process(self.process.pid)
        found = {"box": box.memory_info().rss / 1e6}
        for child in box.children(recursive=True):
            words = child.cmdline()
            name = "broker" if "nats-server" in words[0] else next(
                (word for word in words if word in ("hub", "edge", "simulate", "witness")), words[0]
            )  # fmt: skip
            found[name] = found.get(name, 0.0) + child.memory_info().rss / 1e6
        return found

    def cpu_seconds(self) -> float:
        box = psutil.Process(self.process.pid)
        times = [one.cpu_times() for one in (box, *box.children(recursive=True))]
        return sum(one.user + one.system for one in times)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._output.close()
