"""Where gateways are told of devices, as hub.toml says, and what becomes of their answers."""

import socket
import threading
from pathlib import Path

import pytest

from core.errors import ConfigError
from infra.hub.admin_ports import AdminPort, Reached, resolve
from infra.hub.gateway_desks import GatewayDesks, _refusal
from projections.web.accounts import Account
from projections.web.gateway_desk import Unreached
from projections.web.people import Unfit, Unheard, Unready
from tests.fix_ports import free_port

ADMIN = Account(name="管理员", role="admin")


def test_a_gateway_is_reached_by_tls_or_on_this_machine(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("t\n")
    path = tmp_path / "hub.toml"
    found = resolve(
        path,
        {
            "c01/gw01": AdminPort(url="http://127.0.0.1:8788/", token_file="token"),
            "c02/gw01": AdminPort(url="https://gateway.example", token_file="token"),
        },
    )
    assert found["c01/gw01"].url == "http://127.0.0.1:8788"
    assert (found["c01/gw01"].tls, found["c02/gw01"].tls is None) == (None, False)
    for name, url, key in (
        ("c01/gw01", "http://192.168.1.4:8788", "url"),
        ("c01/gw01", "ftp://127.0.0.1", "url"),
        ("c01/gw01", "http://127.0.0.1/path", "url"),
        ("c01", "http://127.0.0.1", "compound/gateway"),
    ):
        with pytest.raises(ConfigError, match=key):
            resolve(path, {name: AdminPort(url=url, token_file="token")})


def test_one_that_is_away_or_not_known_is_told_apart() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    desks = GatewayDesks({"c01/gw01": Reached(url=url, token="t", tls=None)})
    assert desks.gateways() == ["c01/gw01"]
    with pytest.raises(Unreached, match="c01/gw01"):
        desks.ask(ADMIN, "c01/gw01", "GET", ("devices",))
    with pytest.raises(Unheard):
        desks.ask(ADMIN, "c02/gw01", "GET", ("devices",))


def test_refusals_keep_the_gateways_own_words() -> None:
    fit = _refusal("g", 422, b'{"detail": "No.", "errors": ["name: why"]}')
    assert isinstance(fit, Unfit)
    assert (str(fit), fit.errors) == ("No", ("name: why",))
    assert isinstance(_refusal("g", 404, b'{"detail": "x"}'), Unheard)
    assert isinstance(_refusal("g", 409, b'{"detail": "x"}'), Unready)
    assert isinstance(_refusal("g", 401, b"<html>"), Unreached)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 302 Found\r\nLocation: %s/elsewhere\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>",
        b'HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n{"a": ',
        b"no HTTP at all\r\n\r\n",
    ],
)
def test_who_answers_otherwise_gets_no_token_elsewhere(answer: bytes) -> None:
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"

        def serve() -> None:
            for _ in range(2):
                line, _ = server.accept()
                with line:
                    heard.append(line.recv(65_536))
                    line.sendall(answer.replace(b"%s", url.encode()))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        desks = GatewayDesks({"c01/gw01": Reached(url=url, token="t", tls=None)})
        with pytest.raises(Unreached, match="c01/gw01"):
            desks.ask(ADMIN, "c01/gw01", "GET", ("devices",))
        assert [one.split()[1] for one in heard] == [b"/devices"]
        socket.create_connection(server.getsockname()).close()  # it need not wait for more
        thread.join()
