"""Pictures of people go over a line that nobody else reads, or not at all."""

from pathlib import Path

import pytest

from core.errors import ConfigError
from edge.media.config import Hub, Media, resolve


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("https://hub.example", ("hub.example", 443, True)),
        ("https://hub.example:8443/", ("hub.example", 8443, True)),
        ("http://127.0.0.1:8080", ("127.0.0.1", 8080, False)),
        ("http://[::1]:8080", ("::1", 8080, False)),
        ("http://localhost", ("localhost", 80, False)),
    ],
)
def test_where_the_hub_is(told: str, expected: tuple[str, int, bool], tmp_path: Path) -> None:
    host, port, tls = expected
    found = resolve(tmp_path / "edge.toml", Media(hub=told))
    assert found == Hub(host=host, port=port, tls=tls, ca_file=None)


@pytest.mark.parametrize(
    "told",
    ["http://hub.example", "http://10.0.0.7:8080", "hub.example", "ftp://x", "https://",
     "https://x/y", "https://x:99999", "https://x?y=1", ""],
)  # fmt: skip
def test_anything_else_is_refused_before_a_socket_opens(told: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"media\.hub"):
        resolve(tmp_path / "edge.toml", Media(hub=told))


def test_who_signed_its_certificate_must_be_there(tmp_path: Path) -> None:
    told = Media(hub="https://hub.example", ca_file="ca.pem")
    with pytest.raises(ConfigError, match=r"media\.ca_file"):
        resolve(tmp_path / "edge.toml", told)
    (tmp_path / "ca.pem").write_text("")
    assert resolve(tmp_path / "edge.toml", told).ca_file == tmp_path / "ca.pem"
