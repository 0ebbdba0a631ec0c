"""The last retained message of each topic, bounded in number and bytes."""

from collections.abc import Iterator

from edge.endpoint.message import Message
from edge.endpoint.topics import Levels, matches


class Retained:
    def __init__(self, messages: int, size: int) -> None:
        self._messages = messages
        self._bytes = size
        self._used = 0
        self._kept: dict[str, Message] = {}

    def put(self, message: Message) -> bool:
        """An empty payload removes (§3.3.1.3). False when a new one finds no room: the old ones
        stay, so that one client cannot push out another's."""
        before = self._kept.pop(message.topic, None)
        if before is not None:
            self._used -= before.size
        if not message.payload:
            return True
        if len(self._kept) >= self._messages or self._used + message.size > self._bytes:
            return False
        self._kept[message.topic] = message
        self._used += message.size
        return True

    def match(self, topic: str, levels: Levels, now: float) -> Iterator[Message]:
        """`levels` are the compiled filter `topic`; what has expired is forgotten."""
        exact = self._kept.get(topic)
        found = [exact] if exact is not None else self._scan(levels)
        for message in found:
            if message.expired(now):
                del self._kept[message.topic]
                self._used -= message.size
            else:
                yield message

    def _scan(self, levels: Levels) -> list[Message]:
        if all(isinstance(level, str) for level in levels):
            return []
        return [message for name, message in self._kept.items() if matches(levels, name)]

    def __len__(self) -> int:
        return len(self._kept)
