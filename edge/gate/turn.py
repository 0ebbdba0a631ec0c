"""One commit in the making, as the gate sees it: what is remembered so far, what it says."""

from collections.abc import Callable
from datetime import datetime

import msgspec

from core.event import Data
from core.policy.standing import Standing
from edge.gate.memory import Memory
from edge.gate.opening import Opening
from edge.own import Own


class Turn:
    """Thrown away when the commit is not done; nothing of it has left the house by then."""

    def __init__(self, memory: Memory, now: datetime, name: Callable[[], str]) -> None:
        self.now = now
        self.memory = memory
        self.said: list[Own] = []
        self.openings: list[Opening] = []
        self._name = name

    @property
    def standing(self) -> Standing:
        return self.memory.standing

    def stands(self, standing: Standing) -> None:
        if standing is not self.memory.standing:
            self.remembers(standing=standing)

    def remembers(self, **changed: object) -> None:
        self.memory = msgspec.structs.replace(self.memory, **changed)

    def say(
        self, data: Data, device: str = "", subject: str = "", *, at: datetime | None = None,
        cause: str = "", chain: str = "",
    ) -> str:  # fmt: skip
        """The event's id."""
        name = self._name()
        self.said.append(Own(data, device, subject, at or self.now, name, chain, cause))
        return name
