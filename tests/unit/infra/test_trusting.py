"""`menwei journal trust`, and what `journal verify` says of the hub's log."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import ConfigError, EnvironmentFault
from core.folder import claim
from edge import config as edge_config
from edge.config import Settings
from edge.witness import state
from infra.trusting import standing, trust
from tests.fix_core import FixedClock
from tests.fix_gateway_witness import HUB, HubOf, Watching, met


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "edge"


@pytest.fixture
def settings(folder: Path, tmp_path: Path) -> Settings:
    path = tmp_path / "edge.toml"
    path.write_text(
        'compound = "c01"\ngateway = "gw01"\ndata = "edge"\n'
        f'[uplink]\nhub_key = "{HUB.public.hex()}"\n'
    )
    return edge_config.read(path)


@pytest.fixture
def both(folder: Path) -> Iterator[tuple[Watching, HubOf]]:
    edge, hub = met(folder)
    yield edge, hub
    edge.close()


def fork(edge: Watching, hub: HubOf) -> None:
    hub.log.leaves[0] = bytes(32)
    edge.witness.heard(hub.shows(edge.stream, edge.size))


def test_a_log_that_is_believed(
    both: tuple[Watching, HubOf], settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert standing(settings) == 0
    assert "5 batches of menwei/" in capsys.readouterr().out
    with pytest.raises(ConfigError, match="nothing is refused"):
        trust(settings, "why not", FixedClock())


def test_a_log_that_is_refused_and_trusted_again(
    both: tuple[Watching, HubOf], settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    fork(*both)
    assert standing(settings) == 1
    assert "forked" in capsys.readouterr().out
    with pytest.raises(ConfigError, match="--reason"):
        trust(settings, "  ", FixedClock())
    with (
        claim(settings.folder),
        pytest.raises(EnvironmentFault, match="another menwei is running"),
    ):
        trust(settings, "a drill", FixedClock())
    assert standing(settings) == 1
    trust(settings, "a drill", FixedClock())
    assert standing(settings) == 0


def test_a_state_that_cannot_be_read_is_a_finding(
    both: tuple[Watching, HubOf], settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    (settings.folder / state.FILE).write_bytes(b"\xff")
    assert standing(settings) == 1
    assert "unreadable" in capsys.readouterr().out


def test_a_gateway_that_never_ran(settings: Settings) -> None:
    with pytest.raises(EnvironmentFault, match="no data folder"):
        trust(settings, "a drill", FixedClock())
    assert standing(settings) == 0
