"""`make bench`: figures with the limits they are held against, as Markdown and JSON.

Nothing here asserts a time; a figure that is not reached is printed as such (exit code 1).
"""

import argparse
import json
import platform
import sys
import tempfile
from pathlib import Path

import msgspec

from tests.bench import drain, intake, load
from tests.bench.load import Result

_OUT = Path("bench-results")


def main() -> int:
    options = argparse.ArgumentParser(prog="make bench")
    options.add_argument("--rate", type=int, default=500, help="device messages a second")
    options.add_argument("--seconds", type=int, default=60)
    options.add_argument("--only", default="box,intake,drain", help="parts, with commas")
    options.add_argument("--repeats", type=int, default=3, help="of each figure of the intake")
    options.add_argument("--backlog", type=int, default=1_000_000, help="events to drain")
    chosen = options.parse_args()
    parts = chosen.only.split(",")
    results: list[Result] = []
    with tempfile.TemporaryDirectory() as folder:
        if "box" in parts:
            results += load.measure(_room(folder, "box"), chosen.rate, chosen.seconds)
        if "intake" in parts:
            results += intake.measure(_room(folder, "intake"), repeats=chosen.repeats)
        if "drain" in parts:
            results += drain.measure(_room(folder, "drain"), chosen.backlog)
    table = _markdown(results)
    print(table)
    _OUT.mkdir(exist_ok=True)
    (_OUT / "bench.md").write_text(table, encoding="utf-8")
    (_OUT / "bench.json").write_text(json.dumps(msgspec.to_builtins(results), indent=1) + "\n")
    return 0 if all(result.reached for result in results) else 1


def _room(folder: str, part: str) -> Path:
    made = Path(folder) / part
    made.mkdir()
    return made


def _markdown(results: list[Result]) -> str:
    lines = [
        f"Python {platform.python_version()}, {platform.machine()}",
        "",
        "| figure | measured | limit | reached |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| {one.name} | {one.figure} | {one.limit} | {'yes' if one.reached else '**no**'} |"
        for one in results
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
