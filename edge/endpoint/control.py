"""What a connected client sends beside PUBLISH, and the answers to it."""

from typing import TYPE_CHECKING

from edge.endpoint import build
from edge.endpoint.codec import V5
from edge.endpoint.packets import (
    Ack,
    Disconnect,
    Filter,
    Packet,
    Pingreq,
    Suback,
    Subscribe,
    Unsuback,
    Unsubscribe,
)
from edge.endpoint.properties import Kind
from edge.endpoint.reasons import ProtocolError, Reason, breach
from edge.endpoint.session import Session
from edge.endpoint.topics import compile_filter, is_filter, share_of
from edge.endpoint.tree import Subscription

if TYPE_CHECKING:
    from edge.endpoint.context import Context
    from edge.endpoint.inflow import Inflow
    from edge.endpoint.outlet import Outlet

_LEVELS = 64  # of a filter: each costs a node of the tree


class Control:
    """Acts on the session for one connection."""

    def __init__(
        self, context: "Context", session: Session, inflow: "Inflow", outlet: "Outlet", version: int
    ) -> None:
        self._context = context
        self._session = session
        self._inflow = inflow
        self._write = outlet.write
        self._version = version

    def handle(self, packet: Packet) -> bool:
        """False when the client has said goodbye. ProtocolError when it must not say this."""
        match packet:
            case Ack():
                self._ack(packet)
            case Pingreq():
                self._write(build.PINGRESP)
            case Subscribe():
                self._subscribe(packet)
            case Unsubscribe():
                self._unsubscribe(packet)
            case Disconnect():
                self._goodbye(packet)
                return False
            case _:
                raise breach(f"{type(packet).__name__} from a connected client")
        return True

    def _ack(self, ack: Ack) -> None:
        if ack.kind is Kind.PUBREL:
            known = self._inflow.released(ack.packet)
            reason = 0 if known else Reason.PACKET_ID_NOT_FOUND
            self._write(build.ack(Kind.PUBCOMP, ack.packet, reason, self._version))
        elif answer := self._session.acked(ack.kind, ack.packet, ack.reason, self._context.now()):
            self._write(answer)

    def _subscribe(self, packet: Subscribe) -> None:
        identifier = sum(packet.properties.subscription_ids)
        reasons: list[int] = []
        granted: list[Subscription] = []
        for one in packet.filters:
            refusal = self._refusal(one)
            if refusal is not None:
                self._context.counters.refuse("subscription")
                reasons.append(refusal if self._version == V5 else 0x80)
                continue
            reasons.append(one.qos)
            new = self._context.exchange.subscribe(self._session, one, identifier)
            if one.retain_handling == 0 or (one.retain_handling == 1 and new):
                granted.append(Subscription(one, identifier))
        self._write(build.encode(Suback(packet.packet, tuple(reasons)), self._version))
        for subscription in granted:
            if share_of(subscription.options.topic) == ("", subscription.options.topic):
                sent = self._context.exchange.send_retained(self._session, subscription)
                self._inflow.rate.take(sent)  # asking again and again has its price

    def _refusal(self, one: Filter) -> Reason | None:
        if len(one.topic) > self._context.endpoint.max_topic or one.topic.count("/") >= _LEVELS:
            return Reason.FILTER_INVALID
        if not is_filter(one.topic):
            return Reason.FILTER_INVALID
        # In 3.1.1 there are no shared subscriptions; who asks for one means one all the same.
        found = share_of(one.topic)
        if found is None:
            return Reason.FILTER_INVALID
        share, topic = found
        if share and one.no_local:
            raise breach("no-local in a shared subscription")
        rules, levels = self._session.access.subscribe, compile_filter(topic)
        if not rules.grants(levels):
            return Reason.NOT_AUTHORIZED
        if rules.forbids(levels):
            return Reason.UNSPECIFIED  # §3.9.3: does not wish to reveal why
        held = self._session.subscriptions
        if one.topic not in held and len(held) >= self._context.endpoint.max_subscriptions:
            return Reason.QUOTA_EXCEEDED
        return None

    def _unsubscribe(self, packet: Unsubscribe) -> None:
        exchange = self._context.exchange
        reasons = tuple(
            0 if exchange.unsubscribe(self._session, one) else Reason.NO_SUBSCRIPTION_EXISTED
            for one in packet.filters
        )
        self._write(build.encode(Unsuback(packet.packet, reasons), self._version))

    def _goodbye(self, packet: Disconnect) -> None:
        """§3.14: the session's expiry may change, but not from nothing to something."""
        expiry = packet.properties.session_expiry
        session = self._session
        if expiry is not None:
            if expiry and not session.expiry:
                raise ProtocolError(Reason.PROTOCOL_ERROR, "session expiry where there was none")
            session.expiry = min(expiry, self._context.endpoint.session_expiry_max_s)
        if packet.reason != Reason.DISCONNECT_WITH_WILL:
            session.will = None
