"""Many signatures at once: each answer stands where its batch does."""

import pytest

from core.batch import Batch, parse
from core.verifier import Verifier
from tests.fix_core import Enrolled, signer_of


def spoiled(batch: Batch) -> Batch:
    frame = batch.frame
    return parse(frame[:-64] + signer_of(9).sign(frame[:148]))


@pytest.mark.parametrize("threads", [1, 2, 3, 7])
@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 23])
def test_each_is_answered_for_itself(gateway: Enrolled, threads: int, count: int) -> None:
    verifier = Verifier(threads)
    batches = gateway.batches(count)
    assert verifier.holds(batches) == [True] * count
    for bad in range(count):
        mixed = [spoiled(one) if at == bad else one for at, one in enumerate(batches)]
        assert verifier.holds(mixed) == [at != bad for at in range(count)]
