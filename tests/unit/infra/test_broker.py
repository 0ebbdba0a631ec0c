"""The embedded broker's configuration: synced, apart, and accepted by nats-server itself."""

import subprocess
import sysconfig
from pathlib import Path

import pytest

from core.errors import EnvironmentFault
from infra.box import broker, layout
from infra.box.layout import Box, Ports
from tests.fix_broker import PATIENCE


def made(folder: Path, count: int = 2) -> Box:
    ports = Ports(http=8081, mqtt=1884, uplink=1899, broker=4223)
    box = Box(folder=folder, compounds=layout.names(count), ports=ports)
    layout.write(box, {}, 30)
    return box


@pytest.mark.parametrize("name", ["data", "a b", "数据 $HOME", 'a"b', "a\\b", "a'b#c"])
def test_nats_server_accepts_it(tmp_path: Path, name: str) -> None:
    path = broker.write(made(tmp_path / name))
    checked = subprocess.run(
        [broker.program(), "-c", path, "-t"],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr
    assert "is valid" in checked.stderr + checked.stdout


def test_what_must_not_change_by_accident(tmp_path: Path) -> None:
    """Each of these lines is somebody's durability or privacy."""
    text = broker.write(made(tmp_path)).read_text()
    assert "sync_interval: always" in text
    assert text.count("host: 127.0.0.1") == 2
    assert "port: 1899" in text
    for compound in ("c01", "c02"):
        own = f"menwei.v1.{compound}.gw01"
        allowed = f'publish: {{ allow: ["{own}.up", "{own}.state", "{own}.birth"] }}'
        assert allowed in text
    assert "no_auth_user" not in text
    assert "SITE_" not in text  # devices have no business here


def test_devices_of_an_older_version_find_what_they_left(tmp_path: Path) -> None:
    text = broker.write(made(tmp_path), ["c02"]).read_text()
    assert "SITE_c02" in text
    assert "SITE_c01" not in text
    assert 'no_auth_user: "devices-c02"' in text
    assert "max_ack_pending: 2048" in text
    assert text.count('subscribe: { allow: ["cmd.>"] }') == 1


def test_every_user_has_its_own_password(tmp_path: Path) -> None:
    box = made(tmp_path)
    text = broker.write(box).read_text()
    users = ["hub", *(f"uplink-{compound}" for compound in box.compounds)]
    passwords = {box.password(user) for user in users}
    assert len(passwords) == len(users) == 3
    for user in users:
        assert text.count(box.password(user)) == 1


def test_a_machine_without_it_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sysconfig, "get_path", lambda _name: str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EnvironmentFault, match=r"not installed\. Install the extra"):
        broker.program()
