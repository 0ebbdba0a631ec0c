"""What changes at once when a device is told of: who is asked, and who may prove to be whom."""

from collections.abc import Sequence
from typing import Protocol

from edge.lines.config import Follower
from edge.lines.followers import Standing


class Live(Protocol):
    """On the agent's loop."""

    @property
    def takes_secrets(self) -> bool:
        """Whether there is a way in by which devices prove themselves."""
        ...

    def standing(self) -> Sequence[Standing]:
        """Of all that are asked, or would be."""
        ...

    def asked(self, device: str) -> Follower | None:
        """As it is asked now."""
        ...

    async def ask(self, follower: Follower) -> None:
        """From here on, in place of how it was asked before."""
        ...

    async def leave(self, device: str) -> None:
        """It is asked no more, or again as edge.toml says."""
        ...

    def learn(self, device: str, secret: str) -> None: ...

    def forget(self, device: str) -> None:
        """What edge.toml says of it holds again."""
        ...
