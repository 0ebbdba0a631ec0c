"""The history's process is told to stop while it may be anywhere."""

import signal
import threading
from collections.abc import Iterator
from typing import cast

import pytest

from infra.hub import history
from projections.runner import Runner
from tests.fix_broker import PATIENCE

NUMBERS = (signal.SIGTERM, signal.SIGINT)


class Stopped:
    """Sets an event whose lock the interrupted thread holds."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.done = threading.Event()
        self.by: list[threading.Thread] = []

    def stop(self) -> None:
        self.by.append(threading.current_thread())
        if self.lock.acquire(timeout=PATIENCE):
            self.done.set()


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    found = {number: signal.getsignal(number) for number in NUMBERS}
    yield
    for number, handler in found.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_signal_never_waits_for_what_it_interrupted(number: signal.Signals) -> None:
    runner = Stopped()
    history._stop_on_signals(cast(Runner, runner))
    with runner.lock:
        signal.raise_signal(number)
    assert runner.done.wait(PATIENCE)
    assert runner.by != [threading.main_thread()]
