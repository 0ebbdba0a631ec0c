"""A device's message with all that subscribers, but not intake, want to know of it."""

from edge.delivery import Delivery


class Inbound(Delivery, frozen=True):
    """A message that is more than topic and payload at QoS 0 or 1."""

    qos: int = 0
    retain: bool = False
    tail: bytes = b""
    expires: float | None = None
    # Never handed over, only acknowledged in its turn: refused, or QoS 2 sent again. Its packet
    # id is inverted, so that no answer of intake can meet it.
    silent: bool = False
