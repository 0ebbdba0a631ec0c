"""Gateways' admin ports, asked by the hub in the name of an account: projections.web.gateway_desk.

Any thread; a connection for each request. Owns nothing but addresses and tokens.
"""

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from infra.hub.admin_ports import Reached
from projections.web.accounts import Account
from projections.web.gateway_desk import Json, Unreached
from projections.web.people import Unfit, Unheard, Unready

_PATIENCE = 30.0  # seconds
_MOST = 32_000_000  # bytes of an answer


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A gateway is where hub.toml says: elsewhere, the token would go along."""

    def redirect_request(self, *_: object) -> None:
        return None


class GatewayDesks:
    """projections.web.gateway_desk.GatewayDesk."""

    def __init__(self, ports: Mapping[str, Reached]) -> None:
        self._ports = dict(ports)
        # Not by way of the proxy the environment names: it would see tokens and raw bytes.
        self._openers = {
            name: urllib.request.build_opener(
                urllib.request.ProxyHandler({}),
                _NoRedirect,
                *((urllib.request.HTTPSHandler(context=port.tls),) if port.tls else ()),
            )
            for name, port in ports.items()
        }

    def gateways(self) -> Sequence[str]:
        return sorted(self._ports)

    def ask(
        self,
        account: Account,
        gateway: str,
        method: str,
        path: Sequence[str],
        *,
        query: Mapping[str, str] = {},
        body: object = None,
    ) -> Json:
        answer = self._ask(account, gateway, method, path, query, body)
        try:
            found = json.loads(answer)
        except ValueError as error:
            raise Unreached(f"gateway {gateway} answered what is no JSON") from error
        return found if isinstance(found, dict) else {"answer": found}

    def frame(self, account: Account, gateway: str, camera: str) -> bytes:
        return self._ask(account, gateway, "GET", ("cameras", camera, "frame"), {}, None)

    def _ask(
        self,
        account: Account,
        gateway: str,
        method: str,
        path: Sequence[str],
        query: Mapping[str, str],
        body: object,
    ) -> bytes:
        port = self._ports.get(gateway)
        if port is None:
            raise Unheard(f"no admin port of {gateway} is known to this hub")
        target = "/".join(quote(part, safe="") for part in path)
        request = urllib.request.Request(  # noqa: S310 - http and https only, see above
            f"{port.url}/{target}" + (f"?{urlencode(query)}" if query else ""),
            data=None if body is None else msgspec.json.encode(body),
            method=method,
            headers={
                "Authorization": f"Bearer {port.token}",
                "X-Menwei-Actor": quote(account.name, safe=""),
                "Content-Type": "application/json",
            },
        )
        try:
            with self._openers[gateway].open(request, timeout=_PATIENCE) as answer:
                content: bytes = answer.read(_MOST)
        except urllib.error.HTTPError as error:
            with error:
                raise _refusal(gateway, error.code, error.read(_MOST)) from error
        except (OSError, http.client.HTTPException) as error:
            raise Unreached(
                f"gateway {gateway} does not answer at its admin port; see whether its agent runs"
            ) from error
        return content


def _refusal(gateway: str, code: int, said: bytes) -> Unfit | Unheard | Unready | Unreached:
    detail = f"gateway {gateway} answered {code}"
    errors: tuple[str, ...] = ()
    try:
        told: Any = json.loads(said)
        detail = str(told["detail"]).rstrip(".")
        errors = tuple(str(one) for one in told.get("errors", ()))
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    match code:
        case HTTPStatus.NOT_FOUND:
            return Unheard(detail)
        case HTTPStatus.CONFLICT:
            return Unready(detail)
        case HTTPStatus.UNPROCESSABLE_ENTITY | HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return Unfit(detail, errors)
    return Unreached(detail)
