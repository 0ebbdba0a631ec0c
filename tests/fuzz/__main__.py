"""`python -m tests.fuzz --payloads 1000000 --seed 7`: the long form of the fuzzing in `make test`.

Every way in gets its share; what raises, is reported as a fault of ours, takes longer than a second
or makes memory grow is a finding (exit code 1), named so that `--replay WAY SEED NUMBER` repeats
it alone.
"""

import argparse
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from random import Random

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from tests.fuzz.run import GROWTH, SLOWEST_S, Report, run, step
from tests.fuzz.ways import WAYS

_PIECE = 50_000  # payloads of one process's life


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--payloads", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", help=f"of {', '.join(WAYS)}; separated by commas")
    parser.add_argument("--replay", nargs=3, metavar=("WAY", "SEED", "NUMBER"))
    asked = parser.parse_args()
    console = Console()
    if asked.replay:
        way, seed, number = asked.replay
        said = step(WAYS[way][0](Random(f"{seed}/{way}/{number}")), Counter())
        console.print(said or "nothing went wrong", markup=False)
        return 1 if said else 0
    chosen = (asked.only or ",".join(WAYS)).split(",")
    whole = sum(WAYS[way][1] for way in chosen)
    reports: list[Report] = []
    with ProcessPoolExecutor(asked.workers, max_tasks_per_child=1) as pool:
        jobs = [
            pool.submit(run, way, asked.seed + piece, min(_PIECE, share - piece * _PIECE))
            for way in chosen
            for share in [round(asked.payloads * WAYS[way][1] / whole)]
            for piece in range(-(-share // _PIECE))
        ]
        with Progress(console=console) as progress:
            task = progress.add_task(f"seed {asked.seed}", total=asked.payloads)
            for job in as_completed(jobs):
                reports.append(job.result())
                progress.advance(task, reports[-1].payloads)
    return _tell(console, chosen, reports)


def _tell(console: Console, chosen: list[str], reports: list[Report]) -> int:
    table = Table("way", "payloads", "slowest", "memory", "outcomes")
    bad = False
    for way in chosen:
        of_way = [one for one in reports if one.way == way]
        outcomes = sum((one.outcomes for one in of_way), Counter[str]())
        slowest = max(of_way, key=lambda one: one.slowest_s)
        grew = max(one.grew for one in of_way)
        bad |= slowest.slowest_s > SLOWEST_S or grew > GROWTH
        told = ", ".join(f"{name} {count}" for name, count in outcomes.most_common(8))
        table.add_row(
            way,
            f"{sum(one.payloads for one in of_way):,}",
            f"{slowest.slowest_s * 1000:.0f} ms ({slowest.seed} {slowest.slowest})",
            f"x {grew:.2f}",
            told,
        )
    console.print(table)
    findings = [finding for one in reports for finding in one.findings]
    for finding in findings[:50]:
        console.print(finding, style="red", markup=False)
    return 1 if findings or bad else 0


if __name__ == "__main__":
    sys.exit(main())
