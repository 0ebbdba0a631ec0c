"""PostgreSQL killed under load, the short form; and the control that must be seen to lose."""

from tests.crash.lab import postgres_kills
from tests.crash.lab.tally import Unit

_KILLS = 4


def test_nothing_an_append_returned_for_is_lost(seed: int) -> None:
    print(f"seed {seed}")
    tally = postgres_kills.campaign(Unit("postgres", 0, _KILLS, seed))
    print(tally.figures, tally.counts)
    assert tally.failures == []
    assert tally.trials == _KILLS
    assert tally.counts["acknowledged"] > 20 * _KILLS


def test_a_server_that_answers_before_it_has_written_is_seen_to_lose(seed: int) -> None:
    assert postgres_kills.hasty(Unit("postgres-hasty", 0, _KILLS, seed)).failed
