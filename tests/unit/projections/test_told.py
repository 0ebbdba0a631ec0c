"""Who it was is told nobody, and nothing else is hidden for it."""

import pytest

from projections.replay.told import nameless

REF = "s:" + "0a" * 16


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (REF, "s:…"),
        (f"visit/{REF}/1", "visit/s:…/1"),
        ("doors:ab12", "doors:ab12"),
        (f"class:{'0a' * 16}", f"class:{'0a' * 16}"),
    ],
)
def test_references_and_only_these_are_hidden(text: str, told: str) -> None:
    assert nameless(text.encode()).decode() == told
