"""A counter's row is forgotten sooner than the ids recorded under it, or an older one is all that
could be taken over: what comes is told all the same, and nothing stops the gateway."""

from datetime import datetime, timedelta

import pytest

from core.errors import FatalError
from core.events.device import EpochRaised
from core.events.journal import Conflicted
from edge.journal import Corrupt, EdgeJournal
from edge.records import MOST_OF_SOURCE
from tests.fix_core import START
from tests.fix_edge import EdgeRig, native
from tests.unit.edge.numbered import asked, numbered


def later(second: int) -> datetime:
    return START + timedelta(seconds=second)


def say(edge: EdgeRig, number: int, second: int, **told: str) -> None:
    edge.clock.at = later(second)
    edge.take(numbered(number, later(second), **told))


def ids(edge: EdgeRig) -> list[str]:
    return [event.id for event in edge.events("door.opened.v1")]


def reset_once(edge: EdgeRig) -> None:
    """1 2 3, a factory reset, 1 2."""
    for number in (1, 2, 3):
        say(edge, number, number)
    for number in (1, 2):
        say(edge, number, 300 + number)


FIRST = ["door-07-1", "door-07-2", "door-07-3", "door-07-1:e2", "door-07-2:e2"]


def forget(edge: EdgeRig) -> None:
    edge.journal.take_over("DELETE FROM records WHERE counter = ?", [("sequence",)])
    edge.reopen()


def test_pushed_out_by_other_counters_of_the_device(edge: EdgeRig) -> None:
    reset_once(edge)
    for counter in range(MOST_OF_SOURCE + 1):
        say(edge, 1000 + counter, 400, counter=f"other/{counter}")
    assert asked(edge, "SELECT 1 FROM records WHERE counter = 'sequence'") == []
    edge.reopen()
    say(edge, 4, 500)
    say(edge, 1, 600)  # reset again
    say(edge, 2, 601)
    told = [name for name in ids(edge) if not name.startswith("door-07-1:0")]
    assert told[:5] == FIRST
    assert told[-3:] == ["door-07-4", "door-07-1:e3", "door-07-2:e3"]
    raised = [event.data for event in edge.events(EpochRaised.TYPE)]
    assert [one.epoch for one in raised if isinstance(one, EpochRaised)] == [2, 3]
    assert edge.events(Conflicted.TYPE) == []


def test_what_is_resent_is_told_by_the_epoch_it_was_recorded_in(edge: EdgeRig) -> None:
    reset_once(edge)
    say(edge, 5, 305)
    forget(edge)
    say(edge, 4, 290)  # the counter is believed to be in its first epoch
    before = ids(edge)
    for number, second in ((1, 301), (2, 302), (5, 305)):
        edge.take(numbered(number, later(second)))
    assert ids(edge) == before
    assert edge.counters.duplicates == 3
    assert len(edge.events(EpochRaised.TYPE)) == 1
    edge.reopen()
    say(edge, 6, 306)  # and goes on in the second
    assert ids(edge) == [*before, "door-07-6:e2"]


def test_the_epochs_between_are_looked_up_once_more(edge: EdgeRig) -> None:
    """After a raise over one epoch, stragglers find no epoch to be put in unseen."""
    reset_once(edge)
    forget(edge)
    say(edge, 4, 310)
    say(edge, 1, 600)
    for number, second in ((2, 302), (1, 301), (3, 3)):
        edge.take(numbered(number, later(second)))
    assert len(set(ids(edge))) == len(ids(edge))
    assert len(edge.acked) == 10


def test_an_id_that_is_refused_though_it_was_looked_up_is_fatal(
    edge: EdgeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And says so: no other error may end the process from there."""
    edge.take(native(1))
    monkeypatch.setattr(EdgeJournal, "digests", lambda _self, _keys: {})
    with pytest.raises(FatalError, match="looked up as new is recorded") as raised:
        edge.take(native(1))
    assert not isinstance(raised.value, Corrupt)
    assert edge.acked == [0]
