"""Accounts, sessions and API tokens. No default password, nothing secret stored in the clear."""

import hashlib
import hmac
import os
import secrets
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, get_args

import msgspec

from core.clock import Clock
from core.errors import ConfigError, EnvironmentFault
from core.store.queries import queries

Role = Literal["viewer", "guard", "auditor", "admin"]
ROLES: tuple[str, ...] = get_args(Role)
SESSION = timedelta(hours=12)  # one shift
_SQL = queries(Path(__file__).with_name("accounts.sql"))
_SCRYPT = {"n": 2**14, "r": 8, "p": 1, "maxmem": 64 * 1024 * 1024}
_FREE_TRIES = 5  # failures before an account makes its guesser wait
_LONGEST_WAIT = 300.0  # seconds


class Account(msgspec.Struct, frozen=True):
    """`name` is the account, never a person's name; tokens act as `token:…`."""

    name: str
    role: Role

    @property
    def acts(self) -> bool:
        """May change something (acknowledge), not only look."""
        return self.role in ("guard", "admin")

    @property
    def audits(self) -> bool:
        """May take evidence out of the house."""
        return self.role in ("auditor", "admin")


class Accounts:
    """Owns accounts.db. Several processes may open it: `menwei token` does while the hub runs."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._clock = clock
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            for name in ("create_accounts", "create_secrets"):
                self._db.execute(_SQL[name])
        except (OSError, sqlite3.Error) as error:
            raise EnvironmentFault(f"{path}: accounts cannot be opened: {error}") from error
        self._failures: dict[str, tuple[int, datetime]] = {}

    def first_password(self) -> str | None:
        """Creates `admin` with a generated password if there is no account yet; the password
        is returned this once and kept nowhere."""
        if self._db.execute(_SQL["any_account"]).fetchone():
            return None
        password = "-".join(secrets.token_hex(2) for _ in range(4))
        self.set_password("admin", password, "admin")
        return password

    def set_password(self, name: str, password: str, role: Role) -> None:
        if len(password) < 12:
            raise ConfigError("a password has at least 12 characters")
        salt = secrets.token_bytes(16)
        digest = hashlib.scrypt(password.encode(), salt=salt, dklen=32, **_SCRYPT)
        self._db.execute(_SQL["upsert_account"], (name, role, salt, digest))
        self._db.execute(_SQL["delete_sessions"], (name,))  # who knew the old one is out

    def sign_in(self, name: str, password: str) -> tuple[str, Account] | None:
        """(session secret, account), or None. Unknown names cost the same time as known ones."""
        if self.wait(name) > 0:
            return None
        row = self._db.execute(_SQL["select_account"], (name,)).fetchone()
        role: Role = row[0] if row else "viewer"
        salt, digest = row[1:] if row else (b"\0" * 16, b"")
        given = hashlib.scrypt(password.encode(), salt=salt, dklen=32, **_SCRYPT)
        if not row or not hmac.compare_digest(given, digest):
            tries, _ = self._failures.get(name, (0, self._clock.now()))
            if len(self._failures) > 10_000:
                self._failures.clear()
            self._failures[name] = (tries + 1, self._clock.now())
            return None
        self._failures.pop(name, None)
        account = Account(name, role)
        return self._issue("session", account, self._clock.now() + SESSION), account

    def wait(self, name: str) -> float:
        """Seconds this name must still wait after too many failures: doubles each time."""
        tries, last = self._failures.get(name, (0, self._clock.now()))
        if tries < _FREE_TRIES:
            return 0.0
        pause = min(_LONGEST_WAIT, 2.0 ** (tries - _FREE_TRIES))
        return max(0.0, pause - (self._clock.now() - last).total_seconds())

    def token(self, role: Role) -> str:
        """A new API token; shown once, only its hash is kept."""
        return self._issue("token", Account(f"token:{secrets.token_hex(3)}", role), None)

    def session(self, secret: str) -> Account | None:
        return self._find("session", secret)

    def bearer(self, secret: str) -> Account | None:
        return self._find("token", secret)

    def sign_out(self, secret: str) -> None:
        self._db.execute(_SQL["delete_secret"], (_hash(secret),))

    def _issue(self, kind: str, account: Account, until: datetime | None) -> str:
        secret = secrets.token_urlsafe(32)
        expires = until.timestamp() if until else None
        self._db.execute(
            _SQL["insert_secret"], (_hash(secret), kind, account.name, account.role, expires)
        )
        self._db.execute(_SQL["delete_expired"], (self._clock.now().timestamp(),))
        return secret

    def _find(self, kind: str, secret: str) -> Account | None:
        now = self._clock.now().timestamp()
        row = self._db.execute(_SQL["select_secret"], (_hash(secret), kind, now)).fetchone()
        return Account(*row) if row else None

    def close(self) -> None:
        self._db.close()


def _hash(secret: str) -> bytes:
    """Secrets are 256 random bits: a plain hash cannot be guessed back."""
    return hashlib.sha256(secret.encode()).digest()
