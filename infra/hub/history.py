"""The history's own process: it follows the log and keeps a row of every event, and the sums.

Apart from the hub, because it is as much work as all the rest and nobody waits for it, and a
database that is slow or wrong here may not hold the screens up. It dies with the hub.
"""

import contextlib
import logging
import time

from core.catalog import CATALOG
from core.clock import Clock
from core.folder import claim
from core.store.open import open_log
from infra.hub import interpreter
from infra.hub.config import Settings
from infra.hub.stores import beside, when_there
from infra.stopping import stopped_by_signals
from projections.history.follower import History
from projections.history.open import batches, open_history
from projections.runner import Page, Runner

log = logging.getLogger("history")

_PRUNE = 3600.0  # seconds between looks for what is too old to be kept


def run(settings: Settings, clock: Clock) -> None:
    """Until SIGTERM or SIGINT; raises what was fatal."""
    interpreter.share()
    with contextlib.ExitStack() as opened:
        opened.enter_context(claim(settings.folder / "history"))
        runner, history = when_there(opened, lambda each: _open(settings, each))
        runner.listen(_Pruning(history, clock))
        with stopped_by_signals(runner.stop):
            log.info("the history stands at position %d", runner.position())
            runner.run()
    log.info("stopped")


def _open(settings: Settings, opened: contextlib.ExitStack) -> tuple[Runner, History]:
    where = settings.store
    reading = opened.enter_context(contextlib.closing(open_log(where)))
    history = open_history(
        beside(where, settings.folder, "history.db"),
        settings.config.history.keep,
        batch=batches(reading, CATALOG),
    )
    opened.enter_context(contextlib.closing(history))
    return Runner(reading, [history], CATALOG), history


class _Pruning:
    """On the thread that writes the history: after a page, when it is time."""

    def __init__(self, history: History, clock: Clock) -> None:
        self._history = history
        self._clock = clock
        self._next = time.monotonic()

    def __call__(self, _page: Page) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + _PRUNE
            self._history.prune(self._clock.now())
