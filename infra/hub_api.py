"""The running hub, asked by a command line on the same machine as who may read its data folder."""

import contextlib
import json
import shutil
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http import HTTPStatus
from http.client import HTTPResponse
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar
from urllib.parse import urlencode

from core.clock import SystemClock
from core.config import load
from core.errors import ConfigError, EnvironmentFault

if TYPE_CHECKING:  # the command line starts without the hub's libraries: a gateway has none
    from projections.web.accounts import Role

_PATIENCE = 30.0  # seconds
_T = TypeVar("_T")
LONG = 900.0  # for what may have to be folded from the beginning of a long log
# On this machine, and with a token: not by way of the proxy the environment names.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class HubApi:
    """Makes a token of its own for each call, which is gone afterwards. Blocks; `patience` in
    seconds."""

    def __init__(self, data: Path, patience: float = _PATIENCE) -> None:
        self._patience = patience
        try:
            found = next((one for one in (data / "hub", data) if _is_hub(one)), None)
        except PermissionError as error:
            raise EnvironmentFault(
                f"{error.filename}: not for this user. Run it as the user that the hub runs as."
            ) from error
        if found is None:
            raise EnvironmentFault(
                f"{data}: no hub here. Start `menwei run --data {data}` first, or name its folder."
            )
        self._folder = found
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
        """The answer. With the hub's own sentence ConfigError where it refuses, EnvironmentFault
        where it can not; that also when it does not run or takes too long."""
        with self._token(role) as token:
            return self._ask(token, method, path, _read, body, text, query)

    def save(self, role: "Role", path: str, out: BinaryIO) -> None:
        """A file of the hub's, of any size, as it comes. Raises as `raw` does."""
        with self._token(role) as token:
            self._ask(token, "GET", path, lambda answer: shutil.copyfileobj(answer, out))

    @contextlib.contextmanager
    def _token(self, role: "Role") -> Iterator[str]:
        from projections.web.accounts import Accounts

        accounts = Accounts(self._folder / "accounts.db", SystemClock())
        token = accounts.token(role)
        try:
            yield token
        finally:
            accounts.sign_out(token)
            accounts.close()

    def _ask(
        self,
        token: str,
        method: str,
        path: str,
        take: Callable[[HTTPResponse], _T],
        body: object = None,
        text: str | None = None,
        query: dict[str, str] | None = None,
    ) -> _T:
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
            with DIRECT.open(request, timeout=self._patience) as answer:
                return take(answer)
        except urllib.error.HTTPError as error:
            away = error.code == HTTPStatus.SERVICE_UNAVAILABLE  # a disk is full, a database gone
            raise (EnvironmentFault if away else ConfigError)(_sentence(error)) from error
        except TimeoutError as error:  # it took the question, and is there
            raise EnvironmentFault(
                f"{self._address}: no answer within {self._patience:.0f} s. The hub is busy, or "
                "looks far back; what was asked may still be done. Ask again later."
            ) from error
        except OSError as error:
            raise EnvironmentFault(
                f"{self._address}: the hub does not answer. Start it (`menwei run` or "
                "`menwei hub`), then again."
            ) from error


def _read(answer: HTTPResponse) -> bytes:
    return answer.read()


def _is_hub(folder: Path) -> bool:
    return (folder / "hub.toml").is_file() and (folder / "accounts.db").is_file()


def _sentence(error: urllib.error.HTTPError) -> str:
    try:
        said = json.loads(error.read())
        lines = [str(said["detail"]), *(str(one) for one in said.get("errors", ()))]
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"the hub answered {error.code}"
    return "\n  ".join(lines)
