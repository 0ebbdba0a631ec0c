"""A task that loses a cancellation is ended all the same."""

import asyncio

from core.tasks import end


def test_a_swallowed_cancellation_is_sent_again() -> None:
    swallowed = 0

    async def stubborn() -> None:
        nonlocal swallowed
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                swallowed += 1
                if swallowed == 2:
                    raise

    async def scenario() -> list[object]:
        task = asyncio.create_task(stubborn())
        await asyncio.sleep(0)
        return await end(task)

    (ended,) = asyncio.run(asyncio.wait_for(scenario(), 30))
    assert isinstance(ended, asyncio.CancelledError)
    assert swallowed == 2


def test_what_had_ended_before_is_told() -> None:
    async def failing() -> None:
        raise ValueError("before")

    async def scenario() -> list[object]:
        task = asyncio.create_task(failing())
        await asyncio.wait([task])
        return await end(task)

    (ended,) = asyncio.run(scenario())
    assert isinstance(ended, ValueError)
