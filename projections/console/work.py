"""What concerns people by name is done on a worker thread; what stood in the way is told."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from fastapi import HTTPException
from nicegui import ui

from core.errors import DiskFull, Unavailable
from projections.console.texts import Words
from projections.web.people import Unfit, Unheard, Unready
from projections.web.reasons import NoReason

ResultT = TypeVar("ResultT")


async def done(words: Words, work: Callable[[], ResultT]) -> ResultT | None:
    """None when it was not done; the person has been told why."""
    try:
        return await asyncio.to_thread(work)
    except NoReason:
        said = words("unable.reason")
    except (Unfit, Unheard, Unready) as refusal:
        said = words("unable.done", why=str(refusal))
    except HTTPException as limited:  # of the allowance, which the API shares
        said = words("unable.often" if limited.status_code == 429 else "unable.role")
    except (Unavailable, DiskFull):
        said = words("unable.away")
    ui.notify(said, type="warning")
    return None
