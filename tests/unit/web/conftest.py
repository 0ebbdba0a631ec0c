"""The whole app over a hub rig, asked without a socket."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from core.batch import Batch
from core.ingest import Arrival
from projections.web import api
from projections.web.accounts import Role
from projections.web.app import build
from projections.web.auth import COOKIE
from tests.fix_hub import HubRig
from tests.fix_hub import hub_rig as hub_rig

PASSWORD = "correct horse battery"


class Caller:
    """Asks as a role with a token, or as nobody. Each request has its own event loop."""

    def __init__(self, rig: HubRig) -> None:
        self.rig = rig
        self.app = build(rig.desk)
        self._tokens: dict[Role, str] = {}

    def token(self, role: Role) -> str:
        if role not in self._tokens:
            self._tokens[role] = self.rig.accounts.token(role)
        return self._tokens[role]

    def session(self, name: str, role: Role) -> dict[str, str]:
        """The cookie header of somebody who signed in at the console."""
        self.rig.accounts.set_password(name, PASSWORD, role)
        signed_in = self.rig.accounts.sign_in(name, PASSWORD)
        assert signed_in is not None
        return {"Cookie": f"{COOKIE}={signed_in[0]}"}

    def ask(
        self,
        method: str,
        path: str,
        *,
        role: Role | None = "viewer",
        headers: dict[str, str] | None = None,
        client: str = "127.0.0.1",
        **more: Any,
    ) -> httpx.Response:
        sent = dict(headers or {})
        if role is not None:
            sent["Authorization"] = f"Bearer {self.token(role)}"
        transport = httpx.ASGITransport(
            self.app, raise_app_exceptions=False, client=(client, 40000)
        )

        async def go() -> httpx.Response:
            async with httpx.AsyncClient(transport=transport, base_url="http://hub.test") as http:
                return await http.request(method, path, headers=sent, **more)

        return asyncio.run(go())

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.ask("GET", path, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self.ask("POST", path, **more)

    def json(self, path: str, **more: Any) -> Any:
        response = self.get(path, **more)
        assert response.status_code == 200, response.text
        return response.json()


def add_lines(rig: HubRig, encoded: Sequence[bytes]) -> Batch:
    """A batch of lines as a gateway of another version might write them."""
    (batch,) = rig.writer.batches(encoded, datetime(2026, 11, 20, tzinfo=UTC))
    (receipt,) = rig.ingest.accept([Arrival("c01", "gw01", batch.frame)], rig.clock.now())
    assert not receipt.refused, receipt
    rig.writer.advance([batch])
    return batch


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody folds beside the requests here: nothing is gained by waiting for it."""
    monkeypatch.setattr(api, "_FOLD_PATIENCE", 0.01)


@pytest.fixture
def caller(hub_rig: HubRig, impatient: None) -> Caller:
    return Caller(hub_rig)
