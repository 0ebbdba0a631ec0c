"""What a running process and its children use: processor seconds and resident memory."""

import signal
import subprocess
from pathlib import Path

import psutil


class Watched:
    """A process started here, with its output in a file. `stop` ends it by its pid."""

    def __init__(
        self, command: list[str], log: Path, cwd: Path, environment: dict[str, str]
    ) -> None:
        self.log = log
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                command, stdout=output, stderr=subprocess.STDOUT, cwd=cwd, env=environment
            )

    def alive(self) -> bool:
        return self.process.poll() is None

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def cpu_seconds(self) -> float:
        """User and system time of the whole tree since its start."""
        times = [one.cpu_times() for one in self._tree()]
        return sum(one.user + one.system for one in times)

    def resident_mb(self) -> float:
        return sum(one.memory_info().rss for one in self._tree()) / 1e6

    def peak_mb(self) -> float:
        """VmHWM, summed over the tree: what each of them once held."""
        return sum(high_water(Path(f"/proc/{one.pid}/status").read_text()) for one in self._tree())

    def stop(self, patience: float = 15.0) -> None:
        if self.alive():
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def _tree(self) -> list[psutil.Process]:
        root = psutil.Process(self.process.pid)
        return [root, *root.children(recursive=True)]


def high_water(status: str) -> float:
    """Megabytes after `VmHWM:` in the text of /proc/PID/status; 0 where there is none."""
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    return 0.0
