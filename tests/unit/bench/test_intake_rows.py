"""Rows say what was measured, and never that a limit was reached when it was not."""

import pytest

from tests.bench.intake_account import Account
from tests.bench.intake_rows import Samples, rows
from tests.bench.intake_runs import Paced, Saturated
from tests.bench.table import Result, at, markdown, spread

FINE = Account(acknowledged=10, recorded=10, lost=0, twice=0, alien=0)


def saturated(rate: float, *, peak: float = 50, found: Account = FINE) -> Saturated:
    return Saturated(rate=rate, cpu_us=10, resident_mb=peak, peak_mb=peak, account=found)


def paced(cpu: float, waits: list[float] | None = None) -> Paced:
    return Paced(waits=waits or [0.001], cpu_us=cpu, resident_mb=50, lag=0, account=FINE)


def row(samples: Samples, *words: str) -> Result:
    (found,) = [one for one in rows(samples) if all(word in one.name for word in words)]
    return found


@pytest.mark.parametrize(("rate", "reached"), [(60_000, True), (59_999, False)])
def test_the_endpoints_rate_is_held_against_fifty_times_the_agreed_one(
    rate: float, *, reached: bool
) -> None:
    found = row(Samples(saturated={"endpoint": [saturated(rate)]}), "intake, own endpoint")
    assert (found.limit, found.reached) == ("≥ 60,000/s", reached)


@pytest.mark.parametrize(("theirs", "reached"), [(1000, True), (1001, False)])
def test_the_ratio_is_of_the_same_run(theirs: float, *, reached: bool) -> None:
    runs = {"endpoint": [saturated(50_000)], "peer": [saturated(theirs)]}
    found = row(Samples(saturated=runs, peer="3.8.5"), "own endpoint beside", "same load")
    assert (found.measured, found.reached) == ("50×", reached)


def test_where_the_peer_kept_up_stands_beside_it_without_a_limit() -> None:
    runs = {"endpoint": [saturated(60_000)], "peer": [saturated(1000)]}
    found = row(Samples(saturated=runs, peer="3.8.5", kept=3000), "own endpoint", "kept up")
    assert (found.measured, found.limit) == ("20×", "")


@pytest.mark.parametrize(("ours", "reached"), [(40, True), (41, False)])
def test_processor_time_is_a_share_of_the_peers(ours: float, *, reached: bool) -> None:
    runs = {"broker": [paced(ours)], "peer": [paced(200)]}
    found = row(Samples(paced=runs, peer="3.8.5"), "processor time beside", "behind a broker")
    assert found.reached is reached


def test_without_a_peer_the_table_says_so_and_compares_nothing() -> None:
    found = rows(Samples(saturated={"endpoint": [saturated(70_000)]}))
    assert [one.measured for one in found if "beside" in one.name] == [
        "peer not installed (MENWEI_BENCH_PEER)"
    ]


@pytest.mark.parametrize(("tail", "reached"), [(0.008, True), (0.0081, False)])
def test_the_slowest_hundredth_decides(tail: float, *, reached: bool) -> None:
    waits = [0.001] * 98 + [tail] * 2
    found = row(Samples(paced={"latency": [paced(1, waits)]}), "p99")
    assert found.reached is reached


@pytest.mark.parametrize(
    ("bad", "word"),
    [
        (Account(acknowledged=9, recorded=8, lost=1, twice=0, alien=0), "acknowledged and not"),
        (Account(acknowledged=9, recorded=10, lost=0, twice=1, alien=0), "twice"),
        (Account(acknowledged=9, recorded=10, lost=0, twice=0, alien=1), "never sent"),
    ],
)
def test_one_bad_account_among_good_ones_shows(bad: Account, word: str) -> None:
    runs = [saturated(1), saturated(1, found=bad), saturated(1)]
    found = row(Samples(saturated={"broker": runs}), word)
    assert (found.measured, found.reached) == ("1", False)


def test_the_peers_account_is_not_ours() -> None:
    bad = Account(acknowledged=9, recorded=8, lost=1, twice=0, alien=0)
    found = rows(Samples(saturated={"peer": [saturated(1, found=bad)]}, peer="3.8.5"))
    assert all(one.reached for one in found)


def test_memory_is_held_against_its_limit_for_ours_only() -> None:
    runs = {"endpoint": [saturated(1, peak=61)], "peer": [saturated(1, peak=300)]}
    samples = Samples(saturated=runs, peer="3.8.5")
    assert not row(samples, "resident at its highest", "own endpoint").reached
    assert row(samples, "resident at its highest", "peer").reached


def test_a_median_hides_one_bad_repeat_but_the_range_shows_it() -> None:
    assert spread([9.0, 1.0, 8.0], " ms", 1) == "8.0 ms (1.0–9.0)"
    assert spread([1234.0], "/s", 0) == "1,234/s"


def test_ranks_are_nearest_and_never_beyond_the_ends() -> None:
    values = [float(n) for n in range(100, 0, -1)]
    assert [at(values, share) for share in (0.0, 0.5, 0.99, 1.0)] == [1, 50, 99, 100]


def test_the_table_marks_only_rows_that_have_a_limit() -> None:
    shown = markdown([Result("a", "1"), Result("b", "2", "≤ 1", False)])  # noqa: FBT003
    assert "| a | 1 |  |  |" in shown
    assert "| b | 2 | ≤ 1 | **no** |" in shown
