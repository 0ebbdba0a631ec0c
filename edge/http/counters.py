"""What the HTTP intake counts since its start. Written on its loop, read by health."""

import msgspec


class Counters(msgspec.Struct):
    connections: int = 0  # now
    accepted: int = 0  # since the start
    requests: int = 0
    messages: int = 0  # handed to intake
    pictures: int = 0  # that came along, kept or only hashed
    unauthorized: int = 0  # answered 401 or 429
    refused: dict[str, int] = {}  # connections and requests, by reason
    throttled: int = 0  # messages that had to wait for their device's rate
    unsettled_bytes: int = 0  # now
    unfinished_bytes: int = 0  # now

    def refuse(self, reason: str) -> None:
        self.refused[reason] = self.refused.get(reason, 0) + 1
