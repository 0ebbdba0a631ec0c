"""The running hub as a command line asks it: directly, with a token for this once."""

import sqlite3
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from core.errors import ConfigError, EnvironmentFault
from infra.hub_api import HubApi
from infra.ports import free_port
from projections.web.accounts import Accounts
from tests.fix_core import FixedClock


class Hub(ThreadingHTTPServer):
    """Answers with what it was asked, or refuses as the hub does."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.heard: list[tuple[str, str]] = []


class Answers(BaseHTTPRequestHandler):
    server: Hub

    def do_GET(self) -> None:
        self.server.heard.append((self.path, self.headers["Authorization"].split()[0]))
        refused = self.path.endswith("refused")
        body = b'{"detail": "No.", "errors": ["a: b"]}' if refused else b'{"held": 1}'
        self.send_response(422 if refused else 200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def folder(path: Path, port: int, host: str = "127.0.0.1") -> Path:
    (path / "hub").mkdir()
    http = f'data = "."\n[http]\nhost = "{host}"\nport = {port}\n'
    (path / "hub" / "hub.toml").write_text(http, encoding="utf-8")
    Accounts(path / "hub" / "accounts.db", FixedClock()).close()
    return path


@pytest.fixture
def hub() -> Iterator[Hub]:
    made = Hub()
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def test_no_proxy_hears_of_it(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The token that goes with it is an admin's."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    api = HubApi(folder(tmp_path, hub.server_port))
    assert api.json("admin", "GET", "policies/c01") == {"held": 1}
    assert hub.heard == [("/api/v1/policies/c01", "Bearer")]


def test_a_refusal_is_the_hubs_own_sentence_and_the_token_is_gone(hub: Hub, tmp_path: Path) -> None:
    data = folder(tmp_path, hub.server_port)
    with pytest.raises(ConfigError, match=r"No\.\n  a: b"):
        HubApi(data).json("guard", "GET", "refused")
    database = sqlite3.connect(data / "hub" / "accounts.db")
    assert database.execute("SELECT count(*) FROM secrets").fetchone() == (0,)
    database.close()


@pytest.mark.parametrize(("host", "shown"), [("127.0.0.1", r"127\.0\.0\.1"), ("::1", r"\[::1\]")])
def test_nobody_answers(tmp_path: Path, host: str, shown: str) -> None:
    api = HubApi(folder(tmp_path, free_port(), host))
    with pytest.raises(EnvironmentFault, match=f"http://{shown}:.* does not answer"):
        api.raw("guard", "GET", "me")


def test_no_hub_here(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault, match="no hub here"):
        HubApi(tmp_path)
