"""A message on its way to subscribers, apart from the packet that brought it."""

import msgspec

from edge.endpoint import properties as props
from edge.endpoint.properties import NONE, Properties

_OVERHEAD = 200  # bytes of memory beside the texts, about


class Message(msgspec.Struct, frozen=True):
    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False
    tail: bytes = b""  # encoded properties that are passed on unchanged
    expires: float | None = None  # on the loop's clock

    @property
    def size(self) -> int:
        return len(self.topic) + len(self.payload) + len(self.tail) + _OVERHEAD

    def expired(self, now: float) -> bool:
        return self.expires is not None and now >= self.expires


class Outgoing(msgspec.Struct, frozen=True):
    """A message as one subscriber gets it."""

    message: Message
    qos: int = 0
    retain: bool = False
    ids: tuple[int, ...] = ()  # of the subscriptions that it matched


def passed_on(properties: Properties) -> bytes:
    """§3.3.2.3: what a server hands through as it came."""
    if properties is NONE:
        return b""
    return props.encode(
        Properties(
            payload_format=properties.payload_format,
            content_type=properties.content_type,
            response_topic=properties.response_topic,
            correlation_data=properties.correlation_data,
            user=properties.user,
        )
    )


def deadline(expiry_s: int | None, now: float) -> float | None:
    return None if expiry_s is None else now + expiry_s
