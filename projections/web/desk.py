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
from core.tlog.diverged import Diverged
from core.tlog.log import TransparencyLog
from projections.history.sink import HistoryReader
from projections.late import LateBatches
from projections.responses import Responses
from projections.runner import Runner
from projections.waste_district.asked.ledger import Ledger
from projections.web.accounts import Accounts
from projections.web.archive import Archive
from projections.web.fixity import Fixity
from projections.web.gateway_desk import GatewayDesk
from projections.web.keys import Keys
from projections.web.live import Live
from projections.web.people import People
from projections.web.witnessing import Witnessing


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
    late: LateBatches
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
    media: Archive | None = None  # None: this hub keeps no pictures
    fixity: Fixity | None = None
    keys: Keys | None = None  # as for `people`
    # Format → what writes a ledger in it, in a language; json needs none.
    writers: Mapping[str, Callable[[Ledger, Language], bytes]] = {}
    pack_files: Mapping[str, bytes] = {}  # go into every audit pack as they are
    witnesses: Callable[[], Witnessing] | None = None  # None: none is asked
    tlog: TransparencyLog | None = None  # None: nothing is signed here (a rig of a test)

    gateway_desk: GatewayDesk | None = None  # None: no gateway's admin port is known

    def witnessing(self) -> Witnessing | None:
        """None where no witness is asked."""
        return self.witnesses() if self.witnesses is not None else None

    def signed(self) -> int:
        """Batches under a checkpoint."""
        published = self.tlog.published() if self.tlog is not None else None
        return published.size if published is not None else 0

    def diverged(self) -> Diverged | None:
        """Why nothing more is signed; None while the log is what was signed."""
        return self.tlog.halted if self.tlog is not None else None


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
