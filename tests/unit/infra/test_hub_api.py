"""The running hub as a command line asks it: directly, with a token for this once."""

import errno
import sqlite3
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from core.errors import ConfigError, EnvironmentFault
from infra.hub_api import HubApi
from projections.web.accounts import Accounts
from tests.fix_broker import eventually
from tests.fix_core import FixedClock
from tests.fix_ports import free_port


class Hub(ThreadingHTTPServer):
    """Answers with what it was asked, or refuses as the hub does."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.heard: list[tuple[str, str]] = []
        self.answered = threading.Event()  # what is slow waits for it


class Answers(BaseHTTPRequestHandler):
    server: Hub

    def do_GET(self) -> None:
        self.server.heard.append((self.path, self.headers["Authorization"].split()[0]))
        if self.path.endswith("slow"):
            self.server.answered.wait()
        refused = self.path.endswith(("refused", "away"))
        body = b'{"detail": "No.", "errors": ["a: b"]}' if refused else b'{"held": 1}'
        status = 503 if self.path.endswith("away") else 422
        self.send_response(status if refused else 200)
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
    made.answered.set()
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


def test_a_hub_without_room_or_database_is_the_machines_fault(hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault, match=r"No\.\n  a: b"):
        HubApi(folder(tmp_path, hub.server_port)).json("guard", "GET", "away")


@pytest.mark.parametrize(("host", "shown"), [("127.0.0.1", r"127\.0\.0\.1"), ("::1", r"\[::1\]")])
def test_nobody_answers(tmp_path: Path, host: str, shown: str) -> None:
    api = HubApi(folder(tmp_path, free_port(), host))
    with pytest.raises(EnvironmentFault, match=f"http://{shown}:.* does not answer"):
        api.raw("guard", "GET", "me")


def test_a_hub_that_takes_long_is_not_said_to_be_down(hub: Hub, tmp_path: Path) -> None:
    """Whoever read "start it" would start a second one."""
    api = HubApi(folder(tmp_path, hub.server_port), patience=0.05)
    with pytest.raises(EnvironmentFault, match="no answer within 0 s") as told:
        api.raw("viewer", "GET", "slow")
    assert "Start it" not in str(told.value)
    eventually(lambda: hub.heard)
    assert [path for path, _ in hub.heard] == ["/api/v1/slow"]


def test_no_hub_here(tmp_path: Path) -> None:
    with pytest.raises(EnvironmentFault, match="no hub here"):
        HubApi(tmp_path)


def test_a_folder_of_somebody_else_is_said_to_be_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may read every folder: it is made to look like one that may not be."""

    def locked(path: Path) -> bool:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "is_file", locked)
    with pytest.raises(EnvironmentFault, match=r"hub\.toml: not for this user"):
        HubApi(tmp_path)
