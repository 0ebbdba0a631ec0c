"""Real kills of a real witness that is fed forks, the short form; and the control."""

from tests.crash.lab import witness_kills
from tests.crash.lab.tally import Unit


def test_killed_at_any_moment_it_signs_one_history(seed: int) -> None:
    print(f"seed {seed}")
    tally = witness_kills.campaign(Unit("kill-witness", 0, 30, seed))
    print(tally.figures, tally.counts)
    assert tally.failures == []
    assert tally.trials == 30


def test_a_witness_that_answers_too_early_is_seen_to_sign_two(seed: int) -> None:
    unit = Unit("hasty-witness", 0, 60, seed)
    assert witness_kills.campaign(unit, kind="hasty-witness").failed
