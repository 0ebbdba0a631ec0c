"""/api/v1/witnesses: who cosigns the hub's log, and how far."""

from fastapi import APIRouter, Response
from pydantic import BaseModel

from projections.web.answers import answer
from projections.web.api import REFUSED
from projections.web.auth import Hub, Reader
from projections.web.witnessing import State, Witnessing

router = APIRouter(prefix="/api/v1", responses=REFUSED)


class WitnessLine(BaseModel):
    """`size` leaves it cosigned last, at `at`; 0 and empty where it never did since the start."""

    name: str
    url: str
    state: State
    size: int
    at: str
    detail: str


class Witnesses(BaseModel):
    """`published` leaves stand under the newest checkpoint, `witnessed` under the newest that the
    quorum cosigned; there has been more than that for `tail_s` seconds."""

    published: int
    witnessed: int
    tail_s: float
    witnesses: list[WitnessLine]


@router.get("/witnesses", response_model=Witnesses)
async def witnesses(desk: Hub, _: Reader) -> Response:
    """Where the log's witnesses stand. Empty where the hub asks none."""
    return answer(desk.witnessing() or Witnessing())
