"""Which names a gateway may have."""

import re

import pytest

from core.config import GATEWAY_SLUG


@pytest.mark.parametrize(
    ("name", "free"),
    [("gw01", True), ("hub", False), ("import", False), ("imports", True), ("hub2", True)],
)
def test_names_the_hub_speaks_under_are_nobody_elses(name: str, free: bool) -> None:
    assert bool(re.match(GATEWAY_SLUG, name)) == free
