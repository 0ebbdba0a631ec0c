"""What `menwei run --witness` writes, and that hub and witness can read it."""

from pathlib import Path

from core.keys import Signer
from core.tlog import lives
from infra.box import layout, witness
from infra.box.layout import Box, Ports
from infra.hub import config as hub_config
from infra.witness import config as witness_config


def box(folder: Path, port: int) -> Box:
    ports = Ports(http=1, mqtt=2, uplink=3, broker=4, witness=port)
    made = Box(folder=folder, compounds=("c01",), ports=ports)
    layout.write(made, {}, 30.0)
    return made


def key(made: Box) -> bytes:
    return Signer.load_or_create(made.hub / "hub.key").public


def test_hub_and_witness_know_each_other(tmp_path: Path) -> None:
    made = box(tmp_path, 4711)
    found = witness_config.read(witness.write(made, [key(made)]))
    (asked,) = hub_config.read(made.hub / "hub.toml").quorum.witnesses.values()
    assert asked.url == f"http://127.0.0.1:{found.http.port}"
    assert asked.key.name == found.name
    again = witness_config.read(witness.write(made, [key(made)]))
    assert again == found


def test_the_log_s_own_name_is_the_one_watched(tmp_path: Path) -> None:
    made = box(tmp_path, 4711)
    lives.begun(made.hub, 1, "hub.example/menwei")
    assert [*witness_config.read(witness.write(made, [key(made)])).logs] == ["hub.example/menwei"]


def test_without_one_nobody_is_asked(tmp_path: Path) -> None:
    made = box(tmp_path, 4711)
    witness.write(made, [key(made)])
    assert hub_config.read(box(tmp_path, 0).hub / "hub.toml").quorum.needed == ""
