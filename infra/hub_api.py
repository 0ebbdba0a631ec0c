"""The running hub, asked by a command line on the same machine as who may read its data folder."""

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from core.clock import SystemClock
from core.config import load
from core.errors import ConfigError, EnvironmentFault

if TYPE_CHECKING:  # the command line starts without the hub's libraries: a gateway has none
    from projections.web.accounts import Role

_PATIENCE = 30.0  # seconds
# On this machine, and with a token: not by way of the proxy the environment names.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class HubApi:
    """Makes a token of its own for each call, which is gone afterwards. Blocks."""

    def __init__(self, data: Path) -> None:
        self._folder = next((one for one in (data / "hub", data) if _is_hub(one)), data)
        if not _is_hub(self._folder):
            raise EnvironmentFault(
                f"{data}: no hub here. Start `menwei run --data {data}` first, or name its folder."
            )
        from infra.hub.config import Config

        http = load(self._folder / "hub.toml", Config).http
        host = f"[{http.host}]" if ":" in http.host else http.host
        self._address = f"http://{host}:{http.port}"

    def json(self, role: "Role", method: str, path: str, **more: Any) -> Any:
        return json.loads(self.raw(role, method, path, **more))

    def raw(
        self,
        role: "Role",
        method: str,
        path: str,
        *,
        body: object = None,
        text: str | None = None,
        query: dict[str, str] | None = None,
    ) -> bytes:
        """The answer. ConfigError with the hub's own sentence where it refuses, EnvironmentFault
        when it does not run."""
        from projections.web.accounts import Accounts

        accounts = Accounts(self._folder / "accounts.db", SystemClock())
        token = accounts.token(role)
        try:
            return self._ask(token, method, path, body, text, query)
        finally:
            accounts.sign_out(token)
            accounts.close()

    def _ask(
        self,
        token: str,
        method: str,
        path: str,
        body: object,
        text: str | None,
        query: dict[str, str] | None,
    ) -> bytes:
        address = f"{self._address}/api/v1/{path}"
        if query:
            address += f"?{urlencode(query)}"
        content = text.encode() if text is not None else None
        headers = {"Authorization": f"Bearer {token}"}
        if text is not None:
            headers["Content-Type"] = "application/toml"
        elif body is not None:
            content, headers["Content-Type"] = json.dumps(body).encode(), "application/json"
        request = urllib.request.Request(  # noqa: S310 - our own http
            address, data=content, headers=headers, method=method
        )
        try:
            with DIRECT.open(request, timeout=_PATIENCE) as answer:
                found: bytes = answer.read()
                return found
        except urllib.error.HTTPError as error:
            raise ConfigError(_sentence(error)) from error
        except OSError as error:
            raise EnvironmentFault(
                f"{self._address}: the hub does not answer. Start it (`menwei run` or "
                "`menwei hub`), then again."
            ) from error


def _is_hub(folder: Path) -> bool:
    return (folder / "hub.toml").is_file() and (folder / "accounts.db").is_file()


def _sentence(error: urllib.error.HTTPError) -> str:
    try:
        said = json.loads(error.read())
        lines = [str(said["detail"]), *(str(one) for one in said.get("errors", ()))]
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"the hub answered {error.code}"
    return "\n  ".join(lines)
