"""Turns alternate, the first is thrown away, and processor time is the tree's."""

import os
import time

from tests.bench.timing import Run, Tree, alternate, looking_at_memory, measured


def test_parts_take_turns_and_the_warm_up_is_not_among_the_results() -> None:
    told: list[tuple[str, int]] = []

    def part(name: str) -> Run:
        return Run(events=len(told), seconds=1)

    def first(turn: int) -> Run:
        told.append(("a", turn))
        return part("a")

    def second(turn: int) -> Run:
        told.append(("b", turn))
        return part("b")

    found = alternate(2, {"a": first, "b": second})
    assert told == [(name, turn) for turn in (-1, 0, 1) for name in ("a", "b")]
    assert [run.events for run in found["a"]] == [3, 5]
    assert [run.events for run in found["b"]] == [4, 6]


def test_without_warm_up_every_turn_counts() -> None:
    found = alternate(3, {"a": lambda turn: Run(turn, 1)}, warm=False)
    assert [run.events for run in found["a"]] == [0, 1, 2]


def test_a_run_knows_its_rate_and_its_cost() -> None:
    run = Run(events=1000, seconds=0.5, cpu_seconds=0.02)
    assert (run.rate, run.cpu_us) == (2000, 20)


def test_time_and_processor_time_of_the_block_are_taken() -> None:
    with looking_at_memory(), measured(10) as run:
        until = time.process_time() + 0.05
        while time.process_time() < until:
            pass
    assert run.seconds >= 0.04
    assert run.cpu_seconds >= 0.04
    assert run.peak_mb > 1


def test_memory_is_not_looked_at_while_time_counts() -> None:
    with measured(10) as run:
        pass
    assert run.peak_mb == 0


def test_a_process_that_is_gone_costs_nothing() -> None:
    assert Tree(lambda: (2**22 + 1,)).cpu_seconds() == 0
    assert Tree(lambda: (os.getpid(),)).resident_mb() > 1
