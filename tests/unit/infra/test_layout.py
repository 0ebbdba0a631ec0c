"""What a box writes: configurations its parts accept, secrets for their owner, keys for ever."""

from pathlib import Path

import pytest

from core.keys import Signer
from devices.adapter import Known
from edge import config as edge_config
from infra.box import broker, layout
from infra.box.layout import Box, Ports
from infra.hub import config as hub_config

DEVICES = {"c01": {"025e10aa0007": Known(name="south-1", role="door"), "人脸.1": Known(zone="UTC")}}


def made(folder: Path, count: int = 1) -> Box:
    ports = Ports(http=8081, mqtt=1884, intake=(7081, 7082, 7083), uplink=1899, broker=4223)
    box = Box(folder=folder, compounds=layout.names(count), ports=ports)
    layout.write(box, DEVICES, 12.5)
    return box


@pytest.mark.parametrize("name", ["data", "a b", "数据 $HOME", 'a"b', "a\\b", "a'b#c"])
def test_its_parts_can_read_it(tmp_path: Path, name: str) -> None:
    box = made(tmp_path / name)
    edge = edge_config.read(box.edge("c01") / "edge.toml")
    assert (edge.config.compound, edge.config.gateway) == ("c01", "gw01")
    assert edge.folder == box.edge("c01")
    assert edge.config.health_s == 12.5
    assert edge.config.uplink.broker.port == 1899
    assert edge.broker is None
    assert edge.endpoint is not None
    assert edge.endpoint.endpoint.port == 1884
    assert edge.endpoint.endpoint.anonymous
    assert set(edge.endpoint.passwords) == {"devices-c01"}
    assert edge.http is not None
    assert edge.http.http.port == 7081
    assert edge.http.secrets == {"devices-c01": box.password("devices-c01")}
    assert [str(one) for one in edge.http.networks] == ["127.0.0.0/8"]
    assert edge.uplink.password == box.password("uplink-c01")
    assert edge.config.devices == DEVICES["c01"]
    hub = hub_config.read(box.hub / "hub.toml")
    assert hub.folder == box.hub
    assert (hub.config.http.port, hub.config.broker.port) == (8081, 1899)
    assert hub.broker.password == box.password("hub")
    key = Signer.load_or_create(box.hub / "hub.key").public.hex()
    assert edge.config.uplink.hub_key == key


def test_each_compound_has_a_port_for_its_devices(tmp_path: Path) -> None:
    box = made(tmp_path, 3)
    ports = []
    for name in box.compounds:
        endpoint = edge_config.read(box.edge(name) / "edge.toml").endpoint
        assert endpoint is not None
        ports.append(endpoint.endpoint.port)
    assert ports == [1884, 1885, 1886]


def test_the_hub_reaches_each_gateways_admin_port(tmp_path: Path) -> None:
    ports = Ports(http=8081, mqtt=1884, uplink=1899, broker=4223, admin=(18788, 18789))
    box = Box(folder=tmp_path / "a b", compounds=layout.names(2), ports=ports)
    layout.write(box, DEVICES, 12.5)
    reached = hub_config.read(box.hub / "hub.toml").admin
    for name, port in zip(box.compounds, ports.admin, strict=True):
        admin = edge_config.read(box.edge(name) / "edge.toml").admin
        assert admin is not None
        one = reached[f"{name}/gw01"]
        assert (admin.admin.port, one.url) == (port, f"http://127.0.0.1:{port}")
        assert admin.token == one.token
    assert hub_config.read(made(tmp_path / "b").hub / "hub.toml").admin == {}


def test_what_an_older_version_acknowledged_is_fetched(tmp_path: Path) -> None:
    made(tmp_path).edge("c01").joinpath(".primed").touch()
    edge = edge_config.read(made(tmp_path).edge("c01") / "edge.toml")
    assert edge.broker is not None
    assert edge.broker.port == 1899
    assert edge.endpoint is not None


def test_every_gateway_is_enrolled(tmp_path: Path) -> None:
    box = made(tmp_path, 3)
    gateways = hub_config.read(box.hub / "hub.toml").config.gateways
    assert [(one.compound, one.name) for one in gateways] == [(f"c0{n}", "gw01") for n in (1, 2, 3)]
    for one in gateways:
        key = Signer.load_or_create(box.edge(one.compound) / "gateway.key").public.hex()
        assert one.key == key


def test_a_second_start_keeps_keys_and_passwords(tmp_path: Path) -> None:
    def kept(box: Box) -> dict[str, bytes]:
        found = [*(box.folder / "secrets").iterdir(), *box.folder.rglob("*.key")]
        return {str(path): path.read_bytes() for path in found}

    first = kept(made(tmp_path))
    assert len(first) == 3 + 2
    assert kept(made(tmp_path)) == first
    grown = kept(made(tmp_path, 2))
    assert grown.items() > first.items()
    assert len(set(grown.values())) == len(grown)


def test_secrets_are_their_owners(tmp_path: Path) -> None:
    box = made(tmp_path / "data")
    broker.write(box)
    private = [
        *(box.folder / "secrets").iterdir(),
        *box.folder.rglob("*.key"),
        box.broker / "nats.conf",
    ]
    assert {path.stat().st_mode & 0o777 for path in private} == {0o600}
    for path in box.folder.rglob("*.toml"):
        assert not any(
            secret.read_text() in path.read_text() for secret in (box.folder / "secrets").iterdir()
        )


def test_compounds_have_sorting_names() -> None:
    assert layout.names(1) == ("c01",)
    assert layout.names(32)[-1] == "c32"
    assert list(layout.names(32)) == sorted(layout.names(32))
