"""The long form of the fault laboratory: `python -m tests.crash` (`make faults`).

Seeded, resumable, with a progress bar and a summary; what it finds is written to RESULTS.md.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from tests.crash.lab import report
from tests.crash.lab.campaigns import CAMPAIGNS
from tests.crash.lab.record import Begun, Record
from tests.crash.lab.runner import run

_RESULTS = Path(__file__).with_name("RESULTS.md")
_NAMES = {one.name: one for one in CAMPAIGNS}


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("--only", help=f"of {', '.join(_NAMES)}; separated by commas")
    parser.add_argument("--scale", type=float, default=1.0, help="of the full number of trials")
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--resume", type=Path, help="state file to take up, or to begin")
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument(
        "--results", type=Path, help="Markdown file; a whole run writes RESULTS.md beside this"
    )
    found = parser.parse_args(given)
    unknown = set((found.only or "").split(",")) - {*_NAMES, ""}
    if unknown:
        parser.error(f"no campaign {', '.join(sorted(unknown))}")
    return found


def main() -> int:
    asked = arguments()
    console = Console()
    chosen = [one for one in CAMPAIGNS if not asked.only or one.name in asked.only.split(",")]
    skipped = [f"{one.name}: {why}" for one in chosen if (why := one.missing())]
    chosen = [one for one in chosen if not one.missing()]
    path = asked.resume or Path(tempfile.mkstemp(".jsonl", "menwei-faults-")[1])
    console.print(f"seed {asked.seed}, scale {asked.scale}, state in {path} (--resume)")
    for why in skipped:
        console.print(f"skipped {why}")
    record = Record(path, Begun(asked.seed, asked.scale))
    run(chosen, record, asked.scale, asked.workers, console)
    tallies = record.tallies()
    found, wrong = report.rows(chosen, tallies), report.failed(chosen, tallies)
    report.show(console, found)
    for one in wrong:
        console.print(one, style="red", markup=False)
    results = asked.results or (_RESULTS if asked.scale >= 1 and not asked.only else None)
    if results:
        command = f"python -m tests.crash --seed {asked.seed} --scale {asked.scale:g}"
        results.write_text(report.markdown(found, wrong, skipped, command), encoding="utf-8")
        console.print(f"written to {results}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
