"""From the spool to the hub over HTTP(S): signed piece by piece, gone on with after every break,
first come first, one at a time. What the hub has confirmed leaves the spool, nothing else does.
"""

import asyncio
import contextlib
import http.client
import json
import logging
import socket
import ssl
import threading
import time
from typing import Literal

from core.keys import Signer
from core.media.credential import PIECE, Piece
from edge.media.config import Hub
from edge.media.spool import Spool, Waiting

log = logging.getLogger("edge.media")

_PATIENCE = 30.0  # seconds for one piece
_SMALLEST = 16 * 1024  # bytes of a piece on a capped line: about one a second
_BACKOFF = (1.0, 300.0)  # seconds between tries of a hub that does not answer
_LATER = 600.0  # ... and of one picture that the hub refused
_LOOK = 1.0  # between looks into the spool
_TURNS = 8  # of one picture in a row: where the two sides never agree, others go on
Fate = Literal["done", "gone", "refused"]


class Away(Exception):
    """The hub did not answer, could not store, or does not believe us: all wait."""


class Uploader:
    """Owns one connection to the hub. `run` on an event loop; it sends from a worker thread."""

    def __init__(self, spool: Spool, hub: Hub, signer: Signer, kbyte_s: float = 0) -> None:
        self._spool, self._hub, self._signer = spool, hub, signer
        self._rate = kbyte_s * 1000
        self._piece = PIECE if not kbyte_s else min(PIECE, max(_SMALLEST, round(self._rate)))
        self._put_off: dict[str, float] = {}  # name → until when, by the monotonic clock
        self._line: http.client.HTTPConnection | None = None
        self._stopped = threading.Event()
        self._asking = threading.Lock()

    async def run(self) -> None:
        """Until it is cancelled: what is under way then breaks off, and is gone on with later."""
        wait = _BACKOFF[0]
        try:
            self._spool.tidy()
            while True:
                try:
                    sent = await asyncio.to_thread(self.once)
                except Away as away:
                    log.warning("pictures wait, again in %.0f s: %s", wait, away)
                    await asyncio.sleep(wait)
                    wait = min(wait * 2, _BACKOFF[1])
                    continue
                wait = _BACKOFF[0]
                if not sent:
                    await asyncio.sleep(_LOOK)
        finally:
            self.stop()

    def stop(self) -> None:
        """From any thread: whoever waits for the hub in another one waits no longer."""
        self._stopped.set()
        line = self._line
        if line is not None and line.sock is not None:
            with contextlib.suppress(OSError):
                line.sock.shutdown(socket.SHUT_RDWR)
        if self._asking.acquire(blocking=False):  # else whoever asks hangs up
            self._hang_up()
            self._asking.release()

    def once(self) -> bool:
        """The first one that is not put off; False when there is none. Away: nothing is lost."""
        now = time.monotonic()
        for one in self._spool.waiting():
            if self._put_off.get(one.name, 0.0) <= now:
                self._settle(one, self.send(one))
                return True
        return False

    def send(self, one: Waiting) -> Fate:
        """The whole picture. Away when the hub is."""
        total = self._spool.size(one)
        offset, turns = 0, 0
        while turns < _TURNS:
            content = self._spool.piece(one, offset, self._piece)
            began = time.monotonic()
            status, have, said = self._ask(one, offset, total, content)
            match status:
                case 201:
                    return "done"
                case 202 if have > offset:
                    offset, turns = have, 0
                    self._slow(len(content), time.monotonic() - began)
                case 409 if 0 <= have <= total and have != offset:
                    offset, turns = have, turns + 1
                case 410:
                    log.warning("the hub wants %s no longer: %s", one.sha256, said)
                    return "gone"
                # 401 is about us, not about this one: the handover to our key may be on its way.
                case _ if status >= 500 or status in (401, 429):
                    raise Away(f"the hub answered {status}: {said}")
                case _:
                    log.error("the hub refused %s with %d: %s", one.sha256, status, said)
                    return "refused"
        log.error("the hub and the spool do not agree how much of %s is there", one.sha256)
        return "refused"

    def _settle(self, one: Waiting, fate: Fate) -> None:
        if fate != "refused":
            self._spool.done(one)
            self._put_off.pop(one.name, None)
        elif not self._spool.sound(one):
            log.error("%s is no longer what it was: set aside", one.name)
            self._spool.set_aside(one)
        else:
            self._put_off[one.name] = time.monotonic() + _LATER

    def _ask(self, one: Waiting, offset: int, total: int, content: bytes) -> tuple[int, int, str]:
        """Status, `have` (-1: not told), and the hub's sentence."""
        piece = Piece(
            sha256=one.sha256, offset=offset, total=total, device=one.device, content=content
        )
        headers = dict(piece.headers(self._signer))
        headers["Content-Type"] = "application/octet-stream"
        status, body = self._request(f"/api/v1/media/{one.sha256}", content, headers)
        told = _object(body)
        have, said = told.get("have"), told.get("detail")
        return (
            status,
            have if isinstance(have, int) else -1,
            said[:200] if isinstance(said, str) else "",
        )

    def _request(self, path: str, content: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        """A line that the hub hung up meanwhile is opened again, once."""
        with self._asking:
            try:
                for fresh in (self._line is None, True):
                    if self._stopped.is_set():
                        break
                    line = self._line = self._line or self._connection()
                    try:
                        line.request("PUT", path, content, headers)
                        answer = line.getresponse()
                        return answer.status, answer.read(65_536)
                    except (OSError, http.client.HTTPException) as error:
                        self._hang_up()
                        if fresh:
                            raise Away(f"{self._hub.host}:{self._hub.port}: {error}") from error
                raise Away("stopped")
            finally:
                if self._stopped.is_set():
                    self._hang_up()

    def _hang_up(self) -> None:
        if self._line is not None:
            self._line.close()
        self._line = None

    def _connection(self) -> http.client.HTTPConnection:
        hub = self._hub
        if not hub.tls:
            return http.client.HTTPConnection(hub.host, hub.port, timeout=_PATIENCE)
        trusted = ssl.create_default_context(cafile=hub.ca_file)
        return http.client.HTTPSConnection(hub.host, hub.port, timeout=_PATIENCE, context=trusted)

    def _slow(self, sent: int, took: float) -> None:
        if self._rate:
            self._stopped.wait(max(0.0, sent / self._rate - took))


def _object(body: bytes) -> dict[str, object]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
