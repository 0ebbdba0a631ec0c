"""The admin port: never in the clear beyond this machine, never behind a short token."""

from pathlib import Path

import pytest

from core.errors import ConfigError
from edge.provisioning.config import Admin, resolve


def told(folder: Path, token: str = "0123456789abcdef", **more: object) -> Path:
    (folder / "token").write_text(token + "\n")
    return folder / "edge.toml"


def test_loopback_needs_no_certificate(tmp_path: Path) -> None:
    path = told(tmp_path)
    for host in ("127.0.0.1", "::1", "localhost"):
        assert resolve(path, Admin(token_file="token", host=host)).token == "0123456789abcdef"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "gateway.example"])
def test_beyond_it_does(tmp_path: Path, host: str) -> None:
    with pytest.raises(ConfigError, match=r"admin\.cert_file"):
        resolve(told(tmp_path), Admin(token_file="token", host=host))


def test_a_short_token_and_a_missing_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="openssl rand"):
        resolve(told(tmp_path, "short"), Admin(token_file="token"))
    with pytest.raises(ConfigError, match=r"admin\.token_file"):
        resolve(told(tmp_path), Admin(token_file="nowhere"))
    with pytest.raises(ConfigError, match=r"admin\.cert_file"):
        resolve(told(tmp_path), Admin(token_file="token", cert_file="nowhere.pem"))
