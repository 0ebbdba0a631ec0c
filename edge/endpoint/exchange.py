"""Between clients: sessions, who is subscribed to what, and what each is sent.

Everything here happens on the endpoint's loop. A message comes here only after it was stored.
"""

from collections.abc import Callable

from edge.delivery import Delivery
from edge.endpoint.access import Access
from edge.endpoint.config import Endpoint
from edge.endpoint.counters import Counters
from edge.endpoint.inbound import Inbound
from edge.endpoint.message import Message, Outgoing
from edge.endpoint.packets import Filter
from edge.endpoint.retained import Retained
from edge.endpoint.session import Session, Store
from edge.endpoint.topics import compile_filter, share_of
from edge.endpoint.tree import Subscription, Tree


class Exchange:
    def __init__(self, endpoint: Endpoint, counters: Counters, now: Callable[[], float]) -> None:
        self._endpoint = endpoint
        self._counters = counters
        self._now = now
        self._store = Store(endpoint.queue_messages, endpoint.queue_bytes, endpoint.queues_bytes)
        self._sessions: dict[tuple[str, str], Session] = {}
        self._retained = Retained(endpoint.retained_messages, endpoint.retained_bytes)
        self._turn = 0  # of shared subscriptions
        self.tree: Tree[Session] = Tree()

    # Sessions

    def find(self, user: str, client_id: str) -> Session | None:
        return self._sessions.get((user, client_id))

    def open(self, access: Access, *, clean: bool) -> tuple[Session, bool]:
        """(session, whether it was there already). Whoever was connected to it has left."""
        key = access.user, access.client_id
        session = self._sessions.get(key)
        if session is not None and clean:
            self.end(session)
            session = None
        if session is not None:
            session.access, session.will, session.will_at = access, None, None
            return session, True
        if len(self._sessions) >= 2 * self._endpoint.max_connections:
            self._evict()
        session = self._sessions[key] = Session(access, self._store, self._counters)
        self._counters.sessions = len(self._sessions)
        return session, False

    def leave(self, session: Session, *, will: bool) -> None:
        """The client's connection is over; the session ends now, or stays for its expiry. Its
        will is due after its delay, or when the session ends."""
        now = self._now()
        session.outflow = None
        session.gone_at = now + session.expiry
        if not will:
            session.will = None
        elif session.will is not None:
            session.will_at = now + (session.will.properties.will_delay or 0)
        if not session.expiry:
            self.end(session)
        elif session.will_at is not None and session.will_at <= now:
            self._last_will(session)

    def end(self, session: Session) -> None:
        if self._sessions.get(session.key) is session:
            del self._sessions[session.key]
        for topic in list(session.subscriptions):
            self.unsubscribe(session, topic)
        session.clear()
        self._last_will(session)
        self._counters.sessions = len(self._sessions)

    def sweep(self) -> None:
        """Twice a second: wills that are due, sessions that have expired."""
        now = self._now()
        for session in list(self._sessions.values()):
            if session.will_at is not None and session.will_at <= now:
                self._last_will(session)
            if session.gone_at is not None and session.gone_at <= now:
                self.end(session)

    def _last_will(self, session: Session) -> None:
        will, session.will, session.will_at = session.will, None, None
        if will is not None and session.inflow is not None:
            session.inflow.last_will(will)

    def _evict(self) -> None:
        """Room for a new session: of those away, the one that would end first."""
        away = [one for one in self._sessions.values() if one.gone_at is not None]
        if away:
            self._counters.drop("session-evicted")
            self.end(min(away, key=lambda one: one.gone_at or 0.0))

    # Subscriptions

    def subscribe(self, session: Session, options: Filter, identifier: int) -> bool:
        """Whether it is new. The filter has been checked."""
        found = share_of(options.topic)
        assert found is not None
        share, topic = found
        subscription = Subscription(options, identifier)
        session.subscriptions[options.topic] = subscription
        return self.tree.add(session, share, compile_filter(topic), subscription)

    def unsubscribe(self, session: Session, topic: str) -> bool:
        if session.subscriptions.pop(topic, None) is None:
            return False
        found = share_of(topic)
        assert found is not None
        return self.tree.remove(session, found[0], compile_filter(found[1]))

    def send_retained(self, session: Session, subscription: Subscription) -> int:
        """How many there were."""
        topic, now = subscription.options.topic, self._now()
        ids = (subscription.id,) if subscription.id else ()
        count = 0
        for message in self._retained.match(topic, compile_filter(topic), now):
            if session.access.subscribe.permits(message.topic):
                qos = min(message.qos, subscription.options.qos)
                session.deliver(Outgoing(message, qos, retain=True, ids=ids), now)
                count += 1
        return count

    # Messages

    def stored(self, delivery: Delivery, source: Session | None) -> None:
        """A client's message is durable: keep it if it is to be retained, show it to others."""
        if not isinstance(delivery, Inbound):
            if self.tree.match(delivery.topic) is not None:
                qos = 1 if delivery.packet else 0
                self.publish(Message(delivery.topic, delivery.payload, qos), source)
            return
        self.publish(
            Message(
                delivery.topic,
                delivery.payload,
                delivery.qos,
                delivery.retain,
                delivery.tail,
                delivery.expires,
            ),
            source,
        )

    def publish(self, message: Message, source: Session | None = None) -> None:
        if message.retain and not self._retained.put(message):
            self._counters.drop("retained-full")
        found = self.tree.match(message.topic)
        if found is None:
            return
        now = self._now()
        if message.expired(now):
            self._counters.drop("expired")
            return
        for session, subscriptions in found.own.items():
            self._send(session, subscriptions, message, source, now)
        for members in found.shared:
            session = self._pick(list(members))
            self._send(session, [members[session]], message, None, now)

    def _pick(self, members: list[Session]) -> Session:
        """Of a shared subscription: in turn, those connected before those away."""
        self._turn += 1
        here = [one for one in members if one.outflow is not None and not one.outflow.blocked]
        among = here or members
        return among[self._turn % len(among)]

    def _send(
        self,
        session: Session,
        subscriptions: list[Subscription],
        message: Message,
        source: Session | None,
        now: float,
    ) -> None:
        """One copy, whatever number of its subscriptions match, at the highest QoS (§3.3.4)."""
        if session is source:
            subscriptions = [one for one in subscriptions if not one.options.no_local]
            if not subscriptions:
                return
        rules = session.access.subscribe
        if rules.has_exceptions and not rules.permits(message.topic):
            return
        qos = min(message.qos, max(one.options.qos for one in subscriptions))
        retain = message.retain and any(one.options.as_published for one in subscriptions)
        ids = tuple(one.id for one in subscriptions if one.id)
        session.deliver(Outgoing(message, qos, retain, ids), now)
