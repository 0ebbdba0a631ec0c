"""What the endpoint counts since its start. Written on its loop, read by health."""

import msgspec


class Counters(msgspec.Struct):
    connections: int = 0  # now, authenticated
    waiting: int = 0  # now, not authenticated yet
    accepted: int = 0  # since the start
    refused: dict[str, int] = {}  # connections and messages, by reason
    bytes_in: int = 0
    messages: int = 0  # handed to intake
    settled: int = 0
    unsettled_bytes: int = 0  # now
    unfinished_bytes: int = 0  # now
    throttled: int = 0  # messages that had to wait for their client's rate
    routed: int = 0  # messages sent to subscribers
    dropped: dict[str, int] = {}  # messages to subscribers, by reason
    sessions: int = 0  # now, connected or not

    def refuse(self, reason: str) -> None:
        self.refused[reason] = self.refused.get(reason, 0) + 1

    def drop(self, reason: str) -> None:
        self.dropped[reason] = self.dropped.get(reason, 0) + 1
