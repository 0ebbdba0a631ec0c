"""The sign-in routes and the gate over a hub rig, asked without a socket or a browser."""

import asyncio
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from starlette.responses import PlainTextResponse
from starlette.types import Message, Receive, Scope, Send

from projections.console import signin
from projections.console.gate import Gate
from tests.fix_hub import HubRig
from tests.fix_hub import hub_rig as hub_rig

PASSWORD = "correct horse battery"


class Door:
    """An app as `mount` builds it, with a stand-in behind the gate instead of NiceGUI."""

    def __init__(self, rig: HubRig) -> None:
        self.rig = rig
        self.app = FastAPI()
        signin.register(self.app, rig.desk)
        self.app.mount("/", Gate(_inside, rig.desk))

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        async def once() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="https://hub") as client:
                return await client.request(method, path, **more)

        return asyncio.run(once())

    def session(self) -> str:
        found = self.rig.accounts.sign_in("guard1", PASSWORD)
        assert found is not None
        return found[0]

    def socket(self, cookie: str) -> list[Message]:
        """What a websocket client is sent."""
        sent: list[Message] = []

        async def once() -> None:
            headers = [(b"cookie", cookie.encode())] if cookie else []
            scope: Scope = {
                "type": "websocket", "path": "/_nicegui_ws/socket.io/", "root_path": "",
                "query_string": b"", "headers": headers, "scheme": "ws", "server": ("hub", 80),
            }  # fmt: skip

            async def receive() -> Message:
                return {"type": "websocket.connect"}

            async def send(message: Message) -> None:
                sent.append(message)

            await self.app(scope, receive, send)

        asyncio.run(once())
        return sent


async def _inside(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept"})
    else:
        await PlainTextResponse("inside")(scope, receive, send)


@pytest.fixture
def door(hub_rig: HubRig) -> Door:
    hub_rig.accounts.set_password("guard1", PASSWORD, "guard")
    return Door(hub_rig)
