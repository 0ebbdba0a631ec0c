"""A real agent with its own endpoint and its admin port, and somebody who asks there."""

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import quote

from infra.hub_api import DIRECT
from tests.fix_broker import PATIENCE, Publisher
from tests.fix_core import signer_of
from tests.fix_edge import COMPOUND, GATEWAY, EdgeProcess
from tests.fix_ports import free_port

TOKEN = "0123456789abcdef0123456789abcdef"


class AdminRig:
    """`menwei edge` under `folder`. Devices reach it without a broker; its hub is nowhere."""

    def __init__(self, folder: Path, *, only_known: bool = False) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.port, self.admin = folder, free_port(), free_port()
        self.http = free_port()
        (folder / "token").write_text(TOKEN)
        (folder / "edge.toml").write_text(
            f'compound = "{COMPOUND}"\ngateway = "{GATEWAY}"\ndata = "."\nhealth_s = 3600\n'
            f"[intake]\nonly_known = {str(only_known).lower()}\n"
            f"[endpoint]\nport = {self.port}\nanonymous = true\n"
            f"[http]\nport = {self.http}\n"
            f'[admin]\nport = {self.admin}\ntoken_file = "token"\n'
            f'[uplink]\nhub_key = "{signer_of(1).public.hex()}"\n'
            f"[uplink.broker]\nport = {free_port()}\n"
            '[devices.door-01]\nname = "south-gate"\n'
        )
        self.edge = EdgeProcess(folder / "edge.toml")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.admin}"

    def login(self, user: str) -> tuple[str, str]:
        return "", ""

    def publish(self, *messages: tuple[str, bytes]) -> None:
        """Acknowledged when it returns."""
        publisher = Publisher(self)
        for one in messages:
            publisher.publish(*one)
        publisher.settle(PATIENCE)
        publisher.close()

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        actor: str = "管理员",
        token: str = TOKEN,
    ) -> tuple[int, Any]:
        """Status, and the answer: JSON where it is."""
        content = None
        if body is not None:
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self.url}/{path}",
            data=content,
            method=method,
            headers={"Authorization": f"Bearer {token}", "X-Menwei-Actor": quote(actor)},
        )
        try:
            with DIRECT.open(request, timeout=PATIENCE) as answer:
                status, said = answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                status, said = error.code, error.read()
        try:
            return status, json.loads(said)
        except ValueError:
            return status, said

    def get(self, path: str) -> Any:
        status, found = self.ask("GET", path)
        assert status == 200, found
        return found
