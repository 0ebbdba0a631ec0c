"""A connection, as its way in sees it."""

from typing import Protocol


class Outlet(Protocol):
    """What `edge.endpoint.inflow` and `control` ask of the socket's side."""

    def write(self, data: bytes) -> None: ...
    def roomy(self) -> None:
        """There is room again for unsettled messages."""
        ...

    def taken_over(self) -> None:
        """The client has connected anew."""
        ...
