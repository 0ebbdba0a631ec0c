"""Who a client is, and what it may do."""

import hmac
import secrets
from collections.abc import Callable

import msgspec

from edge.endpoint.config import Endpoint, Resolved
from edge.endpoint.limits import Backoff
from edge.endpoint.password import Password, hashed
from edge.endpoint.reasons import Reason
from edge.endpoint.topics import Rules

_FREE_BY_NAME, _FREE_BY_ADDRESS = 5, 50  # failures before anyone has to wait


class Access(msgspec.Struct, frozen=True):
    """`user` is empty for who has no name of its own; `identity` never is."""

    user: str
    client_id: str
    publish: Rules
    subscribe: Rules
    rate: int
    burst: int

    @property
    def identity(self) -> str:
        return self.user or self.client_id

    @property
    def bucket(self) -> tuple[str, str]:
        """Whose rate it is; nobody's client id is somebody's name."""
        return (self.user, "") if self.user else ("", self.client_id)


def access(endpoint: Endpoint, user: str, client_id: str) -> Access:
    client = endpoint.clients.get(user) if user else None
    publish, subscribe, rate, burst = endpoint.publish, endpoint.subscribe, None, None
    if not user and endpoint.client_ca_file:
        # Certificates name whom no table names: who has no name may be called like one of those.
        publish, subscribe = _nobodys(publish), _nobodys(subscribe)
    if client is not None:
        publish = endpoint.publish if client.publish is None else client.publish
        subscribe = endpoint.subscribe if client.subscribe is None else client.subscribe
        rate, burst = client.rate, client.burst
    values = {"user": user or client_id, "client": client_id}
    return Access(
        user,
        client_id,
        Rules(publish, values),
        Rules(subscribe, values),
        rate or endpoint.rate,
        burst or max(endpoint.burst, rate or 0),
    )


def _nobodys(filters: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(one for one in filters if one.startswith("!") or "{user}" not in one)


class Door:
    """Decides on user names and passwords; slows down who guesses."""

    def __init__(self, settings: Resolved) -> None:
        self._settings = settings
        self._by_name = Backoff(_FREE_BY_NAME)
        self._by_address = Backoff(_FREE_BY_ADDRESS)
        slow = any(one.slow for one in settings.passwords.values())
        # Checked for who does not exist, so that the time taken tells nothing.
        nobody = secrets.token_hex(16)
        self._nobody = Password.from_hash(hashed(nobody)) if slow else Password.from_text(nobody)

    def ask(
        self, username: str | None, password: bytes | None, certified: str, address: str, now: float
    ) -> "Reason | Callable[[], bool]":
        """The answer, or the slow check that has to be made first, off the loop; its result goes
        to `answer`. `certified` is the common name of the client's certificate."""
        if certified:
            # A certificate is the identity; a user name beside it may only repeat it.
            same = username is None or hmac.compare_digest(username.encode(), certified.encode())
            return Reason.SUCCESS if same else Reason.NOT_AUTHORIZED
        if username is None:
            anonymous = self._settings.endpoint.anonymous
            return Reason.SUCCESS if anonymous else Reason.NOT_AUTHORIZED
        if self._by_name.locked((address, username), now) or self._by_address.locked(address, now):
            return Reason.SERVER_BUSY
        held = self._settings.passwords.get(username, self._nobody)
        given = password or b""
        if held.slow and not held.known(given):
            return lambda: held.check(given)
        return self.answer(held.known(given), username, address, now)

    def answer(self, passed: bool, username: str, address: str, now: float) -> Reason:
        if passed and username in self._settings.passwords:
            self._by_name.passed((address, username))
            return Reason.SUCCESS
        self._by_name.failed((address, username), now)
        self._by_address.failed(address, now)
        return Reason.BAD_CREDENTIALS
