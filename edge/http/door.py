"""Who sends a request: by Basic, Digest, Bearer, a secret in the address, or where it comes from.
Whoever guesses is slowed down; nothing that was shown is kept or logged."""

import base64
import binascii
import hmac
import ipaddress
import secrets
from collections.abc import Callable, Mapping

import msgspec

from edge.endpoint.limits import Backoff
from edge.endpoint.password import Password, hashed
from edge.http.config import Algorithm, Device, Resolved
from edge.http.credentials import Credentials
from edge.http.declined import Declined
from edge.http.digest import Digest, Said, ha1_of, parse

_FREE_BY_NAME, _FREE_BY_ADDRESS = 5, 50  # failures before anyone has to wait
_WAIT_S = 30
_WRONG = "the credentials are not right"


class Shown(msgspec.Struct, frozen=True):
    """What a request has to show for itself."""

    authorization: str
    secret: str
    method: str
    target: str  # as it was asked for: Digest is over it
    address: str


Slow = Callable[[], bool]


class Door:
    """Owns who has guessed too often. On the loop; slow checks are handed back."""

    def __init__(self, settings: Resolved) -> None:
        self._settings, self._known = settings, Credentials(settings)
        self._digest = Digest(settings.http.realm, settings.http.digest)
        self._by_name = Backoff(_FREE_BY_NAME)
        self._by_address = Backoff(_FREE_BY_ADDRESS)
        self._key = secrets.token_bytes(32)
        self._alone = self._alone_sufficient()
        # Checked for who does not exist, so that the time taken tells nothing.
        nobody = secrets.token_hex(16)
        slow = any(one.slow for one in settings.passwords.values())
        self._nobody = Password.from_hash(hashed(nobody)) if slow else Password.from_text(nobody)
        self._no_ha1 = secrets.token_hex(16)

    @property
    def devices(self) -> Mapping[str, Device]:
        """Who may prove to be one of these, by now."""
        return self._known.devices

    def learn(self, name: str, secret: str) -> None:
        """Holds for the next request, also on a connection that is open."""
        self._known.learn(name, secret)
        self._alone = self._alone_sufficient()

    def forget(self, name: str) -> None:
        self._known.forget(name)
        self._alone = self._alone_sufficient()

    def ask(self, shown: Shown, now: float) -> "str | tuple[str, Slow]":
        """The name of who it is; empty: nobody, from where that is allowed. Or the name it gives
        and the slow check that has to be made first, off the loop: its result goes to `answer`.
        Declined for everybody else."""
        scheme, _, rest = shown.authorization.strip().partition(" ")
        scheme, rest = scheme.lower(), rest.strip()
        allowed = self._allowed(shown.address)
        if not scheme and not shown.secret:
            if allowed:
                return ""
            raise self._challenge("unproven", "show who you are", now)
        if self._by_address.locked(shown.address, now):
            raise _busy()
        if scheme == "basic":
            name, password = _basic(rest)
            if name not in self._known.devices and allowed:
                return ""  # a device that can not be told to leave its factory's name out
            return self._basic(name, password, shown, now)
        if scheme == "digest":
            said = parse(rest)
            if said.user not in self._known.devices and allowed:
                return ""
            return self._by_digest(said, shown, now)
        alone = rest if scheme == "bearer" else shown.secret
        name = self._alone.get(self._keyed(alone), "")
        return self.answer(name, shown, now, passed=bool(name))

    def answer(self, name: str, shown: Shown, now: float, *, passed: bool) -> str:
        """`name`, if it passed; Declined otherwise."""
        if passed:
            self._by_name.passed((shown.address, name))
            return name
        self._by_name.failed((shown.address, name), now)
        self._by_address.failed(shown.address, now)
        raise self._challenge("credentials", _WRONG, now)

    def watch(self, address: str, now: float) -> None:
        """Before a dialog that asks for credentials itself. Declined for who guessed too often."""
        if self._by_address.locked(address, now):
            raise _busy()

    def failed(self, address: str, now: float) -> None:
        """A dialog did not believe what it was shown."""
        self._by_address.failed(address, now)

    # -- each scheme ---------------------------------------------------------------------------

    def _basic(
        self, name: str, password: bytes, shown: Shown, now: float
    ) -> "str | tuple[str, Slow]":
        if self._by_name.locked((shown.address, name), now):
            raise _busy()
        held = self._known.passwords.get(name)
        if held is None and (found := self._ha1(name)) is not None:
            algorithm, ha1 = found
            text = password.decode("utf-8", "replace")
            given = ha1_of(algorithm, name, self._settings.http.realm, text)
            return self.answer(name, shown, now, passed=secrets.compare_digest(given, ha1))
        checked = held or self._nobody
        if checked.slow and not checked.known(password):
            return name, lambda: checked.check(password) and held is not None
        return self.answer(name, shown, now, passed=checked.known(password) and held is not None)

    def _by_digest(self, said: Said, shown: Shown, now: float) -> str:
        name = said.user
        if self._by_name.locked((shown.address, name), now):
            raise _busy()
        ha1, known, http = None, self._known, self._settings.http
        for algorithm in http.digest:
            if algorithm == said.algorithm:
                ha1 = known.ha1.get((name, algorithm))
                if ha1 is None and (password := known.secrets.get(name)) is not None:
                    ha1 = ha1_of(algorithm, name, http.realm, password)
        verdict = self._digest.check(said, ha1 or self._no_ha1, shown.method, shown.target, now)
        if verdict == "stale":
            raise self._challenge("stale", "the nonce is too old", now, stale=True)
        return self.answer(name, shown, now, passed=verdict == "right" and ha1 is not None)

    def _ha1(self, name: str) -> tuple[Algorithm, str] | None:
        for (device, algorithm), ha1 in self._known.ha1.items():
            if device == name:
                return algorithm, ha1
        return None

    def _alone_sufficient(self) -> dict[bytes, str]:
        """By a keyed digest, so that how long looking takes tells nothing. A password that two
        devices have names neither of them."""
        found: dict[bytes, str] = {}
        for name, password in self._known.secrets.items():
            key = self._keyed(password)
            found[key] = "" if key in found else name
        return found

    def _keyed(self, text: str) -> bytes:
        return hmac.digest(self._key, text.encode(), "sha256")

    def _allowed(self, address: str) -> bool:
        if not self._settings.networks:
            return False
        try:
            found = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:  # no peer any more
            return False
        if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
            found = found.ipv4_mapped
        return any(found in network for network in self._settings.networks)

    def _challenge(self, reason: str, said: str, now: float, *, stale: bool = False) -> Declined:
        realm = self._settings.http.realm
        challenges = [f'Basic realm="{realm}", charset="UTF-8"']
        if self._known.secrets or self._known.ha1:
            challenges[:0] = self._digest.challenges(now, stale=stale)
        return Declined(401, reason, said, challenges=tuple(challenges))


def _busy() -> Declined:
    said = "too many wrong credentials: wait, also with the right ones"
    return Declined(429, "guessing", said, {"retry-after": str(_WAIT_S)})


def _basic(text: str) -> tuple[str, bytes]:
    """Name and password; empty where it is no such thing, which nobody's is. In GBK with some
    devices, whatever the challenge says (RFC 7617 §2.1)."""
    try:
        shown = base64.b64decode(text, validate=True)
        try:
            shown.decode()
        except UnicodeDecodeError:
            shown = shown.decode("gb18030").encode()
        name, _, password = shown.partition(b":")
        return name.decode(), password
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return "", b""
