"""A draft becomes a line of the journal: gateway's time, persons sealed, bytes as stored.

The line is what `core.codec.encode` makes of the same event, put together from parts so that
the data is encoded once: for the digest, for the line, and for its size.
"""

import hashlib
from datetime import datetime

import msgspec

from core import sealing
from core.clock import rfc3339
from core.event import DEVICE_ZONE, LIVE, Draft, Native, Origin, Sealed, TimeQuality
from core.keystore import KeyStore
from edge.quarantine import GUESSABLE

_ENCODER = msgspec.json.Encoder()
_NATIVE = b'{"native":'


class _Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """core.event.Event with its data encoded already."""

    id: str
    source: str
    type: str
    subject: str
    time: str
    recordedtime: str
    timequality: TimeQuality = DEVICE_ZONE
    origin: Origin = LIVE
    correlationid: str = ""
    causationid: str = ""
    traceparent: str = ""
    data: msgspec.Raw


class Stamped(msgspec.Struct, frozen=True, gc=False):
    """`said`: the data without how it was wrapped this time, from which its digest is made."""

    said: bytes
    digest: bytes


class Stamp:
    """One for each group; `now` is the gateway's time of everything in it."""

    def __init__(self, keys: KeyStore, now: datetime) -> None:
        self._keys, self.now = keys, now
        self.at = rfc3339(now)

    def stamped(self, draft: Draft) -> Stamped:
        """Keyed, because a card number can be guessed from a plain hash."""
        data = draft.data
        said = _ENCODER.encode(data)
        if data.native:
            rest = len(_NATIVE) + len(_ENCODER.encode(data.native))
            said = b"{" + said[rest + 1 :] if said[rest : rest + 1] == b"," else b"{}"
        whole = f"{data.TYPE}\0{draft.subject}\0{draft.time}\0".encode() + said
        if draft.personal is not None:
            whole += _ENCODER.encode(draft.personal)
        key = self._keys.reference_key
        return Stamped(said, hashlib.blake2b(whole, key=key, digest_size=16).digest())

    def data(self, draft: Draft, id: str, payload: bytes, stamped: Stamped) -> bytes:
        """The data as stored: persons sealed under this event id, the hash of the raw bytes."""
        raw = hashlib.sha256(payload).hexdigest()
        data, personal, said = draft.data, draft.personal, stamped.said
        native, pii = data.native, None
        if personal is None:
            native = {**native, "rawsha256": raw}
        else:
            if len(payload) < GUESSABLE:
                # Of so short a payload the hash would give the person away to whoever tries all.
                fields = {**personal.fields, "rawsha256": raw}
                personal = msgspec.structs.replace(personal, fields=fields)
            else:
                native = {**native, "rawsha256": raw}
            sealed = sealing.seal(self._keys, personal, data, id, self.now)
            pii = sealed.pii
            bare = msgspec.structs.replace(sealed, native={}, pii=None)
            said = _ENCODER.encode(bare)
        return _spliced(said, native, pii)

    def line(self, draft: Draft, id: str, type: str, source: str, data: bytes) -> bytes:
        return _ENCODER.encode(
            _Line(
                id=id,
                source=source,
                type=type,
                subject=draft.subject,
                time=draft.time or self.at,
                recordedtime=self.at,
                timequality=draft.timequality if draft.time else "gateway",
                origin=draft.origin,
                correlationid=draft.correlationid,
                causationid=draft.causationid,
                traceparent=draft.traceparent,
                data=msgspec.Raw(data),
            )
        )


def _spliced(said: bytes, native: Native, pii: Sealed | None) -> bytes:
    """`native` and `pii` are the first fields of every event's data."""
    parts = []
    if native:
        parts.append(b'"native":' + _ENCODER.encode(native))
    if pii is not None:
        parts.append(b'"pii":' + _ENCODER.encode(pii))
    if said != b"{}":
        parts.append(said[1:-1])
    return b"{" + b",".join(parts) + b"}"
