"""Ending asyncio tasks for certain."""

import asyncio
from typing import Any

_AGAIN = 0.5  # seconds


async def end(*tasks: asyncio.Future[Any]) -> list[Any]:
    """Cancel and wait; what each returned or raised, like `gather` with exceptions.

    Cancelled again until it is over: Python 3.11's `asyncio.wait_for`, which aiomqtt uses,
    drops a cancellation that comes at the moment its future is done (fixed in 3.12).
    """
    left = [task for task in tasks if not task.done()]
    while left:
        for task in left:
            task.cancel()
        await asyncio.wait(left, timeout=_AGAIN)
        left = [task for task in left if not task.done()]
    return await asyncio.gather(*tasks, return_exceptions=True)
