"""How long a replay waits, by a clock that only the test moves."""

import pytest

from projections.replay.pace import Pace


class Clock:
    def __init__(self) -> None:
        self.at = 100.0

    def __call__(self) -> float:
        return self.at


def waits(pace: Pace, clock: Clock, *times: int) -> list[float]:
    found: list[float] = []
    for one in times:
        found.append(round(pace.wait(one), 6))
        clock.at += found[-1]
    return found


@pytest.mark.parametrize(("speed", "second"), [(1.0, 1.0), (10.0, 0.1), (60.0, round(1 / 60, 6))])
def test_it_waits_as_long_as_the_gateways_did(speed: float, second: float) -> None:
    clock = Clock()
    pace = Pace(speed, 5.0, clock)
    assert waits(pace, clock, 5000, 6000, 6000, 8000) == pytest.approx(
        [0.0, second, 0.0, 2 * second], abs=1e-5
    )
    assert pace.reached() == pytest.approx(speed, rel=1e-3)


def test_a_quiet_night_is_not_waited_for() -> None:
    clock = Clock()
    assert waits(Pace(1.0, 5.0, clock), clock, 0, 8 * 3_600_000, 8 * 3_600_000 + 500) == [
        0.0, 5.0, 0.5,
    ]  # fmt: skip


def test_at_most_nothing_is_waited_for() -> None:
    clock = Clock()
    pace = Pace(None, 5.0, clock)
    assert waits(pace, clock, 0, 60_000, 120_000) == [0.0, 0.0, 0.0]
    assert pace.reached() == 0.0
    clock.at += 2
    assert pace.reached() == 60.0


def test_a_journal_that_came_late_is_not_waited_for_and_its_gap_not_twice() -> None:
    clock = Clock()
    assert waits(Pace(1.0, 60.0, clock), clock, 10_000, 4_000, 9_000, 11_000) == [
        0.0, 0.0, 0.0, 1.0,
    ]  # fmt: skip


def test_what_folding_took_is_taken_off_the_wait() -> None:
    clock = Clock()
    pace = Pace(1.0, 60.0, clock)
    pace.wait(0)
    clock.at += 0.75
    assert pace.wait(1000) == 0.25
