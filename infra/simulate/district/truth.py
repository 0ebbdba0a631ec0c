"""What an all-knowing inspector would say of the month, keyed like the findings of the view
`waste_district`. Written from the causes that were put in, never from the messages."""

from collections import Counter
from pathlib import Path

import orjson

from infra.simulate.district.lines import put

# Kinds of which every single case stands here, so that what is not here is not the case.
KINDS = (
    "missed-bin", "double-read", "swapped-tag", "mixed-load", "wrong-stream", "lost-tag",
    "late-file", "scale-zero", "refused-bin", "impossible-weight", "silent-vehicle",
)  # fmt: skip
FILE = "truth.jsonl"


class Truth:
    def __init__(self) -> None:
        self._said: dict[tuple[str, str], str] = {}

    def say(self, kind: str, key: str, day: str) -> None:
        """`day`: when it happened, or began. Said twice it is one case."""
        assert kind in KINDS, kind
        self._said.setdefault((kind, key), day)

    def counts(self) -> Counter[str]:
        return Counter(kind for kind, _ in self._said)

    def write(self, path: Path) -> None:
        lines = (
            orjson.dumps({"kind": kind, "key": key, "day": day}, option=orjson.OPT_APPEND_NEWLINE)
            for (kind, key), day in sorted(self._said.items())
        )
        put(path, lines)
