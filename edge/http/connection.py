"""One device's connection: request after request, until it hangs up, dawdles or breaks the rules.

A request is answered with 200 only after everything in it is durable (I1). If we stop or die
before that, the connection ends without an answer, and the device sends it again.
"""

import asyncio
import logging

import h11

from core.errors import FatalError
from devices.registry import FAULTS
from devices.wire import Reply
from edge.http.context import Context
from edge.http.declined import Declined
from edge.http.taking import Asked, Taking
from edge.http.talk import LOST, Gone, Talk, headers_of

log = logging.getLogger("edge.http")


class Connection:
    """Owns its sockets' end; a task of its own runs it."""

    def __init__(
        self,
        context: Context,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        address: str,
    ) -> None:
        self._context, self._writer, self.address = context, writer, address
        self._talk = Talk(context.http, reader, writer)
        self.idle = True  # between requests: may be closed for who needs the place

    async def run(self) -> None:
        """Returns when the connection is over."""
        try:
            while await self._exchange():
                self.idle = True
        except (*LOST, Gone) as error:
            log.debug("%s: connection lost: %s", self.address, error)
        except FatalError as error:
            if not self._context.fatal.done():
                self._context.fatal.set_exception(error)
        except FAULTS:
            # A mistake of ours on bytes nobody foresaw: one device may not stop the others.
            self._context.refused("fault")
            log.exception(
                "%s: a request could not be dealt with; the connection ends", self.address
            )
        finally:
            self._context.free(self)
            self._writer.close()

    def dawdled(self) -> None:
        """Others need the room that its body takes."""
        self._context.refused("unfinished")
        self.abort()

    def abort(self) -> None:
        transport = self._writer.transport
        transport.abort()

    async def _exchange(self) -> bool:
        challenges: tuple[str, ...] = ()
        bare, line = False, "-"
        try:
            request = await self._talk.head()
            if request is None:
                return False
            self.idle = False
            self._context.requested()
            bare = request.method == b"HEAD"
            reply = await self._reply(request)
            line = request.method.decode("ascii", "replace")
        except Declined as declined:
            reply = Reply(
                status=declined.status, body=f"{declined.detail}\n".encode(),
                headers=declined.headers,
            )  # fmt: skip
            challenges = declined.challenges
            self._context.declined(self.address, declined)
        if reply is None:
            return False
        self._context.free(self)
        log.debug("%s: %s %d", self.address, line, reply.status)
        return await self._talk.answer(reply, challenges, bare=bare)

    async def _reply(self, request: h11.Request) -> Reply | None:
        headers = headers_of(request)
        if {"content-length", "transfer-encoding"} <= headers.keys():
            # Whoever stands between may have read the other one (RFC 9112 §6.1).
            raise Declined(400, "http", "a Content-Length and a Transfer-Encoding: which one?")
        asked = Asked(
            method=request.method.decode("ascii", "replace"),
            raw=request.target,
            headers=headers,
            address=self.address,
        )
        return await Taking(self._context, self._talk, self, asked).reply()
