"""docs/transparency-log.md against the code: who follows the page by hand comes out here."""

import re
import subprocess
from pathlib import Path

from core.tlog.tree import leaf_hash, root_of

PAGE = (Path(__file__).parents[2] / "docs" / "transparency-log.md").read_text(encoding="utf-8")


def block(kind: str) -> str:
    (found,) = re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return str(found)


def test_the_example_by_hand_is_the_tree() -> None:
    done = subprocess.run(
        ["bash", "-c", block("sh")], capture_output=True, text=True, check=True, timeout=30
    )
    assert done.stdout == block("text")
    leaves = [leaf_hash(letter) for letter in (b"a", b"b", b"c")]
    expected = [*leaves, root_of(leaves[:2]), root_of(leaves)]
    assert re.findall("[0-9a-f]{64}", done.stdout) == [one.hex() for one in expected]
