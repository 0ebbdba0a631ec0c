"""The truth table of tests/cases/access, played."""

from collections import Counter
from pathlib import Path
from typing import get_args

import pytest

from core.events.access import DenyReason
from tests.unit.core.policy.book_of_cases import Case, cases, play

CASES = list(cases())


@pytest.mark.parametrize(("path", "case"), CASES, ids=[f"{p.stem}: {c.says}" for p, c in CASES])
def test_case(path: Path, case: Case) -> None:
    played = play(path, case)
    decision, also = played.decision, case.also

    said = "granted" if decision.granted else f"denied: {decision.reason}"
    assert said == case.expect
    assert decision.violation == also.violation
    assert decision.duress == also.duress
    assert (decision.watched.reason if decision.watched else "") == also.watched
    assert decision.use == also.use
    assert decision.list == also.list
    assert also.group in (None, decision.group)
    assert also.class_ in (None, decision.subject_class)
    assert decision.policy == 1
    assert played.conflicts == ((case.conflict,) if case.conflict else ())


def test_there_are_enough_and_every_reason_is_among_them() -> None:
    said = Counter(case.expect.partition(": ")[2] for _, case in CASES)
    assert len(CASES) >= 60
    # Devices' own, and what is said where there is no policy to decide by.
    elsewhere = {"liveness-failed", "no-policy"}
    assert set(said) - {""} == set(get_args(DenyReason)) - elsewhere


def test_no_two_cases_are_told_alike() -> None:
    told = Counter((p.stem, c.says, c.when, c.where, c.shows) for p, c in CASES)
    assert [one for one, many in told.items() if many > 1] == []
