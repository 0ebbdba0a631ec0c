"""Passwords of clients: what is kept of one, and whether another is the same."""

import base64
import binascii
import hashlib
import hmac
import secrets

_MAX_MEMORY = 64 * 1024 * 1024
_FORM = ("scrypt", 16384, 8, 1)


class Password:
    """Never shows what it holds. `slow` checks belong off the loop; the last password that
    passed is known again by a keyed digest whose key lives only in this process, so that a
    thousand devices reconnecting cost no thousand scrypts."""

    __slots__ = ("_cost", "_digest", "_hash", "_key", "_salt", "slow")

    def __init__(self, digest: bytes, key: bytes, salt: bytes, cost: tuple[int, int, int]) -> None:
        self._key = key
        self._digest = digest  # of the password known to be right; empty until one passed
        self._salt = salt
        self._cost = cost
        self._hash = b""
        self.slow = not digest

    @classmethod
    def from_text(cls, password: str) -> "Password":
        key = secrets.token_bytes(32)
        return cls(_keyed(key, password.encode()), key, b"", (0, 0, 0))

    @classmethod
    def from_hash(cls, line: str) -> "Password":
        """ValueError when it is not what `hashed` makes, or costs too much."""
        form, *rest = line.split("$")
        if form != "scrypt" or len(rest) != 5:
            raise ValueError("not an scrypt line")
        n, r, p = (int(part) for part in rest[:3])
        if n < 2 or n & (n - 1) or r < 1 or p < 1 or 128 * n * r * p > _MAX_MEMORY:
            raise ValueError("its cost is not within 64 MB")
        try:
            salt, digest = (base64.b64decode(part, validate=True) for part in rest[3:])
        except binascii.Error as error:
            raise ValueError("salt or hash is not base64") from error
        if len(digest) < 16:
            raise ValueError("its hash is too short")
        made = cls(b"", secrets.token_bytes(32), salt, (n, r, p))
        made._hash = digest
        return made

    def known(self, password: bytes) -> bool:
        """Quick: whether it is the one known to be right."""
        return bool(self._digest) and hmac.compare_digest(_keyed(self._key, password), self._digest)

    def check(self, password: bytes) -> bool:
        """Takes tens of milliseconds when `slow`; any thread."""
        if self.known(password):
            return True
        if not self.slow:
            return False
        n, r, p = self._cost
        found = hashlib.scrypt(
            password, salt=self._salt, n=n, r=r, p=p, maxmem=2 * _MAX_MEMORY, dklen=len(self._hash)
        )
        if not hmac.compare_digest(found, self._hash):
            return False
        self._digest = _keyed(self._key, password)
        return True


def hashed(password: str) -> str:
    """The line for `password_hash`."""
    form, n, r, p = _FORM
    salt = secrets.token_bytes(16)
    digest = hashlib.scrypt(
        password.encode(), salt=salt, n=n, r=r, p=p, maxmem=2 * _MAX_MEMORY, dklen=32
    )
    parts = (base64.b64encode(part).decode() for part in (salt, digest))
    return "$".join((form, str(n), str(r), str(p), *parts))


def _keyed(key: bytes, password: bytes) -> bytes:
    return hmac.digest(key, password, "sha256")
