"""What a person asked for is done on a worker thread; what stood in the way is told."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from fastapi import HTTPException
from nicegui import ui

from core.errors import DiskFull, Refused, Unavailable
from projections.console.texts import Words
from projections.web.gateway_desk import Unreached
from projections.web.people import Unfit, Unheard, Unready
from projections.web.reasons import NoReason

_LIMITS = {403: "unable.role", 429: "unable.often"}
ResultT = TypeVar("ResultT")


async def done(words: Words, work: Callable[[], ResultT]) -> ResultT | None:
    """None when it was not done; the person has been told why."""
    try:
        return await asyncio.to_thread(work)
    except Refused as refusal:
        said = words.named("refused", refusal.reason)
    except NoReason:
        said = words("unable.reason")
    except Unfit as refusal:
        said = words("unable.done", why=" · ".join((str(refusal), *refusal.errors)))
    except (Unheard, Unready, Unreached) as refusal:
        said = words("unable.done", why=str(refusal))
    except HTTPException as limited:  # the allowance, and what a role may not do
        said = words(_LIMITS.get(limited.status_code, "unable.away"))
    except (Unavailable, DiskFull):
        said = words("unable.away")
    ui.notify(said, type="warning")
    return None
