"""The `endpoint` table: what is wrong with it is said before any socket opens."""

from pathlib import Path

import pytest

from core.errors import ConfigError
from edge.endpoint.config import Client, Endpoint, resolve
from edge.endpoint.password import Password, hashed

HASH = hashed("opensesame!")


def check(tmp_path: Path, endpoint: Endpoint) -> str:
    with pytest.raises(ConfigError) as caught:
        resolve(tmp_path / "edge.toml", "endpoint", endpoint)
    assert "edge.toml" in str(caught.value) or "endpoint." in str(caught.value)
    return str(caught.value)


def test_passwords_come_from_files_and_hashes(tmp_path: Path) -> None:
    (tmp_path / "door").write_text("opensesame!\n")
    clients = {"a": Client(password_file="door"), "b": Client(password_hash=HASH)}
    found = resolve(tmp_path / "edge.toml", "endpoint", Endpoint(clients=clients))
    for name in "ab":
        assert found.passwords[name].check(b"opensesame!")
        assert not found.passwords[name].check(b"opensesame")
    assert "opensesame" not in repr(found)


def test_nobody_could_connect(tmp_path: Path) -> None:
    assert "endpoint.clients.NAME" in check(tmp_path, Endpoint())
    resolve(tmp_path / "edge.toml", "endpoint", Endpoint(anonymous=True))


@pytest.mark.parametrize(
    ("client", "word"),
    [
        (Client(), "no password"),
        (Client(password_file="x", password_hash=HASH), "both"),
        (Client(password_file="missing"), "cannot be read"),
        (Client(password_file="empty"), "empty"),
        (Client(password_hash="opensesame!"), "scrypt$N$r$p$salt$hash"),
        (Client(password_hash=HASH.replace("16384", "16383")), "cost"),
        (Client(password_hash=HASH.replace("16384", str(1 << 30))), "cost"),
        (Client(password_hash="scrypt$16384$8$1$!$!"), "base64"),
        (Client(password_hash="scrypt$16384$8$1$AAAA$AAAA"), "short"),
        (Client(password_hash="scrypt$x$8$1$AAAA$AAAA"), "scrypt$N$r$p$salt$hash"),
        (Client(password_hash=HASH, publish=("a/#/b",)), "'a/#/b'"),
        (Client(password_hash=HASH, subscribe=("!",)), "'!'"),
    ],
)
def test_a_client_that_cannot_be_used(tmp_path: Path, client: Client, word: str) -> None:
    (tmp_path / "empty").write_text("\n")
    text = check(tmp_path, Endpoint(clients={"door-1": client}))
    assert word in text
    assert "endpoint.clients.door-1" in text
    assert "opensesame" not in text.replace("'opensesame!'", "")


@pytest.mark.parametrize(
    ("endpoint", "word"),
    [
        (Endpoint(anonymous=True, plain=False), "nothing would listen"),
        (Endpoint(anonymous=True, key_file="k"), "endpoint.cert_file"),
        (Endpoint(client_ca_file="ca"), "endpoint.cert_file"),
        (Endpoint(anonymous=True, cert_file="missing.pem"), "missing.pem"),
        (Endpoint(anonymous=True, publish=("a+",)), "endpoint.publish"),
        (Endpoint(anonymous=True, subscribe=("",)), "endpoint.subscribe"),
    ],
)
def test_a_table_that_cannot_be_used(tmp_path: Path, endpoint: Endpoint, word: str) -> None:
    assert word in check(tmp_path, endpoint)


class TestPassword:
    def test_hashes_are_salted(self) -> None:
        assert hashed("x") != hashed("x")

    def test_a_hash_is_known_again_only_after_it_was_right(self) -> None:
        held = Password.from_hash(HASH)
        assert held.slow
        assert not held.known(b"opensesame!")
        assert not held.check(b"wrong")
        assert held.check(b"opensesame!")
        assert held.known(b"opensesame!")
        assert not held.known(b"wrong")

    def test_one_in_the_clear_is_never_slow(self) -> None:
        held = Password.from_text("门禁")
        assert not held.slow
        assert held.check("门禁".encode())
        assert not held.check(b"")
