"""The last that is said on a connection, and how to close so that it is heard."""

import asyncio

from edge.endpoint import build
from edge.endpoint.codec import V5
from edge.endpoint.packets import Disconnect
from edge.endpoint.properties import NONE, Properties
from edge.endpoint.reasons import Reason


def goodbye(version: int, code: Reason, words: str) -> bytes:
    """A server's DISCONNECT, which only MQTT 5 has."""
    if version != V5:
        return b""
    told = Properties(reason_string=words) if words else NONE
    return build.encode(Disconnect(code, told), V5)


def half_close(transport: asyncio.Transport) -> None:
    """Closing with unread bytes makes TCP throw away what was written last, the very reason: so
    only our side is closed, and the client read from, into nothing, until it closes too."""
    if transport.is_closing():
        return
    if not transport.can_write_eof():
        transport.close()
        return
    try:
        transport.write_eof()
    except OSError:  # it is gone already, only nobody has told us yet
        transport.abort()
