"""The shapes of the API's answers, for its OpenAPI document, and how an answer is encoded."""

from typing import Any, Literal

import msgspec
from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


def answer(body: object, status: int = 200) -> Response:
    """One JSON encoder for events, rows and answers: numbers and texts look alike everywhere."""
    return Response(msgspec.json.encode(body), status, media_type="application/json")


class Problem(BaseModel):
    detail: str


class Divergence(BaseModel):
    """What is stored is not what was signed; `position` is the first that differs, as far as is
    known."""

    what: str
    position: int
    detail: str


class Health(BaseModel):
    """`signed`: batches under a checkpoint. `diverged` is null while the log is what was signed;
    if it is not, the hub takes everything as before and signs nothing more. `witnessed`: batches
    under a checkpoint that enough witnesses cosigned; null where none is asked."""

    status: str
    position: int
    head: int
    lag: int
    signed: int
    witnessed: int | None
    diverged: Divergence | None


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


class _Camel(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)


class LateEvent(_Camel):
    """`occurred`: when it happened, as screens show it. `lateS`: seconds from then until the hub
    received it."""

    id: str
    type: str
    source: str
    subject: str
    occurred: str
    recorded: str
    received: str | None
    late_s: float | None
    position: int
    index: int


class RowChange(_Camel):
    """`before` and `after` are what the row shows, under the names of the view's lists."""

    kind: str
    key: str
    change: Literal["added", "removed", "changed"]
    before: dict[str, list[Any]]
    after: dict[str, list[Any]]


class Difference(_Camel):
    """`equal`: the hashes are. `lists`: names of the view's lists that differ. `complete`: nothing
    was left out of `events` and `rows`."""

    view: str
    compound: str
    position: int
    asof: str | None
    known: Literal["then", "now"]
    known_position: int
    equal: bool
    hash_then: str
    hash_now: str
    events: list[LateEvent]
    lists: list[str]
    rows: list[RowChange]
    complete: bool


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


class Inclusion(BaseModel):
    """That a batch is leaf `index` of the log's first `size`, by hashes in hexadecimal (RFC 9162
    §2.1.3). `checkpoint` is the signed note that names the root; `holds` was checked for this
    answer, from the bytes as they are stored."""

    origin: str
    index: int
    size: int
    leaf: str
    path: list[str]
    root: str
    checkpoint: str
    holds: bool


class Consistency(BaseModel):
    from_: int = Field(alias="from")
    to: int
    path: list[str]


class OneEvent(BaseModel):
    """`inclusion` is null until a checkpoint covers the batch: seconds after it was stored."""

    event: dict[str, Any]
    line: str | None
    batch: BatchProof
    inclusion: Inclusion | None


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
