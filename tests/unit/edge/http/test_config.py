"""The `http` table: what is wrong with it is said before any socket opens."""

from pathlib import Path
from typing import Any

import pytest

from core.errors import ConfigError
from edge import config as edge_config
from edge.endpoint.password import hashed
from edge.http.config import Device, Http, resolve

HASH = hashed("opensesame!")


def check(folder: Path, http: Http, *, media: bool = True) -> str:
    with pytest.raises(ConfigError) as caught:
        resolve(folder / "edge.toml", "http", http, media=media)
    assert "http" in str(caught.value)
    return str(caught.value)


def test_what_it_names_is_read(tmp_path: Path) -> None:
    (tmp_path / "cam").write_text("opensesame!\n")
    devices = {
        "cam": Device(password_file="cam"),
        "b": Device(password_hash=HASH),
        "c": Device(ha1="0" * 64),
    }
    http = Http(devices=devices, allow=("192.168.1.7/24",))
    found = resolve(tmp_path / "edge.toml", "http", http, media=False)
    assert found.secrets == {"cam": "opensesame!"}
    assert set(found.passwords) == {"cam", "b"}
    assert found.ha1 == {("c", "SHA-256"): "0" * 64}
    assert [str(one) for one in found.networks] == ["192.168.1.0/24"]
    assert "opensesame" not in repr(found)


@pytest.mark.parametrize(
    ("device", "word"),
    [
        (Device(), "one of"),
        (Device(password_file="cam", password_hash=HASH), "one of"),
        (Device(password_file="missing"), "cannot be read"),
        (Device(password_file="empty"), "empty"),
        (Device(password_hash="opensesame!"), "scrypt$N$r$p$salt$hash"),
        (Device(ha1="0" * 31), "ha1"),
        (Device(ha1="G" * 32), "ha1"),
        (Device(password_hash=HASH, publish=("a/#/b",)), "'a/#/b'"),
    ],
)
def test_a_device_that_cannot_be_used(tmp_path: Path, device: Device, word: str) -> None:
    (tmp_path / "empty").write_text("\n")
    text = check(tmp_path, Http(devices={"cam": device}))
    assert word in text
    assert "http.devices.cam" in text
    assert "opensesame" not in text


@pytest.mark.parametrize(
    ("told", "word"),
    [
        ({}, "http.allow"),
        ({"allow": ("192.168.1.300",)}, "192.168.1.300"),
        ({"allow": ("10.0.0.0/8",), "plain": False}, "cert_file"),
        ({"allow": ("10.0.0.0/8",), "key_file": "x"}, "cert_file"),
        ({"allow": ("10.0.0.0/8",), "cert_file": "missing.pem"}, "missing.pem"),
        ({"allow": ("10.0.0.0/8",), "realm": 'a"b'}, "realm"),
        ({"allow": ("10.0.0.0/8",), "realm": ""}, "realm"),
        ({"allow": ("10.0.0.0/8",), "publish": ("a+b",)}, "'a+b'"),
        ({"devices": {"a:b": Device(password_hash=HASH)}}, "`:`"),
    ],
)
def test_a_table_that_cannot_be_used(tmp_path: Path, told: dict[str, Any], word: str) -> None:
    assert word in check(tmp_path, Http(**told))


def test_pictures_need_somewhere_to_go(tmp_path: Path) -> None:
    http = Http(allow=("10.0.0.0/8",), pictures=True)
    assert "http.pictures" in check(tmp_path, http, media=False)
    resolve(tmp_path / "edge.toml", "http", http, media=True)


def test_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "edge.toml"
    text = 'compound = "c01"\ngateway = "gw01"\ndata = "."\n[uplink]\nhub_key = "%s"\n' % ("0" * 64)
    path.write_text(f'{text}[http]\nallow = ["192.168.1.0/24"]\nmax_body = 1000000\n')
    found = edge_config.read(path)
    assert found.http is not None
    assert (found.http.http.max_body, found.http.http.host) == (1_000_000, "127.0.0.1")
    assert found.broker is None  # nobody has to publish to one
    path.write_text(f'{text}[http]\nallow = ["192.168.1.0/24"]\nbody_max = 1\n')
    with pytest.raises(ConfigError, match="body_max"):
        edge_config.read(path)
