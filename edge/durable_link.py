"""A link whose messages can be waited for: whoever answers a device itself answers then."""

import asyncio
import itertools
from collections.abc import Sequence

import msgspec

from devices.adapter import Message
from edge.delivery import Answer, Deliver, Delivery


class _Waiting(msgspec.Struct):
    future: asyncio.Future[Answer]
    left: int
    answer: Answer = Answer.STORED


class DurableLink:
    """Owns who waits for what. If we die, nobody is answered, and devices come again."""

    def __init__(self, deliver: Deliver) -> None:
        """On the loop that `tell` is called on."""
        self._deliver = deliver
        self._loop = asyncio.get_running_loop()
        self._numbers = itertools.count(1)
        self._waiting: dict[int, _Waiting] = {}

    async def tell(self, messages: Sequence[Message], client: str = "") -> Answer:
        """Returns when all of them are durable: QUOTA when one of them was refused, durably."""
        if not messages:
            return Answer.STORED
        number = next(self._numbers)
        waiting = _Waiting(self._loop.create_future(), len(messages))
        self._waiting[number] = waiting
        self._deliver(
            [
                Delivery(
                    one.topic, one.payload, self, number,
                    client=client, adapter=one.adapter, media=one.media, deaf=True,
                )
                for one in messages
            ]
        )  # fmt: skip
        try:
            return await waiting.future
        finally:
            self._waiting.pop(number, None)

    def settle(self, settled: Sequence[tuple[int, Answer]]) -> None:
        self._loop.call_soon_threadsafe(self._settled, settled)

    def _settled(self, settled: Sequence[tuple[int, Answer]]) -> None:
        for number, answer in settled:
            waiting = self._waiting.get(number)
            if waiting is None:
                continue  # nobody waits any more
            waiting.left -= 1
            waiting.answer = max(waiting.answer, answer)
            if not waiting.left and not waiting.future.done():
                waiting.future.set_result(waiting.answer)
