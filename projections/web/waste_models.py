"""The shapes of what is answered about the district's waste, for the OpenAPI document.

Lines are rows as the view's modules name their fields; docs/ledger.md says where each is told of.
"""

from typing import Any

from pydantic import BaseModel

MOST_ENTRIES = 500  # of the register, in one request


class Told(BaseModel):
    """`position`: the log's, up to which the answer knows it."""

    position: int


class BalanceBody(Told):
    """Grams. In every line `liftedG` = `receivedG` + the sum of `gaps`, to the gram. `lines`: the
    same mass cut by `by`; `worst`: trips by what nothing explains; `flows`: what to draw."""

    since: str
    until: str
    by: str
    compound: str
    category: str
    facility: str
    total: dict[str, Any]
    lines: list[dict[str, Any]]
    worst: list[dict[str, Any]]
    transferred: dict[str, Any]
    transfers: list[dict[str, Any]]
    stations: list[dict[str, Any]]
    flows: list[dict[str, Any]]


class FindingsBody(Told):
    """The newest first. `kinds` counts all of the period, whatever was asked for; `complete` is
    false where there are more than `limit`."""

    since: str
    until: str
    kinds: dict[str, int]
    findings: list[dict[str, Any]]
    complete: bool


class RoutesBody(Told):
    """`missed` bins first by how little time is left to act; a vehicle nobody heard of stands
    among the routes as silent, not there bin by bin."""

    day: str
    routes: list[dict[str, Any]]
    missed: list[dict[str, Any]]


class LeagueBody(Told):
    """Best first; of whom nothing is known, last and without a place."""

    since: str
    until: str
    compounds: list[dict[str, Any]]


class QualityBody(Told):
    """`compound` as the league has it for those days; `points` and `buildings` by name. Each with
    `score`, null where nothing is known by which it could be judged, and its `causes`, the dearest
    first. `places`: what the register calls the points."""

    since: str
    until: str
    compound: dict[str, Any]
    name: str
    street: str
    demonstration: bool
    points: list[dict[str, Any]]
    buildings: list[dict[str, Any]]
    criteria: list[dict[str, Any]]
    places: dict[str, str]


class TripBody(Told):
    """`tickets`: all of them, in order, also of who refused the load; `ticket`: the one that it was
    left with."""

    trip: dict[str, Any]
    lifts: list[dict[str, Any]]
    ticket: dict[str, Any] | None
    tickets: list[dict[str, Any]]
    revisions: list[dict[str, Any]]
    findings: list[dict[str, Any]]


class BinBody(Told):
    bin: str
    now: dict[str, Any] | None
    versions: list[dict[str, Any]]
    point: dict[str, Any] | None
    tags: list[dict[str, Any]]
    routes: list[str]
    until: str
    lifts: list[dict[str, Any]]
    findings: list[dict[str, Any]]


class Sent(BaseModel):
    """`new` is false where that vehicle was sent for all of these bins before. `folded`: the views
    show it already."""

    route: str
    day: str
    vehicle: str
    bins: list[str]
    actor: str
    at: str
    new: bool
    folded: bool
