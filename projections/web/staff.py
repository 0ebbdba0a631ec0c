"""What the routes about people share: made once by `app.build`."""

from typing import Annotated, cast

import msgspec
from fastapi import Depends, HTTPException, Request

from projections.web.desk import Desk
from projections.web.lookups import LookUps
from projections.web.people import People
from projections.web.rights import Allowance

# A minute and account. Nobody looks up, orders or issues by hand faster than this.
LIMITS = {"look-up": 120, "pass": 60, "command": 60, "policy": 20, "consent": 60}


class Room(msgspec.Struct, frozen=True):
    people: People
    lookups: LookUps
    allowance: Allowance


def room(desk: Desk) -> Room | None:
    """None where this hub has no people's side."""
    if desk.people is None:
        return None
    return Room(desk.people, LookUps(desk, desk.people), Allowance(LIMITS))


async def _staff(request: Request) -> Room:
    found = cast("Room | None", request.app.state.staff)
    if found is None:
        raise HTTPException(503, "This hub keeps no register and sends no orders.")
    return found


Staff = Annotated[Room, Depends(_staff)]
