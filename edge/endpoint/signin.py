"""A connection before it is anybody's: CONNECT, who it is, and what it is let in with."""

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Protocol

from edge.endpoint import codec, handshake
from edge.endpoint.codec import V5, V311
from edge.endpoint.handshake import Terms
from edge.endpoint.packets import Connect
from edge.endpoint.reasons import ProtocolError, Reason, breach
from edge.endpoint.session import Session

if TYPE_CHECKING:
    from edge.endpoint.context import Check, Context


class Guest(Protocol):
    """The connection, as far as signing in needs it."""

    @property
    def address(self) -> str: ...
    @property
    def certified(self) -> str:
        """The common name of its certificate; empty without one."""
        ...

    def ponder(self) -> None:
        """The answer takes a while, elsewhere; read nothing meanwhile."""
        ...

    def decided(self, error: ProtocolError | None) -> None: ...
    def welcome(self, connect: Connect, given: Terms, session: Session, connack: bytes) -> None: ...


class SignIn:
    """`version` is 0 until CONNECT has told it; `words` whether the client wants reasons."""

    def __init__(self, context: "Context", guest: Guest) -> None:
        self._context = context
        self._guest = guest
        self._asked = False
        self.version = 0
        self.words = True

    def connect(self, head: int, body: bytes) -> None:
        """ProtocolError when the answer is no at once."""
        if self._asked:
            raise breach("CONNECT a second time")
        self._asked = True
        try:
            connect = codec.decode(head, body, V5)
        except ProtocolError as error:
            self.version = _told_version(body, error.code)
            raise
        assert isinstance(connect, Connect)
        self.version = connect.version
        self.words = connect.properties.request_problem_info != 0
        handshake.check(connect)
        certified = self._guest.certified
        answer = self._context.door.ask(
            connect.username,
            connect.password,
            certified,
            self._guest.address,
            self._context.now(),
        )
        if isinstance(answer, Reason):
            self._answer(connect, certified or connect.username or "", answer)
            return
        self._guest.ponder()
        check = self._context.loop.run_in_executor(self._context.checks, answer)
        check.add_done_callback(partial(self._checked, connect))

    def _checked(self, connect: Connect, check: "Check") -> None:
        if check.cancelled() or not self._context.waits(self._guest):
            return
        user, refusal = connect.username or "", None
        reason = self._context.door.answer(
            check.result(), user, self._guest.address, self._context.now()
        )
        try:
            self._answer(connect, user, reason)
        except ProtocolError as error:
            refusal = error
        self._guest.decided(refusal)

    def _answer(self, connect: Connect, user: str, reason: Reason) -> None:
        context = self._context
        if reason is not Reason.SUCCESS:
            raise ProtocolError(reason, "")
        given = handshake.terms(connect, user, context.endpoint)
        before = context.exchange.find(user, given.access.client_id)
        if before is not None and before.outflow is not None and before.inflow is not None:
            before.inflow.taken_over()
        elif context.counters.connections >= context.endpoint.max_connections:
            raise ProtocolError(Reason.SERVER_BUSY, "too many connections")
        session, present = context.exchange.open(given.access, clean=connect.clean)
        session.expiry, session.will = given.session_expiry, connect.will
        connack = handshake.accepted(connect, given, context.endpoint, present=present)
        self._guest.welcome(connect, given, session, connack)


def _told_version(body: bytes, code: Reason) -> int:
    """In which form a CONNECT that cannot be read is refused; 0 is in none."""
    told = body[6] if body[:6] == b"\0\4MQTT" and len(body) > 6 else 0
    if code is Reason.UNSUPPORTED_VERSION:
        return V5 if told > V5 else V311
    return told if told in (V311, V5) else 0


def common_name(transport: asyncio.BaseTransport | None) -> str:
    """Of the client's certificate, where TLS has asked for one and found it good."""
    found = transport.get_extra_info("peercert") if transport is not None else None
    for part in (found or {}).get("subject", ()):
        for key, value in part:
            if key == "commonName":
                return str(value)
    return ""
