"""Digest access authentication (RFC 7616) as far as devices have it: qop=auth, MD5 and SHA-256.

A nonce is ours by its MAC and good for some minutes; its count has to grow, so that a request that
was listened to is worth nothing a second time. What is forgotten under pressure is asked anew.
"""

import hashlib
import hmac
import re
import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Literal

import msgspec

from edge.http.config import Algorithm

Verdict = Literal["right", "wrong", "stale"]

_GOOD_S = 300.0  # of a nonce
_REMEMBERED = 4096  # nonces in use
_HASHES: Mapping[str, Callable[[bytes], "hashlib._Hash"]] = {
    # What devices can; the secret is not guessed through it, and RFC 7616 keeps it for them.
    "MD5": lambda data: hashlib.md5(data, usedforsecurity=False),
    "SHA-256": hashlib.sha256,
}
_FIELD = re.compile(r'\s*([A-Za-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))\s*(?:,|$)')
_COUNT = re.compile(r"[0-9a-fA-F]{8}")
_ESCAPED = re.compile(r"\\(.)")


class Said(msgspec.Struct, frozen=True):
    """The fields of an Authorization header."""

    fields: Mapping[str, str]

    @property
    def user(self) -> str:
        return self.fields.get("username", "")

    @property
    def algorithm(self) -> str:
        return self.fields.get("algorithm", "MD5").upper()


def parse(text: str) -> Said:
    """What stands behind `Digest `; nothing of it has to be right."""
    fields: dict[str, str] = {}
    at = 0
    while (match := _FIELD.match(text, at)) is not None and match.end() > at:
        name, quoted, bare = match.groups()
        value = _ESCAPED.sub(r"\1", quoted) if quoted is not None else bare
        fields.setdefault(name.lower(), value)
        at = match.end()
    return Said(fields)


def ha1_of(algorithm: Algorithm, user: str, realm: str, password: str) -> str:
    return _hex(algorithm, f"{user}:{realm}:{password}")


class Digest:
    """Owns the nonces in use. One thread."""

    def __init__(self, realm: str, offered: tuple[Algorithm, ...]) -> None:
        self._realm, self._offered = realm, offered
        self._key = secrets.token_bytes(32)
        self._used: OrderedDict[str, tuple[float, int]] = OrderedDict()  # nonce → issued, count
        self._floor = float("-inf")  # nonces up to here that are not remembered are stale

    def challenges(self, now: float, *, stale: bool = False) -> tuple[str, ...]:
        """Values of WWW-Authenticate. `now`: seconds, monotonic."""
        said = f"{now:.3f}.{secrets.token_hex(8)}"
        nonce = f"{said}.{self._mac(said)}"
        tail = ", stale=true" if stale else ""
        return tuple(
            f'Digest realm="{self._realm}", qop="auth", algorithm={one}, nonce="{nonce}"{tail}'
            for one in self._offered
        )

    def check(self, said: Said, ha1: str, method: str, target: str, now: float) -> Verdict:
        """`ha1`: what is kept of the password for `said.algorithm`. Whoever does not know it
        learns nothing of nonces either: they are looked at after it."""
        fields = said.fields
        nonce, uri, count = fields.get("nonce", ""), fields.get("uri", ""), fields.get("nc", "")
        if fields.get("qop") != "auth" or not _COUNT.fullmatch(count) or not fields.get("cnonce"):
            return "wrong"
        if not _same_address(uri, target) or said.algorithm not in self._offered:
            return "wrong"
        ha2 = _hex(said.algorithm, f"{method}:{uri}")
        due = _hex(said.algorithm, f"{ha1}:{nonce}:{count}:{fields['cnonce']}:auth:{ha2}")
        given = fields.get("response", "").lower()
        if not hmac.compare_digest(due.encode(), given.encode()):
            return "wrong"
        return "right" if self._counted(nonce, int(count, 16), now) else "stale"

    def _counted(self, nonce: str, count: int, now: float) -> bool:
        said, _, mac = nonce.rpartition(".")
        if not hmac.compare_digest(mac.encode(), self._mac(said).encode()):
            return False
        issued = float(said.rpartition(".")[0])  # ours, by the MAC
        if now - issued > _GOOD_S:
            self._used.pop(nonce, None)
            return False
        _, before = self._used.get(nonce, (issued, 0))
        if count <= before or (not before and issued <= self._floor):
            return False
        self._used[nonce] = (issued, count)
        self._used.move_to_end(nonce)
        if len(self._used) > _REMEMBERED:
            _, (oldest, _) = self._used.popitem(last=False)
            self._floor = max(self._floor, oldest)
        return True

    def _mac(self, said: str) -> str:
        return hmac.digest(self._key, said.encode(), "sha256").hex()[:32]


def _hex(algorithm: str, text: str) -> str:
    return _HASHES[algorithm](text.encode()).hexdigest()


def _same_address(uri: str, target: str) -> bool:
    """Some devices leave the query out, some put the scheme and host in front."""
    bare = target.partition("?")[0]
    if "://" in uri:
        uri = "/" + uri.partition("://")[2].partition("/")[2]
    return uri in (target, bare)
