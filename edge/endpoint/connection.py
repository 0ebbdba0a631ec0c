"""One client's socket: bytes in, bytes out, and every reason not to read for a while."""

import asyncio
import logging
import socket
from typing import TYPE_CHECKING, cast

from edge.endpoint import codec, ending, handshake
from edge.endpoint.control import Control
from edge.endpoint.handshake import Terms
from edge.endpoint.inflow import Inflow
from edge.endpoint.outflow import Outflow
from edge.endpoint.packets import Connect
from edge.endpoint.reasons import ProtocolError, Reason, breach
from edge.endpoint.session import Session
from edge.endpoint.signin import SignIn, common_name
from edge.endpoint.valve import Hold, Valve

if TYPE_CHECKING:
    from edge.endpoint.context import Cancellable, Context

log = logging.getLogger("edge.endpoint")

_CONTROL_BYTES = 70_000  # of any packet but PUBLISH: a will of 65,535 bytes and its names
_WRITE_BYTES = 256 * 1024  # unsent: from here on the client is taken to be slow
_AT_ONCE = 256  # packets other than PUBLISH in one go, before others have their turn
_LOUDNESS = {Reason.BAD_CREDENTIALS: logging.WARNING}
_LINGER_S = 2.0  # for a refused client to read why


class Connection(asyncio.Protocol):
    def __init__(self, context: "Context") -> None:
        self._context = context
        self._transport: asyncio.Transport | None = None
        self._address = ""
        self._valve = Valve(self._read, self._whole)
        self._heard = self._since = context.now()
        self._blocked: float | None = None
        self._begun = False  # a packet is there that is not whole yet
        self._delayed = False  # what is read now had to wait for its client's rate
        self._ended: float | None = None
        self._farewell = False  # the client has said goodbye
        self._keep_alive = 0.0
        self._sign_in = SignIn(context, self)
        self._session: Session | None = None
        self._inflow: Inflow | None = None
        self._control: Control | None = None
        self._timer: Cancellable | None = None
        context.arrived(self)

    # The transport's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._valve.open(self._transport)
        self._transport.set_write_buffer_limits(high=_WRITE_BYTES)
        peer = transport.get_extra_info("peername")
        self._address = str(peer[0]) if peer else ""
        if (sock := transport.get_extra_info("socket")) is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)

    def data_received(self, data: bytes) -> None:
        self._heard = self._context.now()
        self._context.counters.bytes_in += len(data)
        self._valve.received(data)
        if self._valve.rest:
            self._count()

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is not None and self._ended is None:
            log.debug("connection from %s lost: %s", self._address, exc)
        self._leave(will=True)
        self._valve.shut()
        self._ended = self._context.now()
        self._context.left(self)

    def pause_writing(self) -> None:
        self._blocked = self._context.now()
        if self._session is not None and self._session.outflow is not None:
            self._session.outflow.blocked = True
        self._valve.hold(Hold.SLOW)

    def resume_writing(self) -> None:
        self._blocked = None
        if self._session is not None and self._session.outflow is not None:
            self._session.outflow.blocked = False
            self._session.pump(self._context.now())
        self._release(Hold.SLOW)

    # Reading

    def _read(self, data: bytes) -> int:
        """How much of it is done with."""
        if self._begun:
            self._begun = False
            self._context.unfinished.free(self)
        inflow = self._inflow
        if inflow is not None:
            inflow.begin(self._context.now())
        try:
            at = self._packets(data)
        except ProtocolError as error:
            if self._inflow is not None:
                self._inflow.flush(delayed=self._delayed)  # what came before it is good
            self._fail(error)
            return len(data)
        inflow = self._inflow
        if inflow is not None:
            inflow.flush(delayed=self._delayed)
            if inflow.stalled:
                self._stall(inflow)
        return at

    def _packets(self, data: bytes) -> int:
        """How far `data` could be read."""
        at = others = 0
        end = len(data)
        while at < end and not self._valve.holds and self._ended is None:
            inflow = self._inflow
            if inflow is not None and data[at] >> 4 == 3:
                before = at
                at = inflow.take(data, at)
                if at == before or inflow.stalled:
                    break
                continue
            if inflow is None and data[at] != 0x10:
                raise breach("something before CONNECT")
            span = codec.frame(data, at, _CONTROL_BYTES, self._sign_in.version)
            if span is None or span[1] > end:
                break
            head, body = data[at], data[span[0] : span[1]]
            at = span[1]
            others += 1
            if inflow is None or self._control is None:
                self._sign_in.connect(head, body)
            elif not self._control.handle(codec.decode(head, body, self._sign_in.version)):
                self._farewell = True
                self._close()
            if inflow is not None and inflow.rate.overdrawn:
                inflow.stalled = True
                break
            if others >= _AT_ONCE and at < end:
                self._valve.hold(Hold.TURN)
                self._context.loop.call_soon(self._release, Hold.TURN)
        return at

    def _whole(self, head: bytes) -> int:
        """Bytes that the packet in front needs."""
        publish = self._inflow is not None and head[0] >> 4 == 3
        limit = self._context.endpoint.max_packet if publish else _CONTROL_BYTES
        try:
            span = codec.frame(head, 0, limit, self._sign_in.version)
        except ProtocolError:
            return 1  # nothing of it: it is refused as soon as it is read
        return len(head) + 1 if span is None else span[1]

    def _count(self) -> None:
        """What is there of a packet that is not whole yet counts among that of all."""
        if (size := self._valve.unfinished) and self._session is not None:
            self._begun = True
            self._context.unfinished.hold(self, size)

    def _stall(self, inflow: Inflow) -> None:
        if inflow.room <= 0:
            self._valve.hold(Hold.ROOM)
            return
        wait = inflow.rate.wait(self._context.now())
        self._valve.hold(Hold.RATE)
        self._timer = self._context.loop.call_later(wait, self._granted)

    def _granted(self) -> None:
        """Some of the client's rate has come back."""
        if self._inflow is not None:
            self._inflow.rate.resumed(self._context.now())
        self._delayed = True
        self._release(Hold.RATE)
        self._delayed = False

    def roomy(self) -> None:
        self._release(Hold.ROOM)

    def heed(self) -> None:
        if not self._context.budget.full:
            self._release(Hold.BUDGET)
        elif self._inflow is not None:
            self._valve.hold(Hold.BUDGET)

    def _release(self, why: Hold) -> None:
        if self._valve.release(why):
            self._heard = self._context.now()  # while it was not read it could not be heard
        self._count()

    # As edge.endpoint.signin.Guest

    @property
    def address(self) -> str:
        return self._address

    @property
    def certified(self) -> str:
        return common_name(self._transport)

    def ponder(self) -> None:
        self._valve.hold(Hold.SIGN_IN)

    def decided(self, error: ProtocolError | None) -> None:
        if error is not None:
            self._fail(error)
        self._release(Hold.SIGN_IN)

    def welcome(self, connect: Connect, given: Terms, session: Session, connack: bytes) -> None:
        context = self._context
        self._session = session
        self._keep_alive = given.keep_alive * 1.5
        self._sign_in.words = given.wordy
        self._inflow = session.inflow = Inflow(context, session, connect.version, self)
        self._inflow.rate.users += 1
        self._inflow.begin(context.now())
        self._control = Control(context, session, self._inflow, self, connect.version)
        context.admitted(self)
        context.connected(session.access.identity, "connected")
        self.write(connack)
        outflow = Outflow(
            self.write,
            connect.version,
            given.client_receive_maximum,
            given.client_maximum_packet,
            given.client_aliases,
        )
        session.attach(outflow, context.now())
        self.heed()

    # Ending

    def write(self, data: bytes) -> None:
        if data and self._ended is None and self._transport and not self._transport.is_closing():
            self._transport.write(data)

    def tick(self, now: float) -> None:
        endpoint = self._context.endpoint
        if self._ended is not None:
            if now - self._ended > _LINGER_S and self._transport is not None:
                self._transport.abort()
        elif self._blocked is not None and now - self._blocked > endpoint.write_timeout_s:
            self._context.counters.refuse("slow-reader")
            self._leave(will=True)
            self._ended = now
            if self._transport is not None:
                self._transport.abort()
        elif self._session is None:
            if now - self._since > endpoint.connect_timeout_s:
                self._context.counters.refuse("connect-timeout")
                self._close()
        elif self._keep_alive and not self._valve.holds and now - self._heard > self._keep_alive:
            self._fail(ProtocolError(Reason.KEEP_ALIVE_TIMEOUT, "nothing heard"))

    def evict(self) -> None:
        self._close()

    def dawdled(self) -> None:
        self._fail(ProtocolError(Reason.QUOTA_EXCEEDED, "too slow, and others need the room"))

    def taken_over(self) -> None:
        self._fail(ProtocolError(Reason.TAKEN_OVER, "the client id connected again"))

    def shut_down(self) -> None:
        """The agent stops. That is no reason for a will: the device is well."""
        if self._session is not None:
            self._session.will = None
            self._goodbye(Reason.SERVER_SHUTTING_DOWN, "")
        self._leave(will=False)
        self._close()

    def _fail(self, error: ProtocolError) -> None:
        """Tell the client why, as far as its version can, and end the connection."""
        if self._ended is not None:
            return
        session = self._session
        self._context.counters.refuse(error.reason)
        log.log(
            _LOUDNESS.get(error.code, logging.INFO if session else logging.DEBUG),
            "%s (%s) refused: %s",
            self._address,
            "signed in" if session else "not signed in",
            error,
        )
        if session is not None:
            # A name may be a person's, or a telephone number: it is in no log that is kept (I6).
            log.debug("%s was %r", self._address, session.access.identity[:64])
            self._goodbye(error.code, error.detail)
        else:
            words = error.detail if self._sign_in.words else ""
            self.write(handshake.refused(error.code, words, self._sign_in.version))
        self._leave(will=True)
        self._linger()

    def _goodbye(self, code: Reason, detail: str) -> None:
        words = detail if self._sign_in.words else ""
        self.write(ending.goodbye(self._sign_in.version, code, words))

    def _leave(self, *, will: bool) -> None:
        """The session goes on without this connection, or ends."""
        session, self._session = self._session, None
        self._context.unfinished.free(self)
        if self._timer is not None:
            self._timer.cancel()
        if session is not None and self._inflow is not None:
            self._context.counters.connections -= 1
            self._inflow.rate.resumed(self._context.now())
            self._inflow.rate.users -= 1
            if will:  # not when it is the agent that stops
                polite = self._farewell and session.will is None
                identity = session.access.identity
                self._context.connected(identity, "disconnected" if polite else "will")
            self._context.exchange.leave(session, will=will)

    def _close(self) -> None:
        self._leave(will=True)
        self._valve.shut()
        self._ended = self._context.now()
        if self._transport is not None:
            self._transport.close()

    def _linger(self) -> None:
        self._ended = self._context.now()
        self._valve.shut()
        if self._transport is not None:
            ending.half_close(self._transport)
