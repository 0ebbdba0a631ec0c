"""The shapes of the API's answers, for its OpenAPI document, and how an answer is encoded."""

from typing import Any

import msgspec
from fastapi import Response
from pydantic import BaseModel, ConfigDict


def answer(body: object, status: int = 200) -> Response:
    """One JSON encoder for events, rows and answers: numbers and texts look alike everywhere."""
    return Response(msgspec.json.encode(body), status, media_type="application/json")


class Problem(BaseModel):
    detail: str


class Health(BaseModel):
    status: str
    position: int
    head: int
    lag: int


class Me(BaseModel):
    name: str
    role: str
    acts: bool


class GatewayLine(BaseModel):
    gateway: str
    live: bool


class CompoundLine(BaseModel):
    compound: str
    gateways: list[GatewayLine]


class Compounds(BaseModel):
    compounds: list[CompoundLine]


class ViewLine(BaseModel):
    view: str
    version: int
    position: int


class Views(BaseModel):
    views: list[ViewLine]


class Missing(BaseModel):
    """Events that are stored and cannot be read yet: a newer gateway's. `first` is the position of
    the first one, `types` how many there are of each type."""

    count: int
    first: int
    types: dict[str, int]


class Stopped(BaseModel):
    """The event at which a view's fold failed; the view stands before that position. `index` is
    -1 where only the batch is known."""

    view: str
    position: int
    index: int
    event: str
    type: str
    error: str


class ViewBody(BaseModel):
    """These keys and the view's lists beside them. `hash` is the SHA-256 of the lists as JSON
    with sorted keys and without spaces: equal hashes are equal screens. `facts` is the same of
    what does not depend on when the log heard of it: without positions in the log, without
    `gateways` (their health tells of backlogs) and without the times of people's acts on alarms.
    A gateway that was offline for days ends in the `facts` of one that never was. `unread` and
    `stopped` are null while nothing is missing."""

    model_config = ConfigDict(extra="allow")

    view: str
    compound: str
    version: int
    position: int
    recorded: str | None
    hash: str
    facts: str
    unread: Missing | None
    stopped: Stopped | None


class EventPage(BaseModel):
    """`next` goes back in as it is: as `after` when walking up, as `before` when walking down.
    It is a string like `7.3` when the page ends inside batch 7."""

    events: list[dict[str, Any]]
    next: int | str
    complete: bool


class BatchProof(BaseModel):
    """What an auditor checks by hand. `signed` and `chained` were checked for this answer;
    `chained` is null when the batch before is not here."""

    position: int
    received: str | None
    journal: str
    epoch: int
    lane: str
    number: int
    first: int
    last: int
    key: str
    hash: str
    previous: str
    signed: bool
    chained: bool | None
    frame: str


class OneEvent(BaseModel):
    event: dict[str, Any]
    line: str | None
    batch: BatchProof


class AcknowledgedAt(BaseModel):
    """`folded`: the views show it already."""

    compound: str
    alarm: str
    position: int
    folded: bool


class RefusalLine(BaseModel):
    at: str
    compound: str
    gateway: str
    reason: str
    detail: str


class Refusals(BaseModel):
    refusals: list[RefusalLine]
