"""Whether the next event may go: at its time, or when somebody says so."""

import os
import select
import sys
import threading
from collections.abc import Callable

from core.moment import millis
from projections.replay.pace import Pace

_LOOK_S = 0.2  # how often a blocked question looks whether it shall stop
# Waits until what was recorded at that time may go; False: do not go on.
Turn = Callable[[str], bool]


def timed(pace: Pace, stop: threading.Event) -> Turn:
    def turn(recordedtime: str) -> bool:
        left = pace.wait(millis(recordedtime))
        return not (stop.wait(left) if left > 0 else stop.is_set())

    return turn


def stepped(answers: Callable[[], str | None]) -> Turn:
    """Enter: the next one; a number: so many; anything else, or the end of the input: stop."""
    left = 0

    def turn(_recordedtime: str) -> bool:
        nonlocal left
        if left == 0:
            told = answers()
            said = "q" if told is None else told.strip() or "1"
            left = int(said) if said.isdecimal() else 0
        if left == 0:
            return False
        left -= 1
        return True

    return turn


def keyboard(stop: threading.Event, descriptor: int = 0) -> Callable[[], str | None]:
    """Lines of standard input; None at its end, or when told to stop meanwhile."""
    waiting = b""

    def answers() -> str | None:
        nonlocal waiting
        print("[Enter] next, a number: so many, q: end ", end="", file=sys.stderr, flush=True)
        while b"\n" not in waiting:
            if stop.is_set():
                return None
            if select.select([descriptor], [], [], _LOOK_S)[0]:
                more = os.read(descriptor, 1024)
                if not more:
                    return None
                waiting += more
        line, _, waiting = waiting.partition(b"\n")
        return line.decode("utf-8", "replace")

    return answers
