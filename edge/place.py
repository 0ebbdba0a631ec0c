"""Where dialogs and conversations are held: what devices.wire.Place promises them."""

import hashlib
import hmac
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, tzinfo

from core.clock import Clock
from devices.adapter import Known
from edge.notes import Notes

_FRESH = 300  # seconds a nonce is good for
_MAC = 32  # hex digits

Gaps = Callable[[str], Sequence[tuple[int, int]]]  # of a device; any thread


class Place:
    """Owns nothing but the key of its nonces, which lives as long as the process: a device that
    comes with an older one is asked again."""

    def __init__(
        self,
        notes: Notes,
        secrets_of: Mapping[str, str],
        clock: Clock,
        zone: tzinfo,
        known: Callable[[str], Known | None],
        gaps: Gaps,
    ) -> None:
        """`secrets_of`: user → password; `known`: what the installer told of a device."""
        self._notes, self._secrets, self._clock, self._zone = notes, secrets_of, clock, zone
        self.known, self.gaps = known, gaps
        self._key = secrets.token_bytes(32)
        self._counted = 0
        self._lock = threading.Lock()

    def now(self) -> datetime:
        return self._clock.now().astimezone(self._zone)

    def note(self, key: str) -> str:
        return self._notes.get(key)

    def secret(self, user: str) -> str | None:
        return self._secrets.get(user)

    def nonce(self) -> str:
        with self._lock:
            self._counted += 1
            said = f"{round(self._clock.now().timestamp()):x}.{self._counted:x}"
        return f"{said}.{self._mac(said)}"

    def fresh(self, nonce: str) -> bool:
        said, _, mac = nonce.rpartition(".")
        if not hmac.compare_digest(mac.encode(), self._mac(said).encode()):
            return False
        given = int(said.partition(".")[0], 16)  # ours: the mac says so
        return 0 <= round(self._clock.now().timestamp()) - given <= _FRESH

    def _mac(self, said: str) -> str:
        return hmac.new(self._key, said.encode(), hashlib.sha256).hexdigest()[:_MAC]
