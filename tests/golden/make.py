"""python -m tests.golden.make NAME…: adds golden files for new samples; never touches one there.

NAME is a stored type name (its sample stands in samples/), one with `+` and what it gained later
(in `LATER`), or a file of `OTHERS`. What a golden
file says is a promise to every log ever written: a changed one is a broken promise, so there is
no way to write over one here.
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from core import codec
from tests.golden import formats
from tests.golden.samples.every import LATER, SAMPLES

HERE = Path(__file__).parent
EVENTS = {**SAMPLES, **LATER}
OTHERS: dict[str, Callable[[], bytes]] = {
    "batch.v1.hex": lambda: formats.hex_lines(formats.plain_batch().frame),
    "batch.v1.zstd.hex": lambda: formats.hex_lines(formats.zstd_batch().frame),
    "batch.v1.dictionary.hex": lambda: formats.hex_lines(formats.dictionary_batch().frame),
    "receipt.v1.json": formats.receipt,
    "receipt.v1.proof.json": formats.proof_receipt,
}


def target(name: str) -> Path:
    return Path(name) if name in OTHERS else Path("events", f"{name}.json")


def content(name: str) -> bytes:
    return OTHERS[name]() if name in OTHERS else codec.lines([EVENTS[name]])


def main(names: Sequence[str], root: Path = HERE) -> int:
    """0: all added; 1: a file was there already and stays; 2: no sample of that name."""
    if not names or (unknown := [n for n in names if n not in OTHERS and n not in EVENTS]):
        print(f"no sample for {unknown}" if names else __doc__, file=sys.stderr)
        return 2
    kept = 0
    for name in names:
        path = root / target(name)
        try:
            with path.open("xb") as file:
                file.write(content(name))
        except FileExistsError:
            kept += 1
            print(f"{path.name} is there and stays as it is", file=sys.stderr)
    return 1 if kept else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
