"""A process is told to stop while it may be anywhere."""

import signal
import threading

import pytest

from infra.stopping import stopped_by_signals
from tests.fix_broker import PATIENCE

NUMBERS = (signal.SIGTERM, signal.SIGINT)


class Work:
    """Is stopped by what needs the lock that the interrupted thread holds."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.done = threading.Event()
        self.by: list[threading.Thread] = []

    def stop(self) -> None:
        self.by.append(threading.current_thread())
        if self.lock.acquire(timeout=PATIENCE):
            self.lock.release()
            self.done.set()


@pytest.mark.parametrize("number", NUMBERS)
def test_a_signal_never_waits_for_what_it_interrupted(number: signal.Signals) -> None:
    work = Work()
    with stopped_by_signals(work.stop):
        with work.lock:
            signal.raise_signal(number)
        assert work.done.wait(PATIENCE)
    assert threading.main_thread() not in work.by


@pytest.mark.parametrize("number", NUMBERS)
def test_every_signal_is_passed_on_and_the_handlers_of_before_come_back(
    number: signal.Signals,
) -> None:
    found = {each: signal.getsignal(each) for each in NUMBERS}
    work = Work()
    threads = threading.active_count()
    with stopped_by_signals(work.stop):
        signal.raise_signal(number)
        signal.raise_signal(number)
    assert len(work.by) == 2
    assert {each: signal.getsignal(each) for each in NUMBERS} == found
    assert threading.active_count() == threads


def test_another_thread_than_the_main_one_asks_for_no_signals() -> None:
    found = {each: signal.getsignal(each) for each in NUMBERS}
    seen = {}

    def elsewhere() -> None:
        with stopped_by_signals(Work().stop):
            seen.update({each: signal.getsignal(each) for each in NUMBERS})

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join(PATIENCE)
    assert seen == found
