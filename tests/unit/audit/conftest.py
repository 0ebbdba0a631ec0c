from pathlib import Path

import pytest

from tests.fix_signed import SignedHub
from tests.unit.infra.test_cli import Run
from tests.unit.infra.test_cli import menwei as menwei


@pytest.fixture
def hub(tmp_path: Path) -> SignedHub:
    """Three hundred batches, signed."""
    made = SignedHub(tmp_path)
    made.grow(300)
    assert made.sign()
    return made


class Audit:
    """`menwei audit …` on that hub's folder."""

    def __init__(self, hub: SignedHub, run: Run) -> None:
        self._hub = hub
        self._run = run

    def __call__(self, command: str, *arguments: object) -> tuple[int, str, str]:
        return self._run("audit", command, *arguments, "--data", self._hub.folder)

    def plain(self, *arguments: object) -> tuple[int, str, str]:
        return self._run("audit", *arguments)


@pytest.fixture
def audit(hub: SignedHub, menwei: Run) -> Audit:
    return Audit(hub, menwei)
