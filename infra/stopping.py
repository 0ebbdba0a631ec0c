"""Ctrl-C and a service's stop as a request that is looked at between two steps."""

import queue
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stopped_by_signals(stop: Callable[[], object]) -> Iterator[None]:
    """SIGINT and SIGTERM call `stop`; only the main thread may ask for them.

    By a thread that waits for it: a handler interrupts the main thread wherever it stands, which
    may be inside the very event `stop` wants to set, with its lock held; both would wait for
    ever. `SimpleQueue.put` takes no lock that what it interrupts could hold.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    told: queue.SimpleQueue[int | None] = queue.SimpleQueue()

    def obey() -> None:
        while told.get() is not None:
            stop()

    obeying = threading.Thread(target=obey, name="signals", daemon=True)
    obeying.start()
    before = {
        number: signal.signal(number, lambda number, _frame: told.put(number))
        for number in _SIGNALS
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        told.put(None)
        obeying.join()
