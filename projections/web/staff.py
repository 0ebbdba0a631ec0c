"""What the routes about people share: made once by `app.build`."""

import re
from typing import Annotated, cast

import msgspec
from fastapi import Depends, HTTPException, Request

from projections.web.desk import Desk
from projections.web.lookups import LookUps
from projections.web.people import People
from projections.web.rights import Allowance

# A minute and account. Nobody looks up, orders or issues by hand faster than this.
LIMITS = {"look-up": 120, "pass": 60, "command": 60, "policy": 20, "consent": 60}
_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


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


def clean(text: str) -> str:
    if _FORBIDDEN.search(text):
        raise ValueError("control characters are not taken")
    return text


def known_compound(desk: Desk, compound: str) -> None:
    """404 for one that neither a gateway nor the log knows."""
    if compound not in desk.runner.compounds() and not any(
        name.partition("/")[0] == compound for name in desk.gateways()
    ):
        raise HTTPException(404, "There is no such compound; /api/v1/compounds lists them.")
