"""The uplink without a network: the real channels of a gateway against the real ingest of a hub,
one frame and one receipt after the other, on a line that may lose either."""

from collections import Counter
from random import Random

import msgspec

from core import codec, receipt
from core.batch import parse
from core.events.journal import GapDeclared
from core.ingest import Arrival, Ingest
from core.receipt import Receipt
from core.trust import Gateway, by_key
from edge.carry import Carry
from edge.channel import Channel, held_back
from tests.fix_core import START, signer_of
from tests.fix_edge import COMPOUND, GATEWAY, EdgeRig
from tests.fix_epochs import StrictLog

HUB = signer_of(1)
RESEND = 5.0
_PAGE = 16


class Hub:
    """Ingest over a log in memory; `restart` with fewer batches is an older backup put back."""

    def __init__(self, key: bytes = signer_of(9).public) -> None:
        self.log = StrictLog()
        self._trust = by_key([Gateway(compound=COMPOUND, name=GATEWAY, key=key.hex())])
        self.ingest = Ingest(self.log, self._trust)

    def restart(self, keep: int | None = None) -> None:
        self.log.stored = self.log.stored[:keep]
        self.log.received = self.log.received[:keep]
        self.ingest = Ingest(self.log, self._trust)

    def take(self, frame: bytes) -> Receipt:
        (found,) = self.ingest.accept([Arrival(COMPOUND, GATEWAY, frame)], START)
        return found

    def ids(self) -> Counter[str]:
        """(how often) each event stands in the hub's log."""
        return Counter(
            line.id for one in self.log.stored for line in codec.envelopes(parse(one.state))
        )

    def devices(self) -> Counter[str]:
        """... without what gateways say of themselves."""
        return Counter({name: n for name, n in self.ids().items() if not name.startswith("gw:")})

    def gaps(self) -> list[GapDeclared]:
        return [
            msgspec.json.decode(line.data, type=GapDeclared)
            for one in self.log.stored
            for line in codec.envelopes(parse(one.state))
            if line.type == GapDeclared.TYPE
        ]


class Pump:
    """What `edge.uplink` does, with a clock of its own. `loss` of frames and of receipts."""

    def __init__(self, rig: EdgeRig, hub: Hub, chance: Random | None = None) -> None:
        self.rig, self.hub, self.now = rig, hub, 0.0
        self.chance = chance or Random(0)
        self.loss = 0.0
        self.orders: list[Carry] = []
        self.sent: list[tuple[int, int, int]] = []  # epoch, lane, number
        self.channels: list[Channel] = []
        self.connect()

    def connect(self) -> None:
        """As after a start of the agent: channels anew over the rig's journals."""
        self.orders.clear()
        self.channels = [
            Channel(one, RESEND, self.orders.append) for one in self.rig.journals.streams
        ]
        for one in self.channels:
            one.begin()

    def restart(self) -> None:
        """The agent is killed: what was only in memory is gone."""
        self.rig.reopen()
        self.rig.begin()
        self.connect()

    @property
    def refused(self) -> set[str]:
        return {one.window.refused for one in self.channels if one.window.refused}

    def step(self) -> bool:
        """One frame, one order, or some waiting; False when there is nothing to wait for."""
        if self.orders:
            orders = list(self.orders)
            self.orders.clear()
            self.orders += self.rig.intake.take(orders)
            return True
        ready = [
            one for one in self.channels if one.room(self.now) and not held_back(one, self.channels)
        ]
        if ready:
            self._send(ready[0])
            return True
        for one in self.channels:
            if number := one.probe(self.now):
                for stored in one.stream.read(number - 1, 1):
                    self._carry(one, stored.state)
                return True
        if self.orders:
            return True
        waits = [wait for one in self.channels if (wait := one.wait(self.now)) is not None]
        if not waits:
            return False
        self.now += max(0.01, min(waits))
        return True

    def run(self, most: int = 3000) -> None:
        """Until everything is delivered, or refused, and nothing is left to do."""
        for _ in range(most):
            if not self.step():
                return
            if self.refused and not any(one.window.wait(self.now) == 0 for one in self.channels):
                waiting = [one for one in self.channels if one.stream.pending]
                if not self.orders and all(one.window.refused for one in waiting):
                    return
        raise AssertionError(f"no end: {[self._where(one) for one in self.channels]}")

    def _where(self, one: Channel) -> str:
        journal, stream = one.stream.journal, one.stream
        return f"{journal.epoch}/{journal.lane.name} {stream.cursor}/{stream.head.number}"

    def _send(self, channel: Channel) -> None:
        limit = min(channel.room(self.now), _PAGE if channel.stream.urgent else 1)
        found = channel.next(limit)
        if not found:
            channel.gone(self.now)
        for stored in found:
            if stored.originator_version == channel.window.sent + 1:
                channel.window.went(stored.originator_version, self.now)
                self._carry(channel, stored.state)

    def _carry(self, channel: Channel, frame: bytes) -> None:
        self.now += 0.01
        header = parse(frame).header
        self.sent.append((header.journal.epoch, int(header.journal.lane), header.number))
        if self.chance.random() < self.loss:
            return
        answer = self.hub.take(frame)
        if self.chance.random() < self.loss:
            return
        payload = receipt.sign(answer, HUB)
        told = receipt.open_receipt(payload, HUB.public)
        for one in self.channels:
            if told.journal in (one.stream.journal.id.hex, ""):
                same = one.news(told) and one.stream.holds(told)
                one.receipted(told, payload, self.now, same=same)
