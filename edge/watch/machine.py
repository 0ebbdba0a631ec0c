"""What `Watch` asks of each of its machines."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Protocol

from core.event import Data
from edge.watch.agenda import Due
from edge.watch.fact import Fact, Said

See = Callable[[Fact], Sequence[Said]]
Fire = Callable[[str, Due], Sequence[Said]]


class Machine(Protocol):
    @property
    def sees(self) -> Mapping[type[Data], See]:
        """Facts of these types are shown to it."""
        ...

    @property
    def fires(self) -> Mapping[str, Fire]:
        """What it arms under a name is handed back to it, with the rest of the key."""
        ...

    def shift(self, by: timedelta) -> None:
        """Moves every time of the gateway's clock that it remembers."""
        ...
