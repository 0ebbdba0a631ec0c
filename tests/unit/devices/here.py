"""Where a dialog or conversation is held, without a gateway."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from devices.adapter import Known

NOW = datetime(2026, 3, 2, 0, 0, 0, tzinfo=UTC)


class Here:
    """A `Place` with a clock that stands, and nonces that count."""

    def __init__(self, secrets: Mapping[str, str] | None = None) -> None:
        self.secrets = dict(secrets or {})
        self.notes: dict[str, str] = {}
        self.stale: set[str] = set()
        self.at = NOW
        self.told: dict[str, Known] = {}
        self._given = 0

    def now(self) -> datetime:
        return self.at

    def note(self, key: str) -> str:
        return self.notes.get(key, "")

    def secret(self, user: str) -> str | None:
        return self.secrets.get(user)

    def nonce(self) -> str:
        self._given += 1
        return f"nonce{self._given}"

    def fresh(self, nonce: str) -> bool:
        number = nonce.removeprefix("nonce")
        given = number.isdecimal() and 0 < int(number) <= self._given
        return given and nonce not in self.stale

    def known(self, device: str) -> Known | None:
        return self.told.get(device)

    def gaps(self, device: str) -> Sequence[tuple[int, int]]:
        return ()
