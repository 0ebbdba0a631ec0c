"""A hub somewhere else, asked over HTTP with an API token."""

import json
import urllib.error
import urllib.request
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from core.errors import BadProof, ConfigError, EnvironmentFault

_PATIENCE = 30.0  # seconds


class Hub:
    """Blocks. BadProof when it has nothing to prove, EnvironmentFault when it does not answer,
    ConfigError when it refuses."""

    def __init__(self, address: str, token: str) -> None:
        self._address = address.rstrip("/")
        self._token = token

    @classmethod
    def at(cls, address: str, token_file: Path | None) -> "Hub":
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise ConfigError(f"--url {address}: not an address like https://hub.example.")
        if token_file is None:
            raise ConfigError("--url needs --token-file: `menwei token` prints a token.")
        try:
            return cls(address, token_file.read_text(encoding="utf-8").strip())
        except (OSError, UnicodeDecodeError) as error:
            raise EnvironmentFault(f"{token_file}: cannot be read: {error}.") from error

    def proof(self, position: str) -> bytes:
        return self._ask(f"proof/{position}", {}, "text/plain")

    def position(self, event: str) -> str:
        """Of the newest batch that holds an event of this id."""
        query = {"id": event, "limit": "1"}
        while True:
            page = json.loads(self._ask("events", query, "application/json"))
            if page["events"]:
                return str(page["events"][0]["position"])
            if page["complete"]:
                raise BadProof("index", "no event has this id")
            query["before"] = str(page["next"])

    def _ask(self, path: str, query: dict[str, str], accept: str) -> bytes:
        address = f"{self._address}/api/v1/{path}" + (f"?{urlencode(query)}" if query else "")
        headers = {"Authorization": f"Bearer {self._token}", "Accept": accept}
        request = urllib.request.Request(address, headers=headers)  # noqa: S310 - checked in `at`
        try:
            with urllib.request.urlopen(request, timeout=_PATIENCE) as answer:  # noqa: S310
                found: bytes = answer.read()
                return found
        except urllib.error.HTTPError as error:
            if error.code == HTTPStatus.NOT_FOUND:
                raise BadProof("index", "the hub has no proof of it, or not yet") from error
            raise ConfigError(f"{address}: the hub answered {error.code}.") from error
        except OSError as error:
            raise EnvironmentFault(f"{self._address}: the hub does not answer: {error}.") from error
