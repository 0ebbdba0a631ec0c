"""What lines are tried with: an intake that commits when it is told to, and notes."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from edge.delivery import Answer, Delivery
from edge.notes import Notes
from tests.fix_broker import PATIENCE

LOOK = PATIENCE


class Held:
    """An intake that commits when the test says so."""

    def __init__(self) -> None:
        self.taken: list[Delivery] = []
        self.open = False

    def __call__(self, deliveries: Sequence[Delivery]) -> None:
        self.taken += deliveries
        if self.open:
            self.commit()

    def commit(self, answer: Answer = Answer.STORED) -> None:
        for one in self.taken:
            one.link.settle([(one.packet, answer)])
        self.open = True

    def refusing(self, deliveries: Sequence[Delivery]) -> None:
        for one in deliveries:
            one.link.settle([(one.packet, Answer.QUOTA)])


@pytest.fixture
def notes(tmp_path: Path) -> Iterator[Notes]:
    made = Notes(tmp_path / "notes.db")
    yield made
    made.close()


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(LOOK):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.005)
