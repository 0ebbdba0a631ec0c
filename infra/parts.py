"""Child processes: started, watched, started again when they die, stopped in order."""

import asyncio
import ctypes
import logging
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence

log = logging.getLogger("box")

_PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0)  # seconds before a start, by how often it died lately
_SETTLED = 60.0  # a part that lived so long is not failing
_PATIENCE = 15.0  # seconds a part has to stop by itself
_GIVE_UP = (2, 3)  # exit codes that starting again can not change: usage, environment
_PR_SET_PDEATHSIG = 1
# Loaded now: between fork and exec of a process with threads nothing may be asked for a lock.
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None


class Part:
    """One child process under supervision. Owns its process; `watch` runs as a task."""

    def __init__(
        self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None
    ) -> None:
        self.name = name
        self.restarts = 0
        self._command = tuple(command)
        self._environment = {**os.environ, **(environment or {})}
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = False

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    async def watch(self) -> int:
        """Runs the part until it is stopped. Returns its exit code when restarting is useless."""
        died = 0
        while True:
            started = time.monotonic()
            code = await self._once()
            if self._stopping:
                return 0
            if code in _GIVE_UP and time.monotonic() - started < _SETTLED:
                return code
            died = 1 if time.monotonic() - started > _SETTLED else died + 1
            pause = _PAUSES[min(died, len(_PAUSES)) - 1]
            log.error("%s ended with %d; again in %.1f s", self.name, code, pause)
            self.restarts += 1
            await asyncio.sleep(pause)
            if self._stopping:
                return 0

    async def _once(self) -> int:
        process = self._process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=self._environment,
            start_new_session=True,  # Ctrl-C reaches the box, which stops parts in order
            preexec_fn=_die_with_parent,
        )
        if self._stopping:  # told to stop while the process was being made
            process.terminate()
        assert process.stdout is not None
        while True:
            try:
                line = await process.stdout.readline()
            except ValueError:
                continue  # one line over the stream's limit: dropped, the part goes on
            if not line:
                return await process.wait()
            sys.stdout.write(f"{self.name:<12} {line.decode('utf-8', 'replace')}")
            sys.stdout.flush()

    async def stop(self) -> None:
        """SIGTERM, then after a while SIGKILL. Safe to call twice."""
        self._stopping = True
        process = self._process
        if process is None or process.returncode is not None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(_PATIENCE):
                await process.wait()
        except TimeoutError:
            log.error("%s does not stop; killed", self.name)
            process.kill()
            await process.wait()


def _die_with_parent() -> None:
    """A box that is killed takes its parts with it, at once: the next start needs their ports and
    locks, and starting after a kill is the normal path (I8)."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
