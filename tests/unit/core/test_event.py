"""What a source says."""

import pytest

from core.event import parse_source, source_of


@pytest.mark.parametrize("device", ["door-1", "a/b", "锁", ""])
def test_source_and_back(device: str) -> None:
    assert parse_source(source_of("jinxiu", "gw-1", device)) == ("jinxiu", "gw-1", device)


def test_a_fragment_is_not_part_of_the_device() -> None:
    assert parse_source("/c/a/gw/b/dev/c#urn:x/y") == ("a", "b", "c")


@pytest.mark.parametrize(
    "source",
    ["", "/", "c/a/gw/b/dev/c", "/c/a/gw/b", "/c/a/gw/b/dev", "/x/a/gw/b/dev/c", "/c/a/xx/b/dev/c"],
)
def test_another_form_of_source_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match="menwei source"):
        parse_source(source)
