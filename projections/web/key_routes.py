"""/api/v1/keys: which keys this hub believes and why; changed by an administrator."""

from typing import Any

from fastapi import APIRouter, HTTPException, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from core.events.key import Reason, Role
from projections.web.answers import Problem, answer
from projections.web.api import REFUSED
from projections.web.auth import Hub, Reader
from projections.web.desk import Desk
from projections.web.keys import Enrol, Keys, Rotate
from projections.web.rights import Admin

router = APIRouter(prefix="/api/v1", responses=REFUSED)
_HEX = "^[0-9a-f]{64}$"
_SIGNATURE = "^[0-9a-f]{128}$"
_CHANGED: dict[int | str, dict[str, Any]] = {code: {"model": Problem} for code in (404, 409, 503)}


class KeyNow(BaseModel):
    """`begins`, `rotated`, `revoked`: positions of the log, 0 where it has not happened.
    `believed`: it may sign what is new."""

    role: Role
    key: str
    compound: str
    gateway: str
    begins: int
    rotated: int
    successor: str
    revoked: int
    reason: str
    believed: bool


class KeyEvent(BaseModel):
    position: int
    at: str
    type: str
    role: Role
    key: str
    successor: str
    compound: str
    gateway: str
    actor: str
    reason: str
    by: str
    disbelieved: str


class KeyAnswer(BaseModel):
    keys: list[KeyNow]
    history: list[KeyEvent]


class EnrolWish(BaseModel):
    model_config = ConfigDict(extra="forbid")

    compound: str = Field(min_length=1, max_length=64)
    gateway: str = Field(min_length=1, max_length=64)
    key: str = Field(pattern=_HEX)
    reason: str = Field(min_length=1, max_length=200)


class RotateWish(BaseModel):
    model_config = ConfigDict(extra="forbid")

    key: str = Field(pattern=_HEX)
    new: str = Field(pattern=_HEX)
    consent: str = Field(pattern=_SIGNATURE)
    proof: str = Field(pattern=_SIGNATURE)


class RevokeWish(BaseModel):
    model_config = ConfigDict(extra="forbid")

    key: str = Field(pattern=_HEX)
    reason: Reason


class Said(BaseModel):
    position: int


@router.get("/keys", response_model=KeyAnswer)
def every(desk: Hub, _: Reader) -> Response:
    keys = _keys(desk)
    return answer({"keys": keys.known(), "history": keys.history()})


@router.post("/keys/enrol", status_code=201, response_model=Said, responses=_CHANGED)
async def enrol(desk: Hub, account: Admin, wish: EnrolWish) -> Response:
    """The gateway is believed from this event on."""
    wished = Enrol(**wish.model_dump())
    position = await run_in_threadpool(_keys(desk).enrol, account, wished)
    return answer({"position": position}, 201)


@router.post("/keys/rotate", status_code=201, response_model=Said, responses=_CHANGED)
async def rotate(desk: Hub, account: Admin, wish: RotateWish) -> Response:
    """For a gateway whose old journal cannot tell it. Nothing more is taken of the old key."""
    wished = Rotate(**wish.model_dump())
    position = await run_in_threadpool(_keys(desk).rotate, account, wished)
    return answer({"position": position}, 201)


@router.post("/keys/revoke", status_code=201, response_model=Said, responses=_CHANGED)
async def revoke(desk: Hub, account: Admin, wish: RevokeWish) -> Response:
    """Nothing signed by this key is taken from here on, ever again."""
    position = await run_in_threadpool(_keys(desk).revoke, account, wish.key, wish.reason)
    return answer({"position": position}, 201)


def _keys(desk: Desk) -> Keys:
    if desk.keys is None:
        raise HTTPException(409, "This hub keeps no keys.")
    return desk.keys
