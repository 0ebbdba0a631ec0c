"""A draft becomes a line of the journal: gateway's time, persons sealed, bytes as stored.

The line is what `core.codec.encode` makes of the same event, put together from parts so that
the data is encoded once: for the digest, for the line, and for its size.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime

import msgspec

from core import sealing
from core.clock import rfc3339
from core.event import Attributes, Draft, Media, Native, Personal
from core.keystore import KeyStore
from edge.quarantine import GUESSABLE

_encode = msgspec.json.Encoder().encode
_NATIVE = len(b'{"native":')
_NO_NATIVE: Native = {}


class _Line(Attributes, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """core.event.Event with its data encoded already."""

    data: msgspec.Raw


class Stamped(msgspec.Struct, frozen=True, gc=False):
    """Data encoded once: what the adapter noted of it, and the rest, from which its digest is."""

    native: bytes
    rest: bytes  # `}`, or with what comes before: `,"cause":"grant"}`
    digest: bytes
    whole: bytes = b""  # of all the data, where the digest is of the draft's essence only


class Stamp:
    """One for each group; `now` is the gateway's time of everything in it."""

    def __init__(
        self, keys: KeyStore, now: datetime, refer: Callable[[Personal], str] = lambda _: ""
    ) -> None:
        """`refer`: how the hub calls somebody, empty where it is not known."""
        self._keys, self._refer = keys, refer
        self.at = rfc3339(now)
        self._month = sealing.month_of(now)
        self._digest = hashlib.blake2b(key=keys.reference_key, digest_size=16)

    def stamped(self, draft: Draft) -> Stamped:
        """Keyed, because a card number can be guessed from a plain hash."""
        data = draft.data
        native = _encode(data.native) if data.native else b""
        rest = _rest(_encode(data), native)
        digest = self._digest.copy()  # with its key, in half the time
        # Not the subject: it may come from the configuration, where a device gets a name later.
        digest.update(f"{data.TYPE}\0{draft.time}\0".encode() + rest)
        if draft.personal is not None:
            digest.update(_encode(draft.personal))
        whole = b""
        if draft.essence:
            whole, digest = digest.digest(), self._digest.copy()
            who = draft.personal.identifier if draft.personal is not None else ""
            digest.update(f"{data.TYPE}\0{draft.time}\0\0{draft.essence}\0{who}".encode())
        if draft.pictures:
            with_them = msgspec.structs.replace(data, media=_pictured(draft))
            rest = _rest(_encode(with_them), native)
        return Stamped(native, rest, digest.digest(), whole)

    def data(self, draft: Draft, id: str, payload: bytes, stamped: Stamped) -> tuple[bytes, str]:
        """As stored: persons sealed under this event id, the hash of the raw bytes. And the
        reference of the person whom it names."""
        raw = hashlib.sha256(payload).hexdigest()
        native, rest, personal = stamped.native, stamped.rest, draft.personal
        if personal is None:
            return _spliced(_hashed(native, raw), b"", rest), ""
        fields = personal.fields
        if len(payload) < GUESSABLE:
            # Of so short a payload the hash would give the person away to whoever tries all.
            fields = {**fields, "rawsha256": raw}
        else:
            native = _hashed(native, raw)
        ref, pii = sealing.sealed(self._keys, personal, fields, id, self._month)
        if personal.into:
            ref = self._refer(personal) or ref
            told = {"media": _pictured(draft), personal.into: ref}
            data = msgspec.structs.replace(draft.data, native=_NO_NATIVE, **told)
            rest = _rest(_encode(data), b"")
        return _spliced(native, b"" if pii is None else _encode(pii), rest), ref

    def line(
        self, draft: Draft, id: str, type: str, source: str, data: bytes, came: str = ""
    ) -> bytes:
        """`came`: when it came, where that is not now."""
        return _encode(
            _Line(
                id=id,
                source=source,
                type=type,
                subject=draft.subject,
                time=draft.time or came or self.at,
                recordedtime=self.at,
                timequality=draft.timequality if draft.time else "gateway",
                origin=draft.origin,
                correlationid=draft.correlationid,
                causationid=draft.causationid,
                traceparent=draft.traceparent,
                data=msgspec.Raw(data),
            )
        )


def _pictured(draft: Draft) -> tuple[Media, ...]:
    return (*draft.data.media, *draft.pictures)


def _rest(encoded: bytes, native: bytes) -> bytes:
    """Behind `native`, which is the first field of every event's data; `pii` is the second."""
    if native:
        return encoded[_NATIVE + len(native) :]
    return encoded[1:] if encoded == b"{}" else b"," + encoded[1:]


def _hashed(native: bytes, raw: str) -> bytes:
    begin = native[:-1] + b"," if native else b"{"
    return b'%b"rawsha256":"%b"}' % (begin, raw.encode())


def _spliced(native: bytes, pii: bytes, rest: bytes) -> bytes:
    if native:
        return b'{"native":%b%b%b' % (native, b',"pii":' + pii if pii else b"", rest)
    if pii:
        return b'{"pii":%b%b' % (pii, rest)
    return b"{" + rest.removeprefix(b",")
