"""What the API and the console are given by the composition root: one object, no globals."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from core.catalog import Catalog
from core.clock import Clock
from core.errors import FatalError
from core.event import Event
from core.events.custody import Language
from core.store.port import EventStore
from projections.history.sink import HistoryReader
from projections.responses import Responses
from projections.runner import Runner
from projections.waste_district.asked.ledger import Ledger
from projections.web.accounts import Accounts
from projections.web.live import Live
from projections.web.people import People


class Desk(msgspec.Struct, frozen=True, kw_only=True):
    """`append` puts the hub's own events (an acknowledgement) into the log and returns their
    position once they are durable; it blocks for one fsync, so call it off the event loop.
    `fatal` is told of storage that failed under a request: the hub stops then (I8).
    `unseal` opens what the hub itself sealed (a person's note), for those who may act.
    `gateways` tells which gateways have a live uplink now: "compound/gateway" → true/false.
    `history` is None where none is kept. `uplinks` tells what of theirs waits to be committed.
    """

    log: EventStore
    runner: Runner
    live: Live
    accounts: Accounts
    catalog: Catalog
    clock: Clock
    append: Callable[[Sequence[Event]], int]
    unseal: Callable[[Event], Mapping[str, str]]
    gateways: Callable[[], Mapping[str, bool]]
    fatal: Callable[[FatalError], None]
    refusals: Callable[[], Sequence["Refusal"]]
    uplinks: Callable[[], "Uplinks"]
    history: HistoryReader | None = None
    data: Path
    # Text of a rule file, account → the set's hash, compound → position; None: a rig of a test.
    adopt_rules: Callable[[str, str], tuple[str, Mapping[str, int]]] | None = None
    responses: Responses = msgspec.field(default_factory=Responses)
    people: People | None = None  # None: this hub speaks to no gateways (a rig of a test)
    # Format → what writes a ledger in it, in a language; json needs none.
    writers: Mapping[str, Callable[[Ledger, Language], bytes]] = {}


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """A line for the operator: a frame the hub did not take. Newest last, bounded."""

    at: str
    compound: str
    gateway: str
    reason: str
    detail: str = ""


class Uplinks(msgspec.Struct, frozen=True, kw_only=True):
    """Frames of gateways that the hub holds and has not committed: lane → how many, how many
    bytes, and how many found no room since the start and will come again. `away`: nothing is
    taken, because the store does not answer or has no room."""

    frames: Mapping[str, int] = {}
    bytes: Mapping[str, int] = {}
    dropped: Mapping[str, int] = {}
    away: bool = False
