"""A gateway's witness over a real journal, and a hub's log that can be honest or not."""

from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path

import msgspec

from core import codec
from core.batch import Lane
from core.receipt import Receipt, open_receipt, sign
from core.tlog.checkpoint import default_origin
from core.tlog.lines import encoded
from core.tlog.note import Signature, SignatureType, VerifierKey
from core.tlog.published import Published
from edge.journals import open_journals
from edge.own import Own
from edge.stream import Stream
from edge.witness import state
from edge.witness.judge import Pin
from edge.witness.witness import Witness
from tests.fix_core import FixedClock, door_opened, signer_of
from tests.fix_tlog import published

HUB, GATEWAY = signer_of(1), signer_of(9)
ORIGIN = default_origin(HUB.public)
NAME = "c01/gw01"
COSIGNER = VerifierKey(NAME, SignatureType.COSIGNATURE_ED25519, GATEWAY.public)


class MemoryLog:
    """A log in memory, of which somebody may change what is already published."""

    def __init__(self, origin: str = ORIGIN) -> None:
        self.origin = origin
        self.leaves: list[bytes] = []
        self.size = 0  # published
        self.cosignatures: list[tuple[int, Signature]] = []

    def add(self, leaf: bytes) -> int:
        self.leaves.append(leaf)
        return len(self.leaves)

    def others(self, count: int) -> None:
        """Batches of other gateways."""
        for _ in range(count):
            self.add(sha256(b"%d" % len(self.leaves)).digest())

    def publish(self) -> None:
        self.size = len(self.leaves)

    def published(self) -> Published | None:
        return published(tuple(self.leaves[: self.size]), HUB, self.origin) if self.size else None

    def cosigned(self, size: int, signatures: Sequence[Signature]) -> None:
        self.cosignatures += [(size, one) for one in signatures]


class HubOf:
    """A hub as one gateway meets it: takes its batches, shows what it has of them."""

    def __init__(self) -> None:
        self.log = MemoryLog()
        self.positions: dict[tuple[str, int], int] = {}

    def take(self, stream: Stream) -> None:
        """Everything that is not here yet, receipted."""
        name = stream.journal.id.hex
        for number in range(stream.cursor + 1, stream.head.number + 1):
            leaf = stream.leaf(number)
            assert leaf is not None
            position = self.positions[name, number] = self.log.add(leaf)
            taken = Receipt(journal=name, committed=number, hash=leaf.hex(), position=position)
            stream.took(number, sign(taken, HUB))

    def shows(self, stream: Stream, since: int, number: int = 0, **told: object) -> Receipt:
        """Signed, sent and opened again. `number`: default the newest that is published."""
        name, tree = stream.journal.id.hex, self.log.published()
        assert tree is not None
        covered = [n for (of, n), at in self.positions.items() if of == name and at <= tree.size]
        number = number or max(covered)
        position, leaf = self.positions[name, number], stream.leaf(number)
        steps = tree.consistency(since) if 0 < since < tree.size else []
        found = Receipt(
            journal=name,
            committed=number,
            hash=leaf.hex() if leaf else "",
            position=position,
            proof=tree.proof(position).encode().decode(),
            since=since,
            consistency=tuple(map(encoded, steps)),
        )
        return signed(msgspec.structs.replace(found, **told))


def signed(found: Receipt) -> Receipt:
    return open_receipt(sign(found, HUB), HUB.public)


class Watching:
    """A gateway's journal, its witness, and what that said; `restart` is another life."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.clock = folder, FixedClock()
        self.pin = Pin(HUB.public)
        self.said: list[Own] = []
        self._records = 0
        self._open()

    def _open(self) -> None:
        self.journals = open_journals(self.folder, GATEWAY, self.clock, HUB.public)
        self.journal = self.journals.active
        self.stream = self.journal.streams[Lane.URGENT]
        streams = {one.journal.id.hex: one for one in self.journal.streams.values()}
        self.witness = Witness(
            self.folder,
            lambda: self.pin,
            NAME,
            GATEWAY,
            self.clock,
            streams,
            self.said.append,
            900.0,
        )

    def restart(self, change: Callable[[Path], object] = lambda _: None) -> None:
        """`change` the folder while nobody runs."""
        self.close()
        change(self.folder)
        self._open()

    def close(self) -> None:
        self.journals.close()

    def commit(self, batches: int = 1) -> None:
        for _ in range(batches):
            self._records += 1
            event = codec.encode(door_opened(self._records, "gw01", "c01"))
            self.journal.commit({Lane.URGENT: [event]})

    @property
    def size(self) -> int:
        return self.witness.standing().size

    @property
    def kept(self) -> str:
        """The checkpoint on disk, as it was signed."""
        return state.read(self.folder).checkpoint

    @property
    def kinds(self) -> list[str]:
        """Of what was said, in order; the same words said again after a restart count once."""
        return [type(one.data).TYPE for one in {own.id: own for own in self.said}.values()]


def met(folder: Path, batches: int = 3) -> tuple[Watching, HubOf]:
    """A gateway and its hub, which has shown it a checkpoint over everything."""
    edge, hub = Watching(folder), HubOf()
    grow(edge, hub, batches)
    edge.witness.heard(hub.shows(edge.stream, 0))
    return edge, hub


def grow(edge: Watching, hub: HubOf, batches: int = 1, others: int = 2) -> None:
    edge.commit(batches)
    hub.log.others(others)
    hub.take(edge.stream)
    hub.log.publish()
